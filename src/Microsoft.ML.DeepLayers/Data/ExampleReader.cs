using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Reads an IDataView as examples, row after row into one buffer, and refuses or skips missing values.</summary>
internal sealed class ExampleReader : IDisposable
{
    private readonly ExampleLayout layout;
    private readonly MissingValues missingValues;
    private readonly string dataName;
    private readonly DataViewRowCursor cursor;
    private readonly ColumnReader[] inputs;
    private readonly ColumnReader[] labels;
    private readonly ColumnReader? weight;
    private readonly GroupReader? group;
    private float[] row;
    private int length;

    internal ExampleReader(IDataView data, ExampleLayout layout, MissingValues missingValues, Random? shuffle = null, string dataName = "training data", string? groupColumn = null)
    {
        this.layout = layout;
        this.missingValues = missingValues;
        this.dataName = dataName;
        DataViewSchema schema = data.Schema;
        DataViewSchema.Column[] features = [.. layout.Inputs.Select(input => schema[input.Name])];
        DataViewSchema.Column[] labelColumns = [.. layout.Labels.Select(label => schema[label.Name])];
        DataViewSchema.Column[] weights = layout.WeightColumn is { } name ? [schema[name]] : [];
        DataViewSchema.Column[] groups = groupColumn is null ? [] : [schema[groupColumn]];
        cursor = data.GetRowCursor([.. features, .. labelColumns, .. weights, .. groups], data.CanShuffle ? shuffle : null);
        inputs = [.. features.Select(column => ColumnReader.Create(cursor, column))];
        labels = [.. labelColumns.Select(column => ColumnReader.Create(cursor, column))];
        weight = weights.Length > 0 ? ColumnReader.Create(cursor, weights[0]) : null;
        group = groups.Length > 0 ? GroupReader.Create(cursor, groups[0]) : null;
        row = new float[layout.Width];
    }

    /// <summary>The number of rows left out so far because something was missing.</summary>
    internal long SkippedRows { get; private set; }

    /// <summary>The example read last, laid out as the layout says. Valid until the next is read.</summary>
    internal ReadOnlySpan<float> Row => row.AsSpan(0, length);

    /// <summary>The number of the group of the example read last; 0 where rows are not grouped.</summary>
    internal ulong Group { get; private set; }

    /// <summary>Reads the next example that is complete.</summary>
    /// <exception cref="InvalidOperationException">A value is missing and that is to be an error, or a value cannot be.</exception>
    internal bool MoveNext()
    {
        while (cursor.MoveNext())
        {
            Read();
            int bad = FirstNotFinite(Row);
            if (bad < 0)
            {
                CheckValues();
                Group = group?.Read() ?? 0;
                return true;
            }

            if (missingValues == MissingValues.Error)
            {
                throw new InvalidOperationException(
                    $"{Describe(bad)} is missing (NaN, infinite or key 0) in row {cursor.Position} of the {dataName}. Replace it (Transforms.ReplaceMissingValues), drop such rows (Data.FilterRowsByMissingValues), or set {nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.MissingValues)} = {nameof(MissingValues)}.{nameof(MissingValues.Skip)}.");
            }

            SkippedRows++;
        }

        return false;
    }

    public void Dispose() => cursor.Dispose();

    private static int FirstNotFinite(ReadOnlySpan<float> values)
    {
        // x - x is 0 for every finite x and NaN for all others, so that whole vectors can be tested at once.
        int i = 0;
        Vector<float> sum = Vector<float>.Zero;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var vector = new Vector<float>(values[i..]);
            sum += vector - vector;
        }

        bool finite = Vector.EqualsAll(sum, Vector<float>.Zero);
        for (; finite && i < values.Length; i++)
        {
            finite = float.IsFinite(values[i]);
        }

        return finite ? -1 : IndexOfNotFinite(values);
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

    private void Read()
    {
        length = layout.Width;
        for (int i = 0; i < inputs.Length; i++)
        {
            if (layout.Inputs[i].IsSequence)
            {
                AppendSequence(i);
            }
            else
            {
                inputs[i].Read(row.AsSpan(layout.InputOffsets[i], layout.Inputs[i].Size));
            }
        }

        for (int i = 0; i < labels.Length; i++)
        {
            Span<float> values = row.AsSpan(layout.LabelOffsets[i], layout.Labels[i].Size);
            labels[i].Read(values);
            foreach (ref float value in values)
            {
                value = layout.Labels[i].Target(value);
            }
        }

        weight?.Read(row.AsSpan(layout.WeightOffset, 1));
    }

    private void AppendSequence(int input)
    {
        ReadOnlySpan<float> values = inputs[input].ReadSequence();
        layout.Inputs[input].CheckSteps(values.Length, cursor.Position);
        int start = length;
        length = checked(start + values.Length);
        if (length > row.Length)
        {
            Array.Resize(ref row, Math.Max(length, 2 * row.Length));
        }

        row[layout.InputOffsets[input]] = values.Length;
        values.CopyTo(row.AsSpan(start));
    }

    private void CheckValues()
    {
        if (layout.HasWeight && row[layout.WeightOffset] < 0)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Weight column '{layout.WeightColumn}' is {row[layout.WeightOffset]} in row {cursor.Position} of the {dataName}. Weights must not be negative."));
        }

        int sequence = layout.Width;
        for (int i = 0; i < layout.Inputs.Count; i++)
        {
            InputColumn input = layout.Inputs[i];
            int offset = input.IsSequence ? sequence : layout.InputOffsets[i];
            int size = input.IsSequence ? (int)row[layout.InputOffsets[i]] : input.Size;
            sequence += input.IsSequence ? size : 0;
            if (input.IndexLimit > 0)
            {
                IndexCheck.Check(row.AsSpan(offset, size), input, cursor.Position);
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

        int input = LastFrom(layout.InputOffsets, offset);
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
                start += (int)row[layout.InputOffsets[i]];
            }
        }

        return $"Column '{layout.Inputs[input].Name}', value {offset - (start - (int)row[layout.InputOffsets[input]])},";
    }
}
