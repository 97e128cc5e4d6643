using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> Reshaping()
    {
        yield return new("Permute, steps stay", () => new Permute(1, 3, 2), [2, 3, 4]) { Errors = [([2, 3], "3 dimensions")] };
        yield return new("Permute, variable length", () => new Permute(2, 1), [3, 4]) { Errors = [([Shape.Variable, 3], "leave it the first")] };
        yield return new("Flatten, variable length", () => new Flatten(), [3, 4]) { Errors = [([Shape.Variable, 3], "known number of steps")] };
        yield return new("Reshape, variable length", () => new Reshape(-1, 2), [3, 4]) { Errors = [([Shape.Variable, 3], "known number of steps")] };

        yield return new("RepeatVector", () => new RepeatVector(3), [4], [1])
        {
            Errors = [([2, 3], "[features]"), ([], "[features]"), ([Shape.Variable], "[features]")],
        };

        yield return new("Cropping1D", () => new Cropping1D(), [4, 3])
        {
            Errors = [([2, 3], "more than 2 positions"), ([2, 3], "leaves nothing of 2"), ([4], "[steps, channels]"), ([4, 3, 2], "[steps, channels]")],
        };
        yield return new("Cropping1D, both ends", () => new Cropping1D((1, 2)), [4, 3], [5, 1]) { Errors = [([3, 3], "cropping of (1, 2)")] };
        yield return new("Cropping1D, end", () => new Cropping1D((0, 2)), [4, 3]);
        yield return new("Cropping1D, beginning", () => new Cropping1D((2, 0)), [4, 3]);
        yield return new("Cropping1D, nothing", () => new Cropping1D(0), [4, 3]);
        yield return new("Cropping2D", () => new Cropping2D(), [3, 4, 2]) { Errors = [([3, 4], "[height, width, channels]")] };
        yield return new("Cropping2D, rows and columns", () => new Cropping2D((1, 0)), [4, 3, 2]) { Errors = [([2, 3, 1], "more than 2 × 0")] };
        yield return new("Cropping2D, each side", () => new Cropping2D(((1, 0), (0, 2))), [3, 4, 2]) { Errors = [([3, 2, 2], "leaves nothing of 2")] };
        yield return new("Cropping3D", () => new Cropping3D(), [3, 4, 3, 2]) { Errors = [([3, 4, 3], "[depth, height, width, channels]"), ([3, 4, 2, 1], "2 × 2 × 2")] };
        yield return new("Cropping3D, each side", () => new Cropping3D(((0, 1), (1, 0), (0, 0))), [2, 3, 2, 2]);

        yield return new("ZeroPadding1D", () => new ZeroPadding1D(), [3, 2]) { Errors = [([4], "[steps, channels]")] };
        yield return new("ZeroPadding1D, both ends", () => new ZeroPadding1D((1, 2)), [3, 2], [1, 1]);
        yield return new("ZeroPadding1D, nothing", () => new ZeroPadding1D(0), [3, 2]);
        yield return new("ZeroPadding2D", () => new ZeroPadding2D(), [2, 3, 2]) { Errors = [([3, 4], "[height, width, channels]")] };
        yield return new("ZeroPadding2D, each side", () => new ZeroPadding2D(((1, 0), (2, 3))), [2, 2, 2]);
        yield return new("ZeroPadding3D", () => new ZeroPadding3D(), [2, 1, 2, 2]) { Errors = [([3, 4, 3], "[depth, height, width, channels]")] };
        yield return new("ZeroPadding3D, each side", () => new ZeroPadding3D(((0, 1), (1, 0), (2, 1))), [2, 1, 2, 2]);

        yield return new("UpSampling1D", () => new UpSampling1D(), [3, 2]) { Errors = [([4], "[steps, channels]")] };
        yield return new("UpSampling1D, three times", () => new UpSampling1D(3), [2, 3], [1, 1]);
        yield return new("UpSampling1D, once", () => new UpSampling1D(1), [2, 3]);
        yield return new("UpSampling2D", () => new UpSampling2D(), [2, 3, 2]) { Errors = [([3, 4], "[height, width, channels]")] };
        yield return new("UpSampling2D, two sizes", () => new UpSampling2D((1, 3)), [2, 3, 2], [1, 1, 1]);
        yield return new("UpSampling2D, bilinear", () => new UpSampling2D(2, Interpolation.Bilinear), [2, 3, 2], [1, 1, 1]);
        yield return new("UpSampling2D, bilinear, two sizes", () => new UpSampling2D((3, 1), Interpolation.Bilinear), [2, 3, 2]);
        yield return new("UpSampling2D, bilinear, five times", () => new UpSampling2D((2, 5), Interpolation.Bilinear), [2, 2, 3]);
        yield return new("UpSampling3D", () => new UpSampling3D(), [2, 1, 2, 2]) { Errors = [([3, 4, 3], "[depth, height, width, channels]")] };
        yield return new("UpSampling3D, three sizes", () => new UpSampling3D((3, 1, 2)), [1, 2, 2, 2]);
    }
}
