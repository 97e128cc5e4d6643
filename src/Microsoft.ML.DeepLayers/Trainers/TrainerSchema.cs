using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Scoring;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>The columns of a training run.</summary>
/// <param name="Layout">What is read.</param>
/// <param name="Outputs">What each output of the network is to predict.</param>
internal sealed record TrainingColumns(ExampleLayout Layout, IReadOnlyList<TrainingOutput> Outputs);

/// <summary>An output of a training run.</summary>
/// <param name="Plan">What it is trained for.</param>
/// <param name="Label">How its label is read.</param>
/// <param name="Classes">The classes of a classifier.</param>
/// <param name="Units">The number of units of its output layer.</param>
internal sealed record TrainingOutput(OutputPlan Plan, LabelColumn Label, ClassLabels? Classes, int Units);

/// <summary>Checks the columns that a trainer reads, and promises those that it gives.</summary>
internal static class TrainerSchema
{
    /// <summary>Checks a promised schema and adds the output columns to it.</summary>
    internal static SchemaShape Promise(SchemaShape schema, NetworkGraph graph, NeuralNetworkOptions options, IReadOnlyList<OutputPlan> outputs)
    {
        foreach ((string name, Shape? shape) in FeatureColumns(graph, options))
        {
            CheckFeature(Find(schema, name, "Feature"), shape);
        }

        var columns = new List<SchemaShape.Column>();
        foreach (OutputPlan output in outputs)
        {
            SchemaShape.Column label = Find(schema, output.LabelColumnName, "Label");
            CheckLabel(label, output.Head);
            columns.AddRange(ScoreColumns.GetShapes(output.Head.Task, output.Name, label, output.ScoresVector));
        }

        if (options.ExampleWeightColumnName is { } weight)
        {
            CheckWeight(Find(schema, weight, "Weight"));
        }

        if (options.SamplingKeyColumnName is { } key)
        {
            CheckSamplingKey(Find(schema, key, "Sampling key"));
        }

        return SchemaShapes.Append(schema, columns);
    }

    /// <summary>Checks the schema of training data and says how to read it.</summary>
    internal static TrainingColumns Bind(DataViewSchema schema, NetworkGraph graph, NeuralNetworkOptions options, IReadOnlyList<OutputPlan> outputs)
    {
        InputColumn[] inputs = [.. FeatureColumns(graph, options).Select((feature, index) =>
            InputColumn.FromSchema(schema, feature.Name, feature.Shape) with { IndexLimit = IndexLimit(graph, graph.Inputs[index]) })];
        TrainingOutput[] trained = [.. outputs.Select(output => Bind(schema, output))];
        if (options.ExampleWeightColumnName is { } weight)
        {
            CheckWeight(SchemaShapes.FromType(weight, Find(schema, weight, "Weight").Type));
        }

        if (options.SamplingKeyColumnName is { } key)
        {
            CheckSamplingKey(SchemaShapes.FromType(key, Find(schema, key, "Sampling key").Type));
        }

        var layout = new ExampleLayout(inputs, [.. trained.Select(output => output.Label)], options.ExampleWeightColumnName);
        return new TrainingColumns(layout, trained);
    }

    /// <summary>Checks that other data, for validation, has the columns of the training data.</summary>
    internal static void CheckSame(DataViewSchema schema, TrainingColumns columns)
    {
        ExampleLayout layout = columns.Layout;
        string? problem = layout.Inputs.Select(input => input.Mismatch(schema)).FirstOrDefault(mismatch => mismatch is not null);
        if (problem is not null)
        {
            throw new ArgumentException($"The validation data does not fit the training data. {problem}");
        }

        foreach (TrainingOutput output in columns.Outputs)
        {
            CheckSameLabel(Find(schema, output.Label.Name, "Label"), output);
        }

        if (layout.WeightColumn is { } weight)
        {
            CheckWeight(SchemaShapes.FromType(weight, Find(schema, weight, "Weight").Type));
        }
    }

    private static TrainingOutput Bind(DataViewSchema schema, OutputPlan output)
    {
        DataViewSchema.Column label = Find(schema, output.LabelColumnName, "Label");
        CheckLabel(SchemaShapes.FromType(label.Name, label.Type), output.Head);
        return Bind(label, output);
    }

    private static TrainingOutput Bind(DataViewSchema.Column label, OutputPlan output)
    {
        LabelColumn read = output.Head.ReadLabel(label);
        int units = output.Head.OutputUnits(label); // It also refuses numbers of classes that cannot be.
        if (output.Head.Task == PredictionTask.Regression)
        {
            units = output.Objective.Loss.OutputUnits(units);
        }

        return new TrainingOutput(output, read, output.Head.Classes(label), units);
    }

    private static void CheckSameLabel(DataViewSchema.Column label, TrainingOutput output)
    {
        if (label.Type is KeyDataViewType != output.Label.IsKey)
        {
            throw new ArgumentException(
                $"The validation data does not fit the training data. Label column '{label.Name}' is of type {label.Type}; run both through the same fitted transforms.");
        }

        // Keys of another mapping have the same type, and mean something else.
        TaskHead head = output.Plan.Head;
        CheckLabel(SchemaShapes.FromType(label.Name, label.Type), head);
        bool sameClasses = head.ReadLabel(label) == output.Label
            && Bind(label, output.Plan).Units == output.Units
            && Names(head.Classes(label)).SequenceEqual(Names(output.Classes));
        if (!sameClasses)
        {
            throw new ArgumentException(
                $"The validation data does not fit the training data. Label column '{label.Name}' has other classes; run both through the same fitted transforms.");
        }
    }

    private static IEnumerable<string?> Names(ClassLabels? classes) =>
        classes?.Values?.Cast<object>().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)) ?? [];

    /// <summary>The column that each input reads, and the shape that it states.</summary>
    private static IEnumerable<(string Name, Shape? Shape)> FeatureColumns(NetworkGraph graph, NeuralNetworkOptions options) =>
        graph.Inputs.Select(input => (graph.ColumnOf(input, options.FeatureColumnName), ((Input)graph.Nodes[input].Layer).Shape));

    /// <summary>The size of the smallest embedding that reads the values of a node, rearranged or not; 0 where there is none.</summary>
    private static int IndexLimit(NetworkGraph graph, int read)
    {
        int limit = 0;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            if (graph.Nodes[i].Inputs.Any(input => input.Node == read))
            {
                Layer layer = graph.Nodes[i].Layer;
                int found = (layer as TimeDistributed)?.Layer is { } inner ? VectorCount(inner)
                    // A nested network begins with an Input.
                    : layer is Input or Identity or Reshape or Flatten or Permute or RepeatVector ? IndexLimit(graph, i)
                    : VectorCount(layer);
                limit = limit == 0 || found == 0 ? Math.Max(limit, found) : Math.Min(limit, found);
            }
        }

        return limit;
    }

    /// <summary>How many vectors a layer looks up; 0 if it looks up none.</summary>
    private static int VectorCount(Layer layer) => layer switch
    {
        Embedding embedding => embedding.InputDim,
        TokenAndPositionEmbedding tokens => tokens.VocabularySize,
        _ => 0,
    };

    private static void CheckFeature(SchemaShape.Column feature, Shape? declared)
    {
        if (feature.Kind == VectorKind.VariableVector && declared is not { HasVariableLength: true })
        {
            throw new ArgumentException(
                $"Feature column '{feature.Name}' is a vector of variable size, but the network needs a known size. State it in the data class with [VectorType(n)], or produce it with a transform that fixes it; or begin a network for sequences with new Input(Shape.Variable).");
        }

        if (!feature.IsKey && !ColumnReader.CanRead(feature.ItemType))
        {
            throw new ArgumentException(
                $"Feature column '{feature.Name}' is of type {SchemaShapes.Describe(feature)}, but a network reads numbers, keys and booleans. Convert it first, e.g. with Transforms.Categorical.OneHotEncoding or Transforms.Text.FeaturizeText.");
        }
    }

    private static void CheckLabel(SchemaShape.Column label, TaskHead head)
    {
        if (head.LabelProblem(label.Kind, label.ItemType, label.IsKey) is { } expected)
        {
            throw new ArgumentException(
                $"Label column '{label.Name}' is of type {SchemaShapes.Describe(label)}, but {head.Task} needs {expected}.");
        }
    }

    private static void CheckWeight(SchemaShape.Column weight)
    {
        if (weight.Kind != VectorKind.Scalar || weight.IsKey || weight.ItemType is not NumberDataViewType)
        {
            throw new ArgumentException(
                $"Weight column '{weight.Name}' is of type {SchemaShapes.Describe(weight)}, but weights are one number a row (Single).");
        }
    }

    private static void CheckSamplingKey(SchemaShape.Column key)
    {
        if (!GroupReader.CanRead(key.ItemType))
        {
            throw new ArgumentException(
                $"Sampling key column '{key.Name}' is of type {SchemaShapes.Describe(key)}, but rows are grouped by text, numbers, keys, booleans or dates.");
        }
    }

    private static SchemaShape.Column Find(SchemaShape schema, string name, string role) =>
        SchemaShapes.Find(schema, name) ?? throw Missing(name, role, schema.Select(column => column.Name));

    private static DataViewSchema.Column Find(DataViewSchema schema, string name, string role) =>
        schema.GetColumnOrNull(name) ?? throw Missing(name, role, schema.Select(column => column.Name).Distinct());

    private static ArgumentException Missing(string name, string role, IEnumerable<string> present) =>
        new($"{role} column '{name}' is not in the data, which has: {string.Join(", ", present)}.");
}
