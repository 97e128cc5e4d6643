using Microsoft.ML.DeepLayers.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>A part of an image, brought to a size: what cropping and resizing do. All images of a network have one size.</summary>
/// <param name="Top">The first row.</param>
/// <param name="Left">The first column.</param>
/// <param name="Height">The number of rows.</param>
/// <param name="Width">The number of columns.</param>
internal readonly record struct ImageWindow(int Top, int Left, int Height, int Width)
{
    /// <summary>The whole image.</summary>
    internal static ImageWindow Whole(Shape input) => new(0, 0, input[0], input[1]);

    /// <summary>The window of a size in the middle; the odd pixel is at the end.</summary>
    internal static ImageWindow Centered(Shape input, int height, int width) => new((input[0] - height) / 2, (input[1] - width) / 2, height, width);

    /// <summary>The largest window in the middle that has the ratio of a size.</summary>
    internal static ImageWindow OfRatio(Shape input, int height, int width)
    {
        long rows = Math.Clamp((long)input[1] * height / width, 1, input[0]);
        long columns = Math.Clamp((long)input[0] * width / height, 1, input[1]);
        return Centered(input, (int)rows, (int)columns);
    }

    /// <summary>Cuts the window out of images, <c>[batch, height, width, channels]</c>, and brings it to a size.</summary>
    internal Tensor Apply(Tensor images, int height, int width, Interpolation interpolation)
    {
        Tensor window = images.narrow(1, Top, Height).narrow(2, Left, Width);
        if (height == Height && width == Width)
        {
            return window;
        }

        if (interpolation == Interpolation.Nearest)
        {
            // Not by libtorch's interpolation, whose gradients on a GPU are others where it makes images smaller.
            return window.index_select(1, Nearest(Height, height, images.device)).index_select(2, Nearest(Width, width, images.device));
        }

        return nn.functional.interpolate(window.permute(0, 3, 1, 2), [height, width], mode: InterpolationMode.Bilinear, align_corners: false).permute(0, 2, 3, 1);
    }

    /// <summary>The positions that are nearest to those of a new length.</summary>
    private static Tensor Nearest(long length, int newLength, torch.Device device) =>
        tensor([.. Enumerable.Range(0, newLength).Select(i => ((2L * i) + 1) * length / (2L * newLength))], device: device);

    /// <summary>Adds the nodes that do the same.</summary>
    internal OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input, int height, int width, Interpolation interpolation)
    {
        int channels = input.Shape[2];
        OnnxValue window = this == Whole(input.Shape)
            ? input
            : onnx.Node(
                "Slice", [input, onnx.Constant(Top, Left), onnx.Constant(Top + Height, Left + Width), onnx.Constant(1L, 2L)],
                new Shape(Height, Width, channels));
        if (height == Height && width == Width)
        {
            return window;
        }

        // Up to opset 17 all sizes must be given, that of the batch too; a scale would be a rounded number.
        OnnxValue batch = onnx.Elementwise("Shape", window, null, OnnxAttribute.Int("start", 0), OnnxAttribute.Int("end", 1));
        OnnxValue sizes = onnx.Elementwise("Concat", batch, [onnx.Constant(channels, height, width)], OnnxAttribute.Int("axis", 0));
        OnnxAttribute[] attributes = interpolation == Interpolation.Nearest
            ? [OnnxAttribute.Text("mode", "nearest"), OnnxAttribute.Text("nearest_mode", "round_prefer_ceil")]
            : [OnnxAttribute.Text("mode", "linear")];
        return onnx.ChannelsFirstNode(
            "Resize", [window, null, null, sizes], new Shape(height, width, channels),
            [OnnxAttribute.Text("coordinate_transformation_mode", "half_pixel"), .. attributes]);
    }
}
