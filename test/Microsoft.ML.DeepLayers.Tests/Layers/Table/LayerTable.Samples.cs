using OwnLayer;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    /// <summary>Layers of samples, which readers copy.</summary>
    private static IEnumerable<LayerInfo> Samples()
    {
        yield return new("GaussianUnits", () => new GaussianUnits(3), [2], [4, 2]) { Errors = [([], "[..., features]")] };
        yield return new("GaussianUnits, gamma", () => new GaussianUnits(4, gamma: 0.3f, new RandomNormal(0, 0.5f)), [2, 2, 3]);
    }
}
