using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>Makes gradients smaller that are too large, as Keras does: each value, each tensor's norm, or the norm of all.</summary>
internal static class GradientClipping
{
    /// <summary>Clips the gradients in place. Where several are asked for, all are done, in this order.</summary>
    internal static void Clip(Optimizer optimizer, ParameterBuffer parameters)
    {
        if (optimizer is { ClipValue: null, ClipNorm: null, GlobalClipNorm: null })
        {
            return;
        }

        Tensor gradients = parameters.Gradients;
        if (optimizer.ClipValue is { } value)
        {
            gradients.ClipInPlace(-value, value);
        }

        if (optimizer.ClipNorm is { } norm)
        {
            foreach (ParameterSegment segment in parameters.Segments)
            {
                ClipNorm(segment.Gradient, norm);
            }
        }

        if (optimizer.GlobalClipNorm is { } all)
        {
            ClipNorm(gradients, all);
        }
    }

    /// <summary>Without asking the device how large the norm is: factors above 1 are cut off.</summary>
    private static void ClipNorm(Tensor gradient, double largest)
    {
        using Tensor norm = gradient.norm();
        using Tensor factor = norm.reciprocal_().MultiplyInPlace(largest).MinimumInPlace(1);
        gradient.mul_(factor);
    }
}
