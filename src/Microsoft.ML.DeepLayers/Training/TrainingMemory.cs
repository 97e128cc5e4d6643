using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// What a training needs at least, in bytes, found from the definition: an estimate, since layers hold more on their way, and
/// libtorch, the runtime and the model that is written at the end are not counted.
/// </summary>
/// <param name="Parameters">All weights.</param>
/// <param name="Gradients">The gradients of those that are trained.</param>
/// <param name="Slots">What the optimizer remembers.</param>
/// <param name="Activations">What a batch's backward pass needs of the forward pass (<see cref="Rematerialization"/> makes it less).</param>
/// <param name="Batches">The batches that are being filled, and the one that is learned.</param>
/// <param name="Examples">The examples in the cache.</param>
internal sealed record TrainingMemory(long Parameters, long Gradients, long Slots, long Activations, long Batches, long Examples)
{
    internal long Total => Parameters + Gradients + Slots + Activations + Batches + Examples;

    /// <summary>Estimates what a training needs.</summary>
    /// <param name="plan">The plan of the training.</param>
    /// <param name="slots">How many numbers the optimizer remembers of each weight: 2 for Adam.</param>
    internal static TrainingMemory Of(TrainingPlan plan, int slots)
    {
        long trainable = 0, all = 0;
        foreach ((_, WeightSpec spec) in plan.Graph.Weights(plan.Shapes))
        {
            all += spec.Shape.Size;
            trainable += spec.Trainable ? spec.Shape.Size : 0;
        }

        IReadOnlyList<GraphSegment> segments = GraphSegment.Of(plan.Graph, plan.Shapes, plan.Options.Rematerialization);
        long perExample = GraphSegment.PeakBytes(
            segments, value => HeldFor(plan.Graph, plan.Shapes, value), node => plan.Shapes.Outputs[node].Count);
        ExampleLayout layout = plan.Examples.Training.Layout;
        long examples = plan.Examples.Training.Count ?? 0;
        return new TrainingMemory(
            all * sizeof(float), trainable * sizeof(float), slots * trainable * sizeof(float), plan.BatchSize * perExample,
            (BatchPipeline.BatchesInFlight(layout, plan.BatchSize) + 1L) * BatchPipeline.BytesOf(layout, plan.BatchSize),
            Math.Min(examples * layout.Width * sizeof(float), plan.Options.CacheBytes));
    }

    /// <summary>The bytes that a value of an example takes, with what libtorch notes beside it.</summary>
    private static long HeldFor(NetworkGraph graph, GraphShapes shapes, NodeOutput value)
    {
        long bytes = SegmentSearch.SizeOf(shapes[value]) * sizeof(float);
        return graph.Nodes[value.Node].Layer switch
        {
            // The batch, or another view of what is there.
            Input or Flatten or Reshape or Permute or Identity => 0,
            Dropout or ActivationLayer { Activation: GELUActivation or SiLUActivation or MishActivation } => 2 * bytes,
            // The places of the largest, eight bytes each.
            MaxPooling1D or MaxPooling2D or MaxPooling3D => 3 * bytes,
            // Four gates, the cell and its activation, at every step.
            LSTM lstm => 7 * bytes * (lstm.ReturnSequences ? 1 : Steps(shapes, value.Node)),
            GRU gru => 5 * bytes * (gru.ReturnSequences ? 1 : Steps(shapes, value.Node)),
            _ => bytes,
        };
    }

    private static long Steps(GraphShapes shapes, int node) => SegmentSearch.SizeOf(new Shape(shapes.Inputs[node][0][0]));
}
