using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Explain;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Says where in images a trained network sees a class: <see cref="GradCam"/> or <see cref="Occlusion"/>. It may be used from
/// several threads.
/// </summary>
public abstract class ImageExplainer : IDisposable
{
    /// <summary>Rows of data that are read at once; how many are computed at once is for the method to say.</summary>
    private const int RowsAtOnce = 16;

    private protected ImageExplainer(ITransformer model, string? outputName) => Network = ExplainedNetwork.Of(model, outputName);

    /// <summary>The height of images as the network reads them, in pixels, and of heat maps.</summary>
    public int Height => Network.Image[0];

    /// <summary>The width of images as the network reads them, in pixels, and of heat maps.</summary>
    public int Width => Network.Image[1];

    /// <summary>The number of channels of images as the network reads them.</summary>
    public int Channels => Network.Image[2];

    /// <summary>The number of classes that can be explained; of a regression, of values.</summary>
    public int ClassCount => Network.ClassCount;

    internal ExplainedNetwork Network { get; }

    /// <summary>Explains one image.</summary>
    /// <param name="pixels">
    /// The image as the network reads it: <c>[height, width, channels]</c>, row by row, on the scale of the training data.
    /// </param>
    /// <param name="classIndex">The class, from 0; left out for the one that is predicted.</param>
    /// <exception cref="ArgumentException">The image has another number of values, or the network reads other columns too.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public HeatMap Explain(ReadOnlySpan<float> pixels, int? classIndex = null)
    {
        Network.CheckClass(classIndex);
        if (Network.Trained.Inputs.Count > 1)
        {
            throw new ArgumentException(
                $"The network reads the columns {string.Join(", ", Network.Trained.Inputs.Select(input => $"'{input.Name}'"))}, and pixels are not all of them: explain data with these columns, Explain(IDataView).",
                nameof(pixels));
        }

        return pixels.Length == Network.Image.Size
            ? Compute([[pixels.ToArray()]], classIndex)[0]
            : throw new ArgumentException(
                $"The image has {pixels.Length} values, but the network reads {Network.Image} ({Network.Image.Size} values).", nameof(pixels));
    }

    /// <summary>
    /// Explains all images of some data, in its order, as the result is read. What came before the network in the model that was
    /// given is applied first.
    /// </summary>
    /// <param name="data">Data as the model takes it.</param>
    /// <param name="classIndex">The class, from 0; left out for the one that is predicted for each image.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class, or the data lacks a column, or it is not what it was at training.</exception>
    public IEnumerable<HeatMap> Explain(IDataView data, int? classIndex = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        Network.CheckClass(classIndex);
        IDataView prepared = Network.Before.Aggregate(data, (view, transformer) => transformer.Transform(view));
        CheckSchema(prepared.Schema, nameof(data));
        return ExplainAll(prepared, classIndex);
    }

    /// <summary>Frees native memory. It may be called often, and explaining may go on.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Holds a schema against what the network reads.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is not what it was.</exception>
    internal void CheckSchema(DataViewSchema schema, string parameter)
    {
        foreach (InputColumn input in Network.Trained.Inputs)
        {
            if (input.Mismatch(schema) is { } mismatch)
            {
                throw new ArgumentOutOfRangeException(parameter, mismatch);
            }
        }
    }

    /// <summary>Explains rows, each with the values of all inputs.</summary>
    internal abstract IReadOnlyList<HeatMap> Compute(IReadOnlyList<float[][]> rows, int? classIndex);

    /// <summary>Reads the values of all inputs of the current row, as new arrays.</summary>
    internal float[][] ReadRow(ColumnReader[] readers)
    {
        var row = new float[readers.Length][];
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = new float[Network.Trained.Inputs[i].Size];
            readers[i].Read(row[i]);
        }

        return row;
    }

    /// <summary>Makes a map of raw numbers, of which those above 0 speak for the class.</summary>
    private protected HeatMap ToMap(float[] values, int classIndex, float score)
    {
        float peak = Math.Max(0, values.Max());
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = peak > 0 ? Math.Max(0, values[i]) / peak : 0;
        }

        return new HeatMap(Height, Width, values, peak, classIndex, Network.NameOf(classIndex), score);
    }

    private protected virtual void Dispose(bool disposing)
    {
    }

    private protected void CheckNoSequences()
    {
        if (Network.Trained.Inputs.FirstOrDefault(input => input.IsSequence) is { } sequence)
        {
            throw new ArgumentException($"The network also reads sequences of different lengths ('{sequence.Name}'), which cannot be explained.");
        }
    }

    private IEnumerable<HeatMap> ExplainAll(IDataView data, int? classIndex)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(Network.Trained.Inputs.Select(input => data.Schema[input.Name]));
        ColumnReader[] readers = [.. Network.Trained.Inputs.Select(input => ColumnReader.Create(cursor, data.Schema[input.Name]))];
        var rows = new List<float[][]>();
        bool isMore = true;
        while (isMore)
        {
            rows.Clear();
            while (rows.Count < RowsAtOnce && (isMore = cursor.MoveNext()))
            {
                rows.Add(ReadRow(readers));
            }

            foreach (HeatMap map in rows.Count == 0 ? [] : Compute(rows, classIndex))
            {
                yield return map;
            }
        }
    }
}
