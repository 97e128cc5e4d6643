using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Weights as their initializers fill them.</summary>
internal static class InitialWeights
{
    public static float[] Of(WeightSpec spec) => Of(spec, seed: 3);

    public static float[] Of(WeightSpec spec, int seed)
    {
        float[] values = new float[spec.Shape.Size];
        spec.Initializer.Fill(values, spec.Shape, spec.FanIn, spec.FanOut, new Random(seed));
        return values;
    }
}
