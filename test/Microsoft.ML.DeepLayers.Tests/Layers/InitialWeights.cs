using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Weights as their initializers fill them.</summary>
internal static class InitialWeights
{
    public static float[] Of(WeightSpec spec) => Of(spec, seed: 3);

    public static float[] Of(WeightSpec spec, int seed)
    {
        float[] values = new float[spec.Shape.Size];
        int fanIn = spec.FanIn == 0 ? spec.Shape[0] : spec.FanIn;
        int fanOut = spec.FanOut == 0 ? spec.Shape[-1] : spec.FanOut;
        spec.Initializer.Fill(values, spec.Shape, fanIn, fanOut, new Random(seed));
        return values;
    }
}
