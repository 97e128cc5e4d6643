using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>The two dropouts of a recurrent layer: one mask a sequence, the same at each step (Gal and Ghahramani 2016).</summary>
internal static class RecurrentMasks
{
    /// <summary>Checks a constructor's rate.</summary>
    public static float CheckRate(float rate, string parameter) => rate is >= 0 and < 1
        ? rate
        : throw new ArgumentOutOfRangeException(parameter, rate, "The rate must be at least 0 and below 1.");

    /// <summary>
    /// Masks <c>[gates, ...shape]</c> of 0 and 1 / (1 - rate), or <see langword="null"/> where nothing is dropped.
    /// </summary>
    public static Tensor? Draw(Layer layer, ForwardContext context, float rate, long gates, long[] shape, Tensor like)
    {
        if (!context.Training || rate == 0)
        {
            return null;
        }

        double kept = 1 - (double)rate;
        return empty([gates, .. shape], like.dtype, like.device).bernoulli_(kept, context.RequireGenerator(layer)).DivideInPlace(kept);
    }
}
