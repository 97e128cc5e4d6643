using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>A loss as a metric.</summary>
/// <param name="Loss">The loss.</param>
[method: JsonConstructor]
internal sealed record LossMetric(Loss Loss) : MeanMetric
{
    public override string Name => Loss.Name;

    public override bool HigherIsBetter => false;

    public override bool TakesLogits => Loss.TakesLogits;

    public override bool TakesClassIndices => Loss.TakesClassIndices;

    public override Tensor PerExample(Tensor output, Tensor labels) => Loss.PerExample(output, labels);
}
