using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>An estimator that "learns" a given network: only the classes are taken from the data.</summary>
internal sealed class FixedEstimator(MLContext ml, TrainedNetwork network) : IEstimator<NeuralNetworkTransformer>
{
    private readonly TrainedOutput output = network.Outputs[0];

    public NeuralNetworkTransformer Fit(IDataView input)
    {
        if (input.Schema.GetColumnOrNull(output.LabelColumnName) is not { } label)
        {
            throw NoLabel();
        }

        ClassLabels? classes = output.Task == PredictionTask.Regression ? null : ReadClasses(label);
        var model = new NeuralNetworkTransformer(ml, network with { Outputs = [output with { Classes = classes }] });
        model.GetOutputSchema(input.Schema);
        return model;
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape.Column label = SchemaShapes.Find(inputSchema, output.LabelColumnName) ?? throw NoLabel();
        foreach (string name in network.Inputs.Select(input => input.Name))
        {
            if (SchemaShapes.Find(inputSchema, name) is null or { Kind: SchemaShape.Column.VectorKind.VariableVector })
            {
                throw new ArgumentOutOfRangeException(nameof(inputSchema), $"Feature column '{name}' is missing or of variable size.");
            }
        }

        return SchemaShapes.Append(inputSchema, ScoreColumns.GetShapes(output.Task, null, label));
    }

    private ArgumentOutOfRangeException NoLabel() => new("input", $"Label column '{output.LabelColumnName}' is not in the data.");

    private static ClassLabels? ReadClasses(DataViewSchema.Column label)
    {
        if (label.Type is not KeyDataViewType key)
        {
            return null;
        }

        return label.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is VectorDataViewType type
            ? new ClassLabels((int)key.Count, type.ItemType, (Array)typeof(FixedEstimator)
                .GetMethod(nameof(ReadKeyValues), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type.ItemType.RawType).Invoke(null, [label])!)
            : new ClassLabels((int)key.Count);
    }

    private static T[] ReadKeyValues<T>(DataViewSchema.Column label)
    {
        VBuffer<T> values = default;
        label.GetKeyValues(ref values);
        return [.. values.DenseValues()];
    }
}
