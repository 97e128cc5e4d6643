using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// What the examples of a training batch weigh, where that is not their own weight alone: times the weight of their class, or
/// without their own weight, where that has decided how often they are drawn.
/// </summary>
internal sealed class LossWeights : IDisposable
{
    private readonly Tensor?[] tables;
    private readonly bool takesExampleWeights;

    private LossWeights(Tensor?[] tables, bool takesExampleWeights) => (this.tables, this.takesExampleWeights) = (tables, takesExampleWeights);

    /// <summary>The weights of a run; <see langword="null"/> where examples have their own weight alone.</summary>
    internal static LossWeights? Create(TrainingPlan plan)
    {
        bool takesExampleWeights = plan.Options.Sampling != ExampleSampling.ByWeight;
        return takesExampleWeights && plan.ClassWeights.All(table => table is null)
            ? null
            : new LossWeights(
                [.. plan.ClassWeights.Select(table => table is null ? null : tensor(table, device: plan.Device).DetachFromDisposeScope())], takesExampleWeights);
    }

    /// <summary>The weights for one output, <c>[batch]</c>; <see langword="null"/> where all are 1.</summary>
    /// <param name="output">Which output it is.</param>
    /// <param name="labels">The labels that it is compared with, classes from 0, <c>[batch]</c>.</param>
    /// <param name="exampleWeights">The examples' own weights, if they have any.</param>
    internal Tensor? Of(int output, Tensor labels, Tensor? exampleWeights)
    {
        Tensor? own = takesExampleWeights ? exampleWeights : null;
        if (output >= tables.Length || tables[output] is not { } table)
        {
            return own;
        }

        Tensor weights = table.index_select(0, labels.to(ScalarType.Int64));
        return own is null ? weights : weights.mul(own);
    }

    public void Dispose()
    {
        foreach (Tensor? table in tables)
        {
            table?.Dispose();
        }
    }
}
