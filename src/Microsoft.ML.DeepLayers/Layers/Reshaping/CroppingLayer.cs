using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the croppings of one to three dimensions have in common.</summary>
public abstract record CroppingLayer : SingleInputLayer
{
    private protected CroppingLayer()
    {
    }

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => true;

    /// <summary>What is cut off each axis.</summary>
    private protected abstract Margin[] Margins { get; }

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input)
    {
        Margin[] margins = Margins;
        SlidingWindow.CheckRank(this, input, margins.Length);
        Shape output = input;
        for (int axis = 0; axis < margins.Length; axis++)
        {
            if (input[axis] == Shape.Variable)
            {
                continue;
            }

            long length = input[axis] - margins[axis].Total;
            output = length >= 1
                ? output.With(axis, (int)length)
                : throw new LayerShapeException(
                    this, [input], $"an input of shape {SlidingWindow.Pattern(margins.Length)} with more than {string.Join(" × ", margins.Select(margin => margin.Total))} positions",
                    $"The cropping of {margins[axis]} leaves nothing of {input[axis]} positions.");
        }

        return output;
    }

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        Margin[] margins = Margins;
        return (x, _) =>
        {
            long[] shape = x.shape;
            if (input.HasVariableLength)
            {
                // Only now is it known whether anything is left.
                ComputeOutputShape(Positions.OfExample(shape));
            }

            for (int axis = 0; axis < margins.Length; axis++)
            {
                if (margins[axis].Total > 0)
                {
                    x = x.narrow(axis + 1, margins[axis].Begin, shape[axis + 1] - margins[axis].Total);
                }
            }

            return x;
        };
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        (Margin Margin, long Axis)[] cut = [.. Margins.Select((margin, axis) => (margin, (long)(axis + input.FirstAxis()))).Where(item => item.margin.Total > 0)];
        if (cut.Length == 0)
        {
            return input;
        }

        // A negative end counts from the end of the axis, so that the length need not be known.
        return onnx.PositionsNode(
            "Slice",
            [
                input,
                onnx.Constant([.. cut.Select(item => (long)item.Margin.Begin)]),
                onnx.Constant([.. cut.Select(item => item.Margin.End == 0 ? long.MaxValue : -item.Margin.End)]),
                onnx.Constant([.. cut.Select(item => item.Axis)]),
            ],
            ComputeOutputShape(input.Shape));
    }
}
