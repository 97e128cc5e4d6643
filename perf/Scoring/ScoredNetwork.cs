using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>A trained network in all the forms that scoring is measured in: our transformer, its zip, and the exported ONNX file.</summary>
internal sealed class ScoredNetwork : IDisposable
{
    /// <summary>Training does not matter here.</summary>
    private const int TrainingExamples = 256;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    internal ScoredNetwork(BenchmarkNetwork network)
    {
        Network = network;
        IDataView training = network.View(Context, TrainingExamples);
        Model = Context.MulticlassClassification.Trainers.NeuralNetwork(
            network.Body(), new NeuralNetworkOptions { Epochs = 1, Progress = new Progress<TrainingProgress>() }).Fit(training);
        OnnxFile = Path.Combine(folder.FullName, "network.onnx");
        ZipFile = Path.Combine(folder.FullName, "model.zip");
        Model.ExportOnnx(OnnxFile);
        Context.Model.Save(Model, training.Schema, ZipFile);
    }

    internal MLContext Context { get; } = new(seed: 1);

    internal BenchmarkNetwork Network { get; }

    internal NeuralNetworkTransformer Model { get; }

    internal string OnnxFile { get; }

    internal string ZipFile { get; }

    /// <summary>The number of values of a row.</summary>
    internal int Width => (int)Network.Input.Size;

    /// <summary>Rows that lie in ML.NET's cache.</summary>
    internal IDataView CachedRows(int rows)
    {
        IDataView cached = Context.Data.Cache(Network.View(Context, rows));
        Read<int>(cached, "Features");
        return cached;
    }

    /// <summary>Reads a column of vectors, row by row.</summary>
    /// <typeparam name="TReader">
    /// Whose loop it is: of one loop over several kinds of view, the compiler could not make what it makes of an application's own,
    /// which knows one.
    /// </typeparam>
    /// <param name="view">The view.</param>
    /// <param name="name">The column.</param>
    internal static float Read<TReader>(IDataView view, string name)
        where TReader : struct
    {
        DataViewSchema.Column column = view.Schema[name];
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        float sum = 0;
        while (cursor.MoveNext())
        {
            getter(ref value);
            sum += value.GetValues()[0];
        }

        return sum;
    }

    /// <summary>Reads a column of numbers, row by row.</summary>
    internal static float ReadNumbers(IDataView view, string name)
    {
        DataViewSchema.Column column = view.Schema[name];
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        ValueGetter<float> getter = cursor.GetGetter<float>(column);
        float value = 0;
        float sum = 0;
        while (cursor.MoveNext())
        {
            getter(ref value);
            sum += value;
        }

        return sum;
    }

    public void Dispose()
    {
        Model.Dispose();
        folder.Delete(recursive: true);
    }
}
