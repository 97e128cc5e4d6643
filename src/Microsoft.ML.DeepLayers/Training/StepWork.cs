using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>About how much there is to compute in a step, as far as the definition tells.</summary>
/// <param name="Multiplications">Those of a batch's products of inputs and weights, forward.</param>
/// <param name="Values">The values that the layers give for a batch.</param>
internal readonly record struct StepWork(double Multiplications, double Values)
{
    /// <summary>
    /// What it takes to employ a thread. Measured with MLPs, CNNs and LSTMs of many sizes: below, a second thread takes
    /// longer to wake and to wait for than it saves.
    /// </summary>
    private const double MultiplicationsOfThread = 4e6;
    private const double ValuesOfThread = 1e5;

    private const double MultiplicationsOfGraphics = 1e7;
    private const double ValuesOfGraphics = 1e6;

    /// <summary>
    /// Whether a processor is done sooner than a GPU is told what to do: a step of some 40 operations takes 1 ms to tell it,
    /// measured with an H200.
    /// </summary>
    internal bool IsSmallForGraphics => Multiplications < MultiplicationsOfGraphics && Values < ValuesOfGraphics;

    /// <summary>How many threads the work is worth, without regard to how many there are.</summary>
    internal int Threads => (int)Math.Clamp(Math.Ceiling(Math.Max(Multiplications / MultiplicationsOfThread, Values / ValuesOfThread)), 1, int.MaxValue);

    /// <summary>The work of a batch of some number of examples.</summary>
    internal static StepWork Of(NetworkGraph graph, GraphShapes shapes, int examples)
    {
        double multiplications = 0;
        double values = 0;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            IReadOnlyList<Shape> inputs = shapes.Inputs[i];
            Layer layer = graph.Nodes[i].Layer;
            values += shapes.Outputs[i].Sum(Size);
            // A row of a table is looked up, not computed.
            if (layer is not Embedding && inputs.Count > 0)
            {
                // A kernel is applied at each position: of a sequence, of an image. Larger than one side or the other, by padding or strides, it does not matter here.
                double positions = Math.Max(inputs.Max(Positions), 1);
                multiplications += positions * layer.DeclareWeights(inputs).Where(weight => weight.Shape.Rank > 1).Sum(weight => (double)weight.Shape.Size);
            }
        }

        return new StepWork(multiplications * examples, values * examples);
    }

    private static double Positions(Shape shape) => shape.Rank == 0 ? 1 : Size(shape) / Math.Max(1, Math.Abs(shape[-1]));

    /// <summary>The number of values; where a length is variable, of a likely one.</summary>
    private static double Size(Shape shape)
    {
        const int LikelySteps = 64;
        return shape.Aggregate(1.0, (product, dimension) => product * (dimension == Shape.Variable ? LikelySteps : dimension));
    }
}
