using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;

namespace ScriptedTraining;

/// <summary>
/// A model of a table, in the parts that Model Builder generates: training, consumption, evaluation. What it writes as
/// constants (path, columns, label) is known at run time only here, so a loaded model is an object.
/// <para>
/// The zip is a chain of four: <b>inputs</b> gathers the file's columns by their names and maps the label, <b>features</b>
/// cleans and encodes them, the <b>network</b> predicts, <b>output</b> names the class or scales the number back. Other
/// programs load it as any ML.NET model, with a class that has a property for each column.
/// </para>
/// </summary>
internal sealed partial class TabularModel : IDisposable
{
    private const string NumbersColumn = "Inputs.Numbers";
    private const string TextsColumn = "Inputs.Texts";
    private const string LabelColumnName = "Label";
    private const string ScaledLabel = "Label.Scaled";

    private readonly MLContext mlContext;
    private readonly ITransformer inputs;
    private readonly ITransformer features;
    private readonly ITransformer output;
    private readonly DataViewSchema gathered;

    private TabularModel(MLContext mlContext, DataViewSchema inputSchema, ITransformer inputs, ITransformer features, NeuralNetworkTransformer network, ITransformer output)
    {
        this.mlContext = mlContext;
        this.inputs = inputs;
        this.features = features;
        this.output = output;
        Network = network;
        Transformer = new TransformerChain<ITransformer>(inputs, features, network, output);
        gathered = inputs.GetOutputSchema(inputSchema);
        NumberColumns = SlotNames(NumbersColumn);
        TextColumns = SlotNames(TextsColumn);
        LabelColumn = inputSchema.Select(column => column.Name).Except([.. NumberColumns, .. TextColumns]).Single();
        Classes = ReadClasses();
        Task = Classes.Count == 0 ? TabularTask.Regression
            : Transformer.GetOutputSchema(inputSchema)["Score"].Type is VectorDataViewType ? TabularTask.Multiclass
            : TabularTask.Binary;
        PredictEngine = new Lazy<PredictionEngine<ModelInput, ModelOutput>>(CreatePredictEngine, isThreadSafe: true);
    }

    /// <summary>The whole model: from the file's columns to the prediction.</summary>
    public ITransformer Transformer { get; }

    /// <summary>The trained network.</summary>
    public NeuralNetworkTransformer Network { get; }

    public TabularTask Task { get; }

    /// <summary>The names of the columns behind <see cref="ModelInput.Numbers"/>.</summary>
    public IReadOnlyList<string> NumberColumns { get; }

    /// <summary>The names of the columns behind <see cref="ModelInput.Texts"/>.</summary>
    public IReadOnlyList<string> TextColumns { get; }

    public string LabelColumn { get; }

    /// <summary>The classes, none for a regression. Of two the last is the positive one.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Made at the first prediction. Like every PredictionEngine it serves one thread at a time.</summary>
    public Lazy<PredictionEngine<ModelInput, ModelOutput>> PredictEngine { get; }

    /// <summary>Loads a model.</summary>
    /// <exception cref="UserException">The file is none.</exception>
    public static TabularModel Load(MLContext mlContext, string modelPath)
    {
        if (!File.Exists(modelPath))
        {
            throw new UserException($"The model '{modelPath}' does not exist.");
        }

        try
        {
            ITransformer transformer = mlContext.Model.Load(modelPath, out DataViewSchema inputSchema);
            return transformer is IEnumerable<ITransformer> chain && chain.ToArray() is [var inputs, var features, NeuralNetworkTransformer network, var output]
                ? new TabularModel(mlContext, inputSchema, inputs, features, network, output)
                : throw new UserException($"'{modelPath}' is an ML.NET model, but none that this program trained.");
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or UserException))
        {
            // What damaged or foreign files end in is not documented.
            throw new UserException($"'{modelPath}' is not a model that ML.NET can load: {exception.Message}", exception);
        }
    }

    /// <summary>Predicts one row.</summary>
    public ModelOutput Predict(ModelInput input) => PredictEngine.Value.Predict(input);

    /// <summary>The probability of every class for one row, the highest first.</summary>
    public IOrderedEnumerable<KeyValuePair<string, float>> PredictAllLabels(ModelInput input) => GetSortedScoresWithLabels(Predict(input));

    public IOrderedEnumerable<KeyValuePair<string, float>> GetSortedScoresWithLabels(ModelOutput result)
    {
        float[] scores = Task == TabularTask.Binary ? [1 - result.Probability, result.Probability] : result.Score;
        return Classes.Zip(scores, KeyValuePair.Create).OrderByDescending(pair => pair.Value);
    }

    /// <summary>Predicts all rows of a file. In batches, which is a lot faster than a PredictionEngine.</summary>
    public IEnumerable<ModelOutput> Predict(IDataView data) =>
        mlContext.Data.CreateEnumerable<ModelOutput>(Transformer.Transform(data), reuseRowObject: false, schemaDefinition: OutputDefinition());

    /// <summary>The rows of a file as inputs of the model.</summary>
    public IEnumerable<ModelInput> GetInputs(IDataView data) =>
        mlContext.Data.CreateEnumerable<ModelInput>(inputs.Transform(data), reuseRowObject: false, schemaDefinition: InputDefinition());

    public void Dispose()
    {
        if (PredictEngine.IsValueCreated)
        {
            PredictEngine.Value.Dispose();
        }

        Network.Dispose();
    }

    /// <summary>An engine over the model without its first part, whose work is done by <see cref="ModelInput"/>.</summary>
    private PredictionEngine<ModelInput, ModelOutput> CreatePredictEngine() => mlContext.Model.CreatePredictionEngine<ModelInput, ModelOutput>(
        new TransformerChain<ITransformer>(features, Network, output),
        new PredictionEngineOptions { InputSchemaDefinition = InputDefinition(), OutputSchemaDefinition = OutputDefinition(), OwnsTransformer = false });

    private SchemaDefinition InputDefinition()
    {
        var definition = SchemaDefinition.Create(typeof(ModelInput));
        foreach (SchemaDefinition.Column column in definition.ToArray())
        {
            if (gathered.GetColumnOrNull(column.ColumnName) is { } known)
            {
                // The size of the vector belongs to the model.
                column.ColumnType = known.Type;
            }
            else
            {
                definition.Remove(column);
            }
        }

        return definition;
    }

    private SchemaDefinition OutputDefinition()
    {
        string[] members = Task switch
        {
            TabularTask.Binary => [nameof(ModelOutput.PredictedLabel), nameof(ModelOutput.Probability)],
            TabularTask.Multiclass => [nameof(ModelOutput.PredictedLabel), nameof(ModelOutput.Score)],
            _ => [nameof(ModelOutput.Value)],
        };
        var definition = SchemaDefinition.Create(typeof(ModelOutput));
        definition.RemoveAll(column => !members.Contains(column.MemberName));
        if (Task == TabularTask.Regression)
        {
            definition.Single().ColumnName = "Score";
        }

        return definition;
    }

    private string[] SlotNames(string column)
    {
        if (gathered.GetColumnOrNull(column) is not { } found)
        {
            return [];
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        found.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private string[] ReadClasses()
    {
        if (gathered[LabelColumnName].Type is not KeyDataViewType)
        {
            return [];
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        gathered[LabelColumnName].GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    /// <summary>A row. Model Builder writes a property for each column; here the columns are known at run time only.</summary>
    public sealed class ModelInput
    {
        /// <summary>The values of <see cref="NumberColumns"/>; NaN for a missing one.</summary>
        [ColumnName(NumbersColumn)]
        public float[] Numbers { get; set; } = [];

        /// <summary>The values of <see cref="TextColumns"/>; empty for a missing one.</summary>
        [ColumnName(TextsColumn)]
        public string[] Texts { get; set; } = [];
    }

    /// <summary>A prediction. Which members are filled depends on the task.</summary>
    public sealed class ModelOutput
    {
        /// <summary>The class (binary and multiclass).</summary>
        public string PredictedLabel { get; set; } = "";

        /// <summary>The probability of each class (multiclass).</summary>
        public float[] Score { get; set; } = [];

        /// <summary>The probability of the positive class (binary).</summary>
        public float Probability { get; set; }

        /// <summary>The predicted number (regression).</summary>
        public float Value { get; set; }
    }
}
