using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Quantization;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// A trained neural network as an ML.NET transformer: it adds the prediction columns of its task. It runs on ONNX
/// Runtime and needs no libtorch, unless it contains a module (<see cref="Network.FromModule"/>). It is saved and loaded
/// by <c>mlContext.Model.Save</c> and <c>Load</c>, and may be used from several threads.
/// </summary>
public sealed class NeuralNetworkTransformer
    : ISingleFeaturePredictionTransformer<NeuralNetworkModelParameters>, ISingleFeaturePredictionTransformer, IDisposable
{
    private readonly IHostEnvironment environment;
    private readonly TrainedNetwork network;
    private readonly IReadOnlyList<ScoreColumns> scores;

    internal NeuralNetworkTransformer(IHostEnvironment environment, TrainedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(network);
        this.environment = environment;
        this.network = network;
        scores = [.. network.Outputs.Select(ScoreColumns.Create)];
        Scorer = NetworkScorer.Create(network);
        Model = new NeuralNetworkModelParameters(network);
    }

    /// <summary>The trained network without ML.NET's wrapping: definition, weights and history.</summary>
    public NeuralNetworkModelParameters Model { get; }

    /// <summary>The definition of the network, as it was given to the trainer.</summary>
    public Network Network => Model.Network;

    /// <summary>What training measured, epoch by epoch.</summary>
    public History History => Model.History;

    /// <summary>The column that the network reads; the first one where it reads several.</summary>
    public string FeatureColumnName => network.Inputs[0].Name;

    /// <summary>The type of <see cref="FeatureColumnName"/> as the network sees it: numbers, or keys.</summary>
    public DataViewType FeatureColumnType => DescribeType(network.Inputs[0]);

    /// <summary>The column that was learned; that of the first output where there are several. Data to score need not have it.</summary>
    public string LabelColumnName => network.Outputs[0].LabelColumnName;

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>What runs the network.</summary>
    internal NetworkScorer Scorer { get; }

    /// <summary>The most rows that are scored at once; see <see cref="BatchSizes"/>. Tests set it to 1.</summary>
    internal int MaxBatchSize { get; set; } = int.MaxValue;

    /// <summary>The schema of data after scoring.</summary>
    /// <param name="inputSchema">The schema of data to score.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the network reads is missing, or is not what it was at training.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema)).Output;

    /// <summary>
    /// Scores data. Nothing is computed before the result is read, and then only if prediction columns are asked for:
    /// in batches, each by one run of the network. Where other columns that are asked for hold images or other objects,
    /// rows are scored one by one, because such objects cannot be kept while a batch is read.
    /// </summary>
    /// <param name="input">The data to score.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the network reads is missing, or is not what it was at training.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredDataView(environment, input, Bind(input.Schema, nameof(input)), Scorer, MaxBatchSize);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) =>
        new ScoringMapper(environment, Bind(inputSchema, nameof(inputSchema)), Scorer);

    void ICanSaveModel.Save(ModelSaveContext ctx) => NetworkZip.Write(new ModelFolderWriter(ctx, NetworkLoader.Version), network);

    /// <summary>
    /// Writes the network as an ONNX file: its inputs are named like the columns that it reads, its output
    /// <c>Score</c> (a binary classifier has <c>Probability</c> besides), or by its name where there are several. An existing file is replaced at the very end, so that
    /// there is never half a model under that name.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    /// <exception cref="InvalidOperationException">A layer has no ONNX form (<see cref="Layers.Layer.CanExport"/>).</exception>
    public void ExportOnnx(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CheckCanExport();
        AtomicFile.Write(path, stream => stream.Write(network.Onnx), "The network");
    }

    /// <summary>
    /// Writes the network as an ONNX file that is smaller, and on many processors faster: in 16-bit floats or 8-bit integers.
    /// Inputs and outputs have the names and the types (float32) that <see cref="ExportOnnx(string)"/> gives them, and an existing
    /// file is replaced at the very end. This transformer does not change.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The precision, what stays float32, and data to measure on.</param>
    /// <returns>What became of each layer, the sizes, and how near the scores are to those of the float32 network.</returns>
    /// <exception cref="ArgumentException">
    /// <see cref="OnnxPrecision.StaticInt8"/> was given no data or no rows, or a layer is named that the network does not have.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The data lacks a column that the network reads, or it is not what it was at training.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    /// <exception cref="InvalidOperationException">A layer has no ONNX form (<see cref="Layers.Layer.CanExport"/>).</exception>
    public OnnxExportReport ExportOnnx(string path, OnnxExportOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        CheckCanExport();
        if (options.Precision == OnnxPrecision.StaticInt8 && options.Data is null)
        {
            throw new ArgumentException(
                "StaticInt8 measures on data between which numbers each value lies: set OnnxExportOptions.Data to some hundred rows like those to be scored, e.g. of the training data. DynamicInt8 needs no data.",
                nameof(options));
        }

        ExampleBatches? batches = options.Data is { } data
            ? new ExampleBatches(environment, data, Bind(data.Schema, nameof(options)), Scorer, MaxBatchSize)
            : null;
        ConvertedNetwork converted = ConvertedNetwork.Convert(network.Onnx, options, batches);
        IReadOnlyList<OnnxOutputComparison> comparison = [];
        if (batches is not null)
        {
            using var scorer = new OnnxScorer(network with { Onnx = converted.Onnx });
            comparison = ScoreComparison.Compare(Scorer, scorer, batches);
        }

        AtomicFile.Write(path, stream => stream.Write(converted.Onnx), "The network");
        return new OnnxExportReport
        {
            Precision = options.Precision,
            Float32Size = network.Onnx.Length,
            Size = converted.Onnx.Length,
            Layers = converted.Layers,
            Outputs = comparison,
        };
    }

    /// <summary>
    /// The same network with other weights. Weights that are not given stay as they are; this transformer does not change.
    /// The history remains that of the training.
    /// </summary>
    /// <param name="weights">The weights under the network's names, e.g. of another one of the same form, or of a file.</param>
    /// <exception cref="WeightMismatchException">A name or a shape is not the network's; the message lists all that do not fit.</exception>
    public NeuralNetworkTransformer WithWeights(NetworkWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return new NeuralNetworkTransformer(environment, network with { Onnx = OnnxWeights.Replace(network.Onnx, weights) });
    }

    /// <summary>The same network with other weights in one layer, as Keras's <c>layer.set_weights(...)</c>.</summary>
    /// <param name="layer">The layer's name, e.g. <c>dense</c>.</param>
    /// <param name="values">
    /// The values of each of its weights, row-major, in the order and the forms of
    /// <see cref="NeuralNetworkModelParameters.GetWeights(string)"/>.
    /// </param>
    /// <exception cref="ArgumentException">No layer of that name has weights.</exception>
    /// <exception cref="WeightMismatchException">The number of weights or of values is another one; the message lists all that do not fit.</exception>
    public NeuralNetworkTransformer WithWeights(string layer, params float[][] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        IReadOnlyList<WeightTensor> old = Model.GetWeights(layer);
        string[] problems =
        [
            .. old.Count != values.Length ? [$"it has {old.Count} weights ({string.Join(", ", old)}), but {values.Length} are given"] : Array.Empty<string>(),
            .. old.Zip(values).Where(pair => pair.First.Values.Length != pair.Second.Length).Select(pair => $"'{pair.First.Name}' {pair.First.Shape} cannot take {pair.Second.Length} values"),
        ];
        return problems.Length == 0
            ? WithWeights(new NetworkWeights(old.Zip(values, (weight, given) => new WeightTensor(weight.Name, weight.Shape, given))))
            : throw new WeightMismatchException($"The weights do not fit the layer '{layer}'", problems);
    }

    /// <summary>
    /// Frees the native memory. It may be called often. A PredictionEngine calls it for the model that it was made of,
    /// so the model can still be used: what was freed is then made again.
    /// </summary>
    public void Dispose() => Scorer.Dispose();

    private static DataViewType DescribeType(InputColumn column) => column switch
    {
        { IsSequence: true, KeyCount: > 0 } => new VectorDataViewType(KeyType(column)),
        { IsSequence: true } => new VectorDataViewType(NumberDataViewType.Single),
        { KeyCount: > 0, Size: 1 } => KeyType(column),
        { KeyCount: > 0 } => new VectorDataViewType(KeyType(column), column.Shape.ToArray()),
        _ => new VectorDataViewType(NumberDataViewType.Single, column.Shape.ToArray()),
    };

    private static KeyDataViewType KeyType(InputColumn column) => new(column.KeyCount > uint.MaxValue ? typeof(ulong) : typeof(uint), column.KeyCount);

    /// <exception cref="InvalidOperationException">A layer has no ONNX form.</exception>
    private void CheckCanExport()
    {
        if (network.NeedsLibTorch)
        {
            string layers = string.Join(", ", Network.Graph.Nodes.Where(node => !node.Layer.CanExport)
                .Select(node => node.Layer is ModuleLayer module ? $"'{node.Name}' (the TorchSharp module '{module.ModuleName}')" : $"'{node.Name}' ({node.Layer.GetType().Name})"));
            throw new InvalidOperationException(
                $"The network cannot be written as ONNX, because these layers have no ONNX form: {layers}. Save it by mlContext.Model.Save, and score it where libtorch is; or train a network of layers that can be exported.");
        }
    }

    private ScoredSchema Bind(DataViewSchema schema, string parameter)
    {
        ArgumentNullException.ThrowIfNull(schema, parameter);
        return ScoredSchema.Create(network, scores, schema, parameter);
    }
}
