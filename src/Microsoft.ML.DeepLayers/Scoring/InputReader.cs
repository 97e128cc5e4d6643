using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>Copies the input columns of the row that a cursor stands on into a scoring buffer.</summary>
internal sealed class InputReader
{
    private readonly InputColumn[] columns;
    private readonly ColumnReader[] readers;
    private readonly bool[] isSequence;

    internal InputReader(DataViewRow row, ScoredSchema schema)
    {
        columns = [.. schema.Network.Inputs];
        isSequence = [.. columns.Select(column => column.IsSequence)];
        readers = [.. schema.InputColumns.Select(column => ColumnReader.Create(row, column))];
    }

    /// <summary>Reads the current row.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="bufferRow">Which row of the buffer.</param>
    /// <param name="position">Which row of the data, for messages.</param>
    internal void Read(ScoringBuffer buffer, int bufferRow, long position)
    {
        for (int i = 0; i < readers.Length; i++)
        {
            ReadOnlySpan<float> values;
            if (isSequence[i])
            {
                values = readers[i].ReadSequence();
                columns[i].CheckSteps(values.Length, position);
                buffer.AddSequence(i, bufferRow, values);
            }
            else
            {
                Span<float> place = buffer.Input(i, bufferRow);
                readers[i].Read(place);
                values = place;
            }

            if (columns[i].IndexLimit > 0)
            {
                IndexCheck.Check(values, columns[i], position);
            }
        }
    }
}
