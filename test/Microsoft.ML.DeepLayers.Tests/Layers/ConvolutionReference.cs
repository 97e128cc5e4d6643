namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>One axis of a convolution, with the padding that TensorFlow's documentation gives.</summary>
internal sealed record ReferenceAxis(int Size, int Stride = 1, int Dilation = 1, Padding Padding = Padding.Valid)
{
    /// <summary>How many outputs there are and how many positions are added before the input.</summary>
    public (int Count, int Before) Positions(int length)
    {
        int span = Size + ((Size - 1) * (Dilation - 1));
        switch (Padding)
        {
            case Padding.Valid:
                return ((int)Math.Ceiling((length - span + 1) / (double)Stride), 0);
            case Padding.Causal:
                return ((int)Math.Ceiling(length / (double)Stride), span - 1);
            default:
                int needed = length % Stride == 0 ? Math.Max(span - Stride, 0) : Math.Max(span - (length % Stride), 0);
                return ((int)Math.Ceiling(length / (double)Stride), needed / 2);
        }
    }
}

/// <summary>
/// Convolutions over any number of axes in plain C#: the list of all input positions, output positions and kernel
/// positions that belong together, and sums over it.
/// </summary>
internal static class ConvolutionReference
{
    /// <summary>The sum over the window, the input taken as 0 outside; the kernel is [filters, channels / groups, ...].</summary>
    public static Values Convolve(Values input, float[] kernel, int filters, int groups, params ReferenceAxis[] axes)
    {
        (int batch, int[] lengths, int channels) = Split(input);
        int[] counts = [.. axes.Select((axis, i) => axis.Positions(lengths[i]).Count)];
        int perGroup = channels / groups;
        int taps = axes.Aggregate(1, (product, axis) => product * axis.Size);
        Values output = Zeros(batch, counts, filters);
        (int Long, int Short, int Tap)[] pairs = Pairs(lengths, axes);
        for (int n = 0; n < batch; n++)
        {
            foreach ((int position, int result, int tap) in pairs)
            {
                for (int filter = 0; filter < filters; filter++)
                {
                    int group = filter / (filters / groups);
                    for (int c = 0; c < perGroup; c++)
                    {
                        output.Data[(((n * Product(counts)) + result) * filters) + filter] +=
                            input.Data[(((n * Product(lengths)) + position) * channels) + (group * perGroup) + c] * kernel[(((filter * perGroup) + c) * taps) + tap];
                    }
                }
            }
        }

        return output;
    }

    /// <summary>
    /// The transpose of the linear map that a convolution from <paramref name="lengths"/> positions is: what the gradient
    /// of its outputs gives for its inputs. The kernel is [channels, filters, ...].
    /// </summary>
    public static Values Transpose(Values input, float[] kernel, int filters, int[] lengths, params ReferenceAxis[] axes)
    {
        (int batch, int[] counts, int channels) = Split(input);
        CollectionAssert.AreEqual(
            counts, axes.Select((axis, i) => axis.Positions(lengths[i]).Count).ToArray(), "The convolution from the outputs gives the inputs.");
        int taps = axes.Aggregate(1, (product, axis) => product * axis.Size);
        Values output = Zeros(batch, lengths, filters);
        (int Long, int Short, int Tap)[] pairs = Pairs(lengths, axes);
        for (int n = 0; n < batch; n++)
        {
            foreach ((int result, int position, int tap) in pairs)
            {
                for (int filter = 0; filter < filters; filter++)
                {
                    for (int c = 0; c < channels; c++)
                    {
                        output.Data[(((n * Product(lengths)) + result) * filters) + filter] +=
                            input.Data[(((n * Product(counts)) + position) * channels) + c] * kernel[(((c * filters) + filter) * taps) + tap];
                    }
                }
            }
        }

        return output;
    }

    /// <summary>Adds a number to each channel.</summary>
    public static Values Add(Values values, float[] bias) =>
        values with { Data = [.. values.Data.Select((value, i) => value + bias[i % bias.Length])] };

    private static (int Batch, int[] Lengths, int Channels) Split(Values values)
    {
        int[] dimensions = [.. values.Dimensions.Select(length => (int)length)];
        return (dimensions[0], dimensions[1..^1], dimensions[^1]);
    }

    private static Values Zeros(int batch, int[] lengths, int channels) =>
        new([batch, .. lengths.Select(length => (long)length), channels], new double[batch * Product(lengths) * channels]);

    private static int Product(int[] lengths) => lengths.Aggregate(1, (product, length) => product * length);

    /// <summary>Positions of the long side, of the short side and of the kernel that meet, each counted in row-major order.</summary>
    private static (int Long, int Short, int Tap)[] Pairs(int[] lengths, ReferenceAxis[] axes)
    {
        IEnumerable<(int Long, int Short, int Tap)> pairs = [(0, 0, 0)];
        for (int i = 0; i < axes.Length; i++)
        {
            (ReferenceAxis axis, int length) = (axes[i], lengths[i]);
            (int count, int before) = axis.Positions(length);
            (int Long, int Short, int Tap)[] along =
            [
                .. from result in Enumerable.Range(0, count)
                   from tap in Enumerable.Range(0, axis.Size)
                   let position = (result * axis.Stride) - before + (tap * axis.Dilation)
                   where position >= 0 && position < length
                   select (position, result, tap),
            ];
            pairs = pairs.SelectMany(pair => along.Select(next =>
                ((pair.Long * length) + next.Long, (pair.Short * count) + next.Short, (pair.Tap * axis.Size) + next.Tap))).ToArray();
        }

        return [.. pairs];
    }
}
