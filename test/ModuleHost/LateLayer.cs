using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;

namespace ModuleHost;

/// <summary>A layer of an assembly that is loaded late: it passes its input on.</summary>
public sealed record LateLayer : SingleInputLayer
{
    public LateLayer(int number) => Number = number;

    public int Number { get; }

    public override Shape ComputeOutputShape(Shape input) => input;

    public override TensorFunction Build(LayerBuilder builder, Shape input) => (x, _) => x;

    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => input;
}
