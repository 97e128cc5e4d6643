using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

/// <summary>A layer of an application's own: multiplies, and has a trained number.</summary>
internal sealed record Twice : SingleInputLayer
{
    public Twice(int factor = 2) => Factor = factor;

    public int Factor { get; }

    public override Shape ComputeOutputShape(Shape input) => input;

    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => [new WeightSpec("scale", new Shape(), Constant.Ones)];

    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        Tensor scale = builder.Weight("scale");
        return (x, _) => x.mul(scale).mul(Factor);
    }

    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => input;
}

/// <summary>An activation of an application's own.</summary>
internal sealed record Swap : Activation
{
    public Swap(string text) => Text = text;

    public string Text { get; }

    public override Tensor Apply(Tensor input) => input.neg();

    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => input;
}
