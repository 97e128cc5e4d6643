using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>The mean squared gradients of <see cref="Adafactor"/>, weight by weight.</summary>
internal sealed class AdafactorState : OptimizerState
{
    private readonly Adafactor options;
    private readonly Moments[] moments;

    internal AdafactorState(Adafactor options, ParameterBuffer parameters)
        : base(options, parameters)
    {
        this.options = options;
        Tensor? rows = SlotOf("rows", segment => IsFactored(segment) ? Size(RowShape(segment)) : 0);
        Tensor? columns = SlotOf("columns", segment => IsFactored(segment) ? Size(ColumnShape(segment)) : 0);
        Tensor? squares = SlotOf("squares", segment => IsFactored(segment) ? 0 : segment.Value.numel());
        var offsets = (Row: 0L, Column: 0L, Square: 0L);
        moments = [.. parameters.Segments.Select(segment => IsFactored(segment)
            ? new Moments(segment, Take(rows!, ref offsets.Row, RowShape(segment)), Take(columns!, ref offsets.Column, ColumnShape(segment)))
            : new Moments(segment, Take(squares!, ref offsets.Square, segment.Value.shape), null))];
    }

    protected override void Dispose(bool disposing)
    {
        foreach (Moments moment in moments)
        {
            moment.Rows.Dispose();
            moment.Columns?.Dispose();
        }

        base.Dispose(disposing);
    }

    private protected override void Update(Tensor values, Tensor gradients, double learningRate)
    {
        double rate = Math.Min(learningRate, 1 / Math.Sqrt(Steps));
        double taken = Math.Pow(Steps, options.Beta2Decay);
        foreach (Moments moment in moments)
        {
            Tensor step = moment.Segment.Gradient.div(moment.Update(options.Epsilon1, taken).sqrt());
            Tensor size = Size(moment.Segment.Value).MaximumInPlace(options.Epsilon2);
            Tensor tooLarge = Size(step).DivideInPlace(options.ClipThreshold).MaximumInPlace(1);
            moment.Segment.Value.AddScaledInPlace(step.mul_(size.div_(tooLarge)), -rate);
        }
    }

    /// <summary>The root mean square.</summary>
    private static Tensor Size(Tensor tensor) => tensor.Square().mean().sqrt_();

    private static bool IsFactored(ParameterSegment segment) => segment.Value.dim() >= 2;

    private static long[] RowShape(ParameterSegment segment) => segment.Value.shape[..^1];

    private static long[] ColumnShape(ParameterSegment segment) => [.. segment.Value.shape[..^2], segment.Value.shape[^1]];

    private static long Size(long[] shape) => shape.Aggregate(1L, (size, dimension) => size * dimension);

    private static Tensor Take(Tensor slot, ref long offset, long[] shape)
    {
        using Tensor part = slot.narrow(0, offset, Size(shape));
        offset += Size(shape);
        return part.view(shape).DetachFromDisposeScope();
    }

    /// <summary>One slot for all weights; none where it would be empty.</summary>
    private Tensor? SlotOf(string name, Func<ParameterSegment, long> size) =>
        Parameters.Segments.Sum(size) is > 0 and var count ? Slot(name, count, 0) : null;

    /// <summary>The means of one weight.</summary>
    /// <param name="Segment">The weight.</param>
    /// <param name="Rows">The means over the last dimension; of a weight of fewer than two dimensions the mean squares themselves.</param>
    /// <param name="Columns">The means over the last dimension but one.</param>
    private sealed record Moments(ParameterSegment Segment, Tensor Rows, Tensor? Columns)
    {
        /// <summary>Takes in the gradient; gives the mean squares as far as they are known.</summary>
        internal Tensor Update(double epsilon, double taken)
        {
            Tensor square = Segment.Gradient.Square().AddInPlace(epsilon);
            if (Columns is null)
            {
                return Rows.MultiplyInPlace(1 - taken).AddScaledInPlace(square, taken);
            }

            Rows.MultiplyInPlace(1 - taken).AddScaledInPlace(square.mean([-1]), taken);
            Columns.MultiplyInPlace(1 - taken).AddScaledInPlace(square.mean([-2]), taken);
            return Rows.div(Rows.mean([-1], keepdim: true)).unsqueeze(-1).mul(Columns.unsqueeze(-2));
        }
    }
}
