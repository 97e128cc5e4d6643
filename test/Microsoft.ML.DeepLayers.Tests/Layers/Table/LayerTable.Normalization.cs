using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> Normalizations()
    {
        yield return new("LayerScale", () => new LayerScale(), [4], [2, 3], [2, 2, 3]) { Errors = [([], "[..., channels]")] };
        yield return new("LayerNormalization", () => new LayerNormalization(), [4], [2, 3], [2, 2, 3]) { Errors = [([], "axis -1")] };
        yield return new("LayerNormalization, no scale", () => new LayerNormalization(scale: false), [2, 4]);
        yield return new("LayerNormalization, no center", () => new LayerNormalization(center: false, epsilon: 0.1f), [2, 4]);
        yield return new("LayerNormalization, neither", () => new LayerNormalization(center: false, scale: false), [2, 4]);
        yield return new("LayerNormalization, two axes", () => new LayerNormalization(new[] { -1, -2 }), [2, 3, 2])
        {
            Errors = [([3], "axis -2"), ([Shape.Variable, 3], "lengths are known")],
        };
        yield return new("LayerNormalization, all axes", () => new LayerNormalization(new[] { 1, 2 }), [3, 2])
        {
            Errors = [([3, 2, 2], "Permute"), ([3], "axis 2")],
            FixedLength = true,
        };

        yield return new("GroupNormalization", () => new GroupNormalization(2), [4], [3, 4], [2, 2, 4])
        {
            Errors = [([3, 3], "multiple of groups (2)"), ([], "axis -1")],
        };
        yield return new("GroupNormalization, 32", () => new GroupNormalization(), [2, 32]) { Errors = [([16], "smaller number of groups")] };
        yield return new("GroupNormalization, one group", () => new GroupNormalization(1, epsilon: 0.1f), [4], [3, 2]);
        yield return new("GroupNormalization, instances", () => new GroupNormalization(-1), [3, 2], [2, 3, 2]);
        yield return new("GroupNormalization, instances, neither", () => new GroupNormalization(-1, center: false, scale: false), [3, 2]);
        yield return new("GroupNormalization, no scale", () => new GroupNormalization(2, scale: false), [3, 4]);
        yield return new("GroupNormalization, no center", () => new GroupNormalization(2, center: false), [3, 4]);
        yield return new("GroupNormalization, first axis", () => new GroupNormalization(2, axis: 1), [4, 3], [4, 2, 2])
        {
            Errors = [([3, 4], "multiple of groups (2)"), ([Shape.Variable, 4], "known number of channels")],
            FixedLength = true,
        };
        yield return new("GroupNormalization, middle axis", () => new GroupNormalization(2, axis: -2), [2, 4, 3]);
        yield return new("GroupNormalization, instances, middle axis", () => new GroupNormalization(-1, axis: 2), [3, 2, 2]);

        yield return new("RMSNormalization", () => new RMSNormalization(), [4], [2, 3]) { Errors = [([], "axis -1")] };
        yield return new("RMSNormalization, two axes", () => new RMSNormalization(new[] { -2, -1 }, epsilon: 0.1f), [2, 3, 2]) { Errors = [([3], "axis -2")] };

        yield return new("UnitNormalization", () => new UnitNormalization(), [4], [2, 3]) { Errors = [([], "axis -1")] };
        yield return new("UnitNormalization, first axis", () => new UnitNormalization(1), [4], [3, 2], [2, 2, 3]);
        yield return new("UnitNormalization, two axes", () => new UnitNormalization(new[] { 1, -1 }), [2, 2, 3]) { Errors = [([3], "names one twice")] };

        yield return new("SpectralNormalization, Dense", () => new SpectralNormalization(new Dense(3)), [4], [2, 3]) { ChangesWeights = true };
        yield return new("SpectralNormalization, Conv2D", () => new SpectralNormalization(new Conv2D(3, 2), powerIterations: 3), [3, 3, 2]) { ChangesWeights = true };
        yield return new("SpectralNormalization, EinsumDense", () => new SpectralNormalization(new EinsumDense("abc,cde->abde", [-1, 2, 2])), [3, 2]) { ChangesWeights = true };
        yield return new("SpectralNormalization, Embedding", () => new SpectralNormalization(new Embedding(5, 3, maskZero: true)), [4])
        {
            Indices = 5,
            ChangesWeights = true,
        };
    }

    private static IEnumerable<LayerInfo> Regularizations()
    {
        yield return new("Dropout, noise shape", () => new Dropout(0.4f, noiseShape: new Shape(1, 3)), [4, 3])
        {
            Errors = [([4], "Each dimension"), ([4, 2], "[1, 3]")],
        };
        yield return new("Dropout, noise shape of steps", () => new Dropout(0.4f, noiseShape: new Shape(Shape.Variable, 1)), [4, 3]);
        yield return new("SpatialDropout1D", () => new SpatialDropout1D(0.4f), [3, 4]) { Errors = [([3], "[steps, channels]")] };
        yield return new("SpatialDropout2D", () => new SpatialDropout2D(0.4f), [2, 2, 4]) { Errors = [([3, 2], "[height, width, channels]")] };
        yield return new("SpatialDropout3D", () => new SpatialDropout3D(0.4f), [2, 2, 1, 4]) { Errors = [([3, 2, 2], "[depth, height, width, channels]")] };
        yield return new("SpatialDropout1D, rate 0", () => new SpatialDropout1D(0), [3, 2]);
        yield return new("GaussianNoise", () => new GaussianNoise(0.3f), [4, 3]);
        yield return new("GaussianNoise, none", () => new GaussianNoise(0), [4]);
        yield return new("GaussianDropout", () => new GaussianDropout(0.3f), [4, 3]);
        yield return new("GaussianDropout, rate 0", () => new GaussianDropout(0), [4]);
        yield return new("AlphaDropout", () => new AlphaDropout(0.3f), [4, 3]);
        yield return new("AlphaDropout, noise shape", () => new AlphaDropout(0.3f, new Shape(4, 1)), [4, 3]) { Errors = [([4], "Each dimension")], FixedLength = true };
        yield return new("AlphaDropout, rate 0", () => new AlphaDropout(0), [4]);
        yield return new("DropPath", () => new DropPath(0.4f), [4, 3], [2, 2, 3], [3]);
        yield return new("DropPath, rate 0", () => new DropPath(0), [4]);
        yield return new("ActivityRegularization", () => new ActivityRegularization(0.1f, 0.2f), [4, 3], [3], []);
    }
}
