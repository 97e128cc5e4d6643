using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the upsamplings of one to three dimensions have in common.</summary>
public abstract record UpSamplingLayer : SingleInputLayer
{
    private protected UpSamplingLayer()
    {
    }

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => true;

    /// <summary>How many times as long each axis becomes.</summary>
    private protected abstract int[] Factors { get; }

    /// <summary>Where values between the positions come from.</summary>
    private protected virtual Interpolation Method => Interpolation.Nearest;

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input)
    {
        int[] factors = Factors;
        SlidingWindow.CheckRank(this, input, factors.Length);
        return new Shape([.. factors.Select((factor, axis) => input[axis] == Shape.Variable ? Shape.Variable : checked(input[axis] * factor)), input[-1]]);
    }

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        int[] factors = Factors;
        if (Method == Interpolation.Bilinear)
        {
            return (x, _) =>
            {
                long[] size = [x.shape[1] * factors[0], x.shape[2] * factors[1]];
                return nn.functional.interpolate(x.permute(0, 3, 1, 2), size, mode: InterpolationMode.Bilinear, align_corners: false).permute(0, 2, 3, 1);
            };
        }

        // Each axis gets another one behind it, of length 1, which is stretched without a copy; the one copy is the last step.
        return (x, _) =>
        {
            long[] shape = x.shape;
            long batch = shape[0];
            long channels = shape[^1];
            IEnumerable<(long Length, int Factor)> axes = factors.Select((factor, axis) => (shape[axis + 1], factor));
            return x.reshape([batch, .. axes.SelectMany(axis => new[] { axis.Length, 1 }), channels])
                .expand([batch, .. axes.SelectMany(axis => new[] { axis.Length, axis.Factor }), channels])
                .reshape([batch, .. axes.Select(axis => axis.Length * axis.Factor), channels]);
        };
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        bool bilinear = Method == Interpolation.Bilinear;
        float[] scales = input.ByAxis(1f, Factors.Select(factor => (float)factor), 1f);
        return onnx.PositionsNode(
            "Resize", [input, null, onnx.Constant(scales, scales.Length)], ComputeOutputShape(input.Shape),
            OnnxAttribute.Text("mode", bilinear ? "linear" : "nearest"),
            OnnxAttribute.Text("coordinate_transformation_mode", bilinear ? "half_pixel" : "asymmetric"),
            OnnxAttribute.Text("nearest_mode", "floor"));
    }
}
