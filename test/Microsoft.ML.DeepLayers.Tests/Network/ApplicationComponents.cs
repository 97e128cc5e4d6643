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

/// <summary>A layer of an application's own with any number of inputs: their sum.</summary>
internal sealed record Join : Layer
{
    public override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes) => [inputShapes[0]];

    public override LayerFunction Build(LayerBuilder builder) => (inputs, _) => [inputs.Aggregate((sum, input) => sum.add(input))];

    public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs) =>
        [inputs.Aggregate((sum, input) => onnx.Binary("Add", sum, input))];
}

/// <summary>A layer of an application's own with two outputs: the first and the second half of a vector.</summary>
internal sealed record Halves : Layer
{
    public override int OutputCount => 2;

    public override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes) =>
        [new Shape(inputShapes[0][0] / 2), new Shape(inputShapes[0][0] / 2)];

    public override LayerFunction Build(LayerBuilder builder) => (inputs, _) => inputs[0].chunk(2, 1);

    public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        Shape half = new(inputs[0].Shape[0] / 2);
        return [.. onnx.Nodes("Split", [inputs[0]], [half, half], OnnxAttribute.Int("axis", 1)).Select(value => value!)];
    }
}
