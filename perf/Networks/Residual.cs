using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>ResNet-18 over images of 224 × 224: what graphics processors are made for. There is none by hand.</summary>
internal sealed record Residual() : BenchmarkNetwork("ResNet-18", new Shape(224, 224, 3), Classes: 10, BatchSize: 64, Examples: 64, Epochs: 1)
{
    internal override Sequential Body() => [new Input(Input), new NetworkLayer(new ResNet18 { IncludeTop = false, Pooling = FeaturePooling.Average, IncludePreprocessing = false }.ToNetwork())];

    internal override nn.Module<Tensor, Tensor> ByHand() => throw new NotSupportedException("ResNet-18 is measured alone.");

    internal override Tensor Arrange(Tensor examples) => throw new NotSupportedException("ResNet-18 is measured alone.");
}
