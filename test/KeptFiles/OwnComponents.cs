using Microsoft.ML.DeepLayers;
using static TorchSharp.torch;

namespace KeptFiles;

/// <summary>A loss as an application would write it: the absolute difference, and no more than a limit.</summary>
public sealed record CappedError : Loss
{
    public CappedError(float limit = 1) => Limit = limit;

    public float Limit { get; }

    public override string Name => "capped_error";

    public override Tensor PerExample(Tensor output, Tensor labels) => output.sub(labels).abs().clamp_max(Limit);
}
