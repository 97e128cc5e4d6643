using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ModuleHost;

/// <summary>Modules as an application would write them; the tests and another process know them.</summary>
internal static class TestModules
{
    internal const string Tower = "tests/tower";
    internal const string Sequence = "tests/sequence";

    internal static Func<nn.Module<Tensor, Tensor>> MakeTower { get; } = () =>
        nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.BatchNorm1d(16), nn.Dropout(0.2), nn.Linear(16, 8));

    internal static Func<nn.Module<Tensor, Tensor>> MakeSequence { get; } = () => new SequenceModule(2, 6);
}

/// <summary>The last state of an LSTM, scaled: a class with modules, a parameter, a frozen one and a buffer of its own.</summary>
internal sealed class SequenceModule : nn.Module<Tensor, Tensor>
{
    private readonly LSTM lstm;
    private readonly Dropout dropout = nn.Dropout(0.1);
    private readonly Parameter scale;
    private readonly Parameter shift;
    private readonly Tensor calls = zeros(1);

    internal SequenceModule(int features, int units)
        : base(nameof(SequenceModule))
    {
        lstm = nn.LSTM(features, units, batchFirst: true);
        scale = nn.Parameter(ones(units));
        shift = nn.Parameter(full(units, 0.25f), requires_grad: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        if (training)
        {
            calls.add_(1);
        }

        (Tensor all, _, _) = lstm.call(input);
        return (dropout.call(all.select(1, -1)) * scale + shift).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lstm.Dispose();
            dropout.Dispose();
            scale.Dispose();
            shift.Dispose();
            calls.Dispose();
        }

        base.Dispose(disposing);
    }
}
