using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Reads an IDataView as examples, row after row into one buffer, and refuses or skips missing values.</summary>
internal sealed class ExampleReader : IDisposable
{
    private readonly ExampleLayout layout;
    private readonly MissingValues missingValues;
    private readonly string dataName;
    private readonly RowSource rows;
    private readonly bool hasChecks;

    internal ExampleReader(IDataView data, ExampleLayout layout, MissingValues missingValues, Random? shuffle = null, string dataName = "training data", string? groupColumn = null)
    {
        this.layout = layout;
        this.missingValues = missingValues;
        this.dataName = dataName;
        DataViewSchema schema = data.Schema;
        string[] names =
        [
            .. layout.Inputs.Select(input => input.Name), .. layout.Labels.Select(label => label.Name),
            .. layout.WeightColumn is { } weight ? [weight] : Array.Empty<string>(), .. groupColumn is null ? Array.Empty<string>() : [groupColumn],
        ];
        rows = ParallelRows.Open(
            data, [.. names.Select(name => schema[name])], layout, data.CanShuffle ? shuffle : null, dataName, groupColumn, Environment.ProcessorCount);
        hasChecks = layout.HasWeight || layout.HasSequences || layout.Inputs.Any(input => input.IndexLimit > 0);
    }

    /// <summary>The number of rows left out so far because something was missing.</summary>
    internal long SkippedRows { get; private set; }

    /// <summary>The example read last, laid out as the layout says. Valid until the next is read.</summary>
    internal ReadOnlySpan<float> Row => rows.Row;

    /// <summary>The number of the group of the example read last; 0 where rows are not grouped.</summary>
    internal ulong Group => rows.Group;

    /// <summary>Reads the next example that is complete.</summary>
    /// <exception cref="InvalidOperationException">A value is missing and that is to be an error, or a value cannot be.</exception>
    internal bool MoveNext()
    {
        while (rows.MoveNext())
        {
            ReadOnlySpan<float> row = rows.Row;
            // Bytes are never missing, but look as if they were when they are read as floats.
            int bad = FirstNotFinite(row[layout.PackedWidth..]);
            if (bad < 0)
            {
                if (hasChecks)
                {
                    CheckValues(row);
                }

                return true;
            }

            if (missingValues == MissingValues.Error)
            {
                throw new InvalidOperationException(
                    $"{Describe(layout.PackedWidth + bad)} is missing (NaN, infinite or key 0) in row {rows.Number} of the {dataName}. Replace it (Transforms.ReplaceMissingValues), drop such rows (Data.FilterRowsByMissingValues), or set {nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.MissingValues)} = {nameof(MissingValues)}.{nameof(MissingValues.Skip)}.");
            }

            SkippedRows++;
        }

        return false;
    }

    public void Dispose() => rows.Dispose();

    private static int FirstNotFinite(ReadOnlySpan<float> values)
    {
        // x - x is 0 for every finite x and NaN for all others, so that whole vectors can be tested at once.
        if (values.Length < Vector<float>.Count)
        {
            return IndexOfNotFinite(values);
        }

        var sum = Vector<float>.Zero;
        foreach (Vector<float> vector in MemoryMarshal.Cast<float, Vector<float>>(values))
        {
            sum += vector - vector;
        }

        // The last vector may overlap the one before.
        var last = new Vector<float>(values[^Vector<float>.Count..]);
        sum += last - last;
        return Vector.EqualsAll(sum, Vector<float>.Zero) ? -1 : IndexOfNotFinite(values);
    }

    private static int IndexOfNotFinite(ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private void CheckValues(ReadOnlySpan<float> row)
    {
        if (layout.HasWeight && row[layout.WeightOffset] < 0)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Weight column '{layout.WeightColumn}' is {row[layout.WeightOffset]} in row {rows.Number} of the {dataName}. Weights must not be negative."));
        }

        int sequence = layout.Width;
        for (int i = 0; i < layout.Inputs.Count; i++)
        {
            InputColumn input = layout.Inputs[i];
            int offset = layout.InputOffsets[i];
            int size = input.IsSequence ? (int)row[offset] : input.Size;
            if (input.IsSequence)
            {
                offset = sequence;
                sequence += size;
                input.CheckSteps(size, rows.Number);
            }

            if (input.IndexLimit > 0)
            {
                IndexCheck.Check(row.Slice(offset, size), input, rows.Number);
            }
        }
    }

    /// <summary>Which column an offset belongs to.</summary>
    private static int LastFrom(IReadOnlyList<int> offsets, int offset)
    {
        int last = offsets.Count - 1;
        while (offsets[last] > offset)
        {
            last--;
        }

        return last;
    }

    /// <summary>Which input a float belongs to that is no packed one; those are in the order of the inputs.</summary>
    private int InputAt(int offset)
    {
        int input = -1;
        for (int i = 0; i < layout.Inputs.Count; i++)
        {
            if (!layout.IsPacked(i) && layout.InputOffsets[i] <= offset)
            {
                input = i;
            }
        }

        return input;
    }

    private string Describe(int offset)
    {
        if (offset >= layout.Width)
        {
            return DescribeSequence(offset);
        }

        if (offset == layout.WeightOffset)
        {
            return $"The weight, column '{layout.WeightColumn}',";
        }

        if (offset >= layout.LabelOffsets[0])
        {
            int label = LastFrom(layout.LabelOffsets, offset);
            string slot = layout.Labels[label].VectorSize > 0 ? $" slot {offset - layout.LabelOffsets[label]}," : "";
            return $"The label, column '{layout.Labels[label].Name}',{slot}";
        }

        int input = InputAt(offset);
        string name = layout.Inputs[input].Name;
        return layout.Inputs[input].Size == 1 ? $"Column '{name}'" : $"Column '{name}', slot {offset - layout.InputOffsets[input]},";
    }

    private string DescribeSequence(int offset)
    {
        int start = layout.Width;
        int input = -1;
        for (int i = 0; i < layout.Inputs.Count && start <= offset; i++)
        {
            if (layout.Inputs[i].IsSequence)
            {
                input = i;
                start += (int)rows.Row[layout.InputOffsets[i]];
            }
        }

        return $"Column '{layout.Inputs[input].Name}', value {offset - (start - (int)rows.Row[layout.InputOffsets[input]])},";
    }
}
