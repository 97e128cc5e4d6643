using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Modules;

/// <summary>Two layers of which the second starts as the first, negated.</summary>
internal sealed class TiedStart : nn.Module<Tensor, Tensor>
{
    private readonly Linear first = nn.Linear(4, 3);
    private readonly Linear second = nn.Linear(4, 3);

    internal TiedStart()
        : base(nameof(TiedStart))
    {
        using (no_grad())
        {
            second.weight.copy_(first.weight.neg());
        }

        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => first.call(input).tanh() + second.call(input).tanh();
}

/// <summary>Notes the mode that it runs in.</summary>
internal sealed class ModeProbe() : nn.Module<Tensor, Tensor>(nameof(ModeProbe))
{
    internal static List<bool> Seen { get; } = [];

    public override Tensor forward(Tensor input)
    {
        Seen.Add(training);
        return input.alias();
    }
}

/// <summary>Holds the probe deep down, in a chain within a chain.</summary>
internal sealed class ModeKeeper : nn.Module<Tensor, Tensor>
{
    private readonly TorchSharp.Modules.Sequential chain = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.ReLU(), new ModeProbe()));

    internal ModeKeeper()
        : base(nameof(ModeKeeper)) => RegisterComponents();

    public override Tensor forward(Tensor input) => chain.call(input);
}

/// <summary>Does not call RegisterComponents.</summary>
internal sealed class Forgetful() : nn.Module<Tensor, Tensor>(nameof(Forgetful))
{
    private readonly Linear linear = nn.Linear(4, 5);

    public override Tensor forward(Tensor input) => linear.call(input);
}

/// <summary>What an application may do wrong.</summary>
internal sealed class Wrong(Func<Tensor, Tensor> function) : nn.Module<Tensor, Tensor>(nameof(Wrong))
{
    public override Tensor forward(Tensor input) => function(input);
}

/// <summary>An LSTM over [steps, batch, features], which it never gets.</summary>
internal sealed class StepsFirst : nn.Module<Tensor, Tensor>
{
    private readonly TorchSharp.Modules.LSTM lstm = nn.LSTM(2, 3);

    internal StepsFirst()
        : base(nameof(StepsFirst)) => RegisterComponents();

    public override Tensor forward(Tensor input) => lstm.call(input).Item1;
}

/// <summary>A layer of an application's own that nobody has written as ONNX.</summary>
internal sealed record Unwritable : SingleInputLayer
{
    public override bool CanExport => false;

    public override Shape ComputeOutputShape(Shape input) => input;

    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => [new WeightSpec("scale", input, Constant.Ones)];

    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        Tensor scale = builder.Weight("scale");
        return (x, _) => x.mul(scale);
    }

    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => throw new NotSupportedException("nobody calls this");
}
