using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>A weight of a built network.</summary>
/// <param name="Name">Its full name, <c>layer/weight</c>.</param>
/// <param name="Spec">What the layer declared.</param>
/// <param name="Tensor">Where it lives.</param>
/// <param name="Aliases">Tensors of libtorch's modules that stand for the same weight, where a layer is applied again.</param>
internal sealed record TorchWeight(string Name, WeightSpec Spec, Tensor Tensor, IReadOnlyList<Tensor> Aliases);

/// <summary>A graph as functions over tensors: what training computes. It owns the tensors of all weights.</summary>
internal sealed class TorchNetwork : IDisposable
{
    private readonly NetworkGraph graph;
    private readonly LayerBuilder?[] builders;
    private readonly LayerFunction[] functions;
    private readonly ScalarType numberType;
    private readonly bool[] lowNodes;
    private readonly List<LowPrecisionWeight> lowPrecision = [];
    private readonly TorchWeight[] constrained = [];
    private readonly TorchWeight[] regularized = [];

    internal TorchNetwork(
        NetworkGraph graph, GraphShapes shapes, torch.Device device, ScalarType numberType = ScalarType.Float32,
        TrainingPrecision precision = TrainingPrecision.Float32)
    {
        this.graph = graph;
        this.numberType = numberType;
        ScalarType? lowType = MixedPrecision.LowType(precision);
        lowNodes = lowType is null ? new bool[graph.Nodes.Count] : MixedPrecision.LowNodes(graph);
        builders = new LayerBuilder[graph.Nodes.Count];
        functions = new LayerFunction[graph.Nodes.Count];
        var weights = new List<TorchWeight>();
        try
        {
            for (int i = 0; i < graph.Nodes.Count; i++)
            {
                GraphNode node = graph.Nodes[i];
                LayerBuilder? owner = node.SharedWith is { } shared ? builders[shared] : null;
                if (owner is not null && owner.InputShapes.SequenceEqual(shapes.Inputs[i]))
                {
                    functions[i] = functions[node.SharedWith!.Value];
                    continue;
                }

                ScalarType type = lowNodes[i] ? lowType!.Value : numberType;
                builders[i] = new LayerBuilder(node.Layer, shapes.Inputs[i], type, device, owner);
                LayerFunction function = builders[i]!.BuildLayer();
                functions[i] = lowType is null ? function : MixedPrecision.Cast(node.Layer, function, type);
            }

            weights.AddRange(Enumerable.Range(0, graph.Nodes.Count).Where(i => graph.Nodes[i].SharedWith is null).SelectMany(WeightsOf));
        }
        catch
        {
            Dispose();
            throw;
        }

        Weights = weights;
        constrained = [.. weights.Where(weight => weight.Spec.Constraint is not null)];
        regularized = [.. weights.Where(weight => weight.Spec.Regularizer is not null)];
    }

    /// <summary>All weights in the order of the layers.</summary>
    internal IReadOnlyList<TorchWeight> Weights { get; } = [];

    /// <summary>The weights whose layers compute with copies in 16 bits (<see cref="LowPrecisionWeights"/>).</summary>
    internal IReadOnlyList<LowPrecisionWeight> LowPrecision => lowPrecision;

    /// <summary>What each node of the graph computes.</summary>
    internal IReadOnlyList<LayerFunction> Functions => functions;

    /// <summary>The tensors that each node computes with; for a layer that is applied again, those of its first application.</summary>
    internal IReadOnlyList<NodeState> States()
    {
        var states = new NodeState[builders.Length];
        for (int i = 0; i < states.Length; i++)
        {
            int owner = graph.OwnerOf(i);
            states[i] = owner == i ? NodeState.Of(builders[i]!) : states[owner];
        }

        return states;
    }

    /// <summary>What the loss and metrics see of the network's outputs: numbers of its own type.</summary>
    internal Tensor[] ToNumberType(IEnumerable<Tensor> outputs) => [.. outputs.Select(output => MixedPrecision.Cast(output, numberType))];

    /// <summary>Computes the outputs for a batch; the caller's dispose scope owns them.</summary>
    /// <param name="inputs">A tensor for each input of the graph, in order.</param>
    /// <param name="context">Whether this is a training step.</param>
    /// <param name="look">Is shown what each node of the graph gave.</param>
    internal IReadOnlyList<Tensor> Forward(IReadOnlyList<Tensor> inputs, ForwardContext context, Action<IReadOnlyList<Tensor>[]>? look = null)
    {
        IReadOnlyList<Tensor>[] values = GraphRunner.Run(graph, functions, inputs, context, release: look is null);
        look?.Invoke(values);
        return ToNumberType(graph.Outputs.Select(output => values[output.Node][output.Output]));
    }

    /// <summary>What the sizes of weights add to the loss, each a tensor without dimensions.</summary>
    internal IEnumerable<Tensor> Penalties() => regularized
        .Select(weight => weight.Spec.Penalty(weight.Tensor));

    /// <summary>Brings constrained weights back to where they must be.</summary>
    internal void ApplyConstraints()
    {
        foreach (TorchWeight weight in constrained)
        {
            weight.Tensor.copy_(weight.Spec.Project(weight.Tensor));
        }
    }

    /// <summary>Fills every weight by its initializer. The same seed gives the same values on every device.</summary>
    internal void Initialize(int seed)
    {
        for (int i = 0; i < Weights.Count; i++)
        {
            (_, WeightSpec spec, Tensor tensor, _) = Weights[i];
            float[] values = new float[spec.Shape.Size];
            (int fanIn, int fanOut) = Fans(spec);
            spec.Initializer.Fill(values, spec.Shape, fanIn, fanOut, new Random(HashSeed(seed, i)));
            Set(tensor, values);
        }
    }

    /// <summary>Takes over the values of a network of the same form.</summary>
    /// <param name="weights">The values.</param>
    /// <param name="isPartial">Whether some may be missing; those stay as they are.</param>
    /// <exception cref="WeightMismatchException">Names or shapes differ; the message lists all differences.</exception>
    internal void Load(NetworkWeights weights, bool isPartial = false)
    {
        Check(weights, isPartial);
        foreach (TorchWeight weight in Weights)
        {
            if (weights.TryGet(weight.Name, out WeightTensor? tensor))
            {
                Set(weight.Tensor, tensor.Values.ToArray());
            }
        }
    }

    /// <summary>Checks that weights are those of this network.</summary>
    /// <param name="weights">The values.</param>
    /// <param name="isPartial">Whether some may be missing.</param>
    /// <exception cref="WeightMismatchException">Names or shapes differ; the message lists all differences.</exception>
    internal void Check(NetworkWeights weights, bool isPartial = false) =>
        WeightCheck.Demand([.. Weights.Select(weight => (weight.Name, weight.Spec.Shape))], weights, isPartial);

    /// <summary>Copies all weights out of native memory.</summary>
    internal NetworkWeights Snapshot() => Snapshot(Weights);

    /// <summary>The values of weights, copied.</summary>
    internal static NetworkWeights Snapshot(IEnumerable<TorchWeight> weights)
    {
        using DisposeScope scope = NewDisposeScope();
        return new NetworkWeights(weights.Select(weight => WeightTensor.Over(
            weight.Name, weight.Spec.Shape, weight.Tensor.detach().cpu().to(ScalarType.Float32).data<float>().ToArray())));
    }

    public void Dispose()
    {
        foreach (LayerBuilder? builder in builders)
        {
            builder?.Dispose();
        }

        lowPrecision.ForEach(weight => weight.Weight.Tensor.Dispose());
    }

    private IEnumerable<TorchWeight> WeightsOf(int node)
    {
        LayerBuilder builder = builders[node]!;
        ILookup<string, Tensor> aliases = builder.Aliases.ToLookup(alias => alias.Name, alias => alias.Tensor);
        foreach ((WeightSpec spec, Tensor tensor) in builder.Weights)
        {
            var weight = new TorchWeight($"{graph.Nodes[node].Name}/{spec.Name}", spec, tensor, [.. aliases[spec.Name]]);
            if (lowNodes[node])
            {
                // What is learned, read and written is the weight in full; the layer computes with a copy.
                Tensor full = zeros(tensor.shape, numberType, tensor.device, requires_grad: spec.Trainable).DetachFromDisposeScope();
                var copy = weight with { Spec = spec with { LearningRateFactor = 1 } };
                weight = weight with { Tensor = full, Aliases = [] };
                lowPrecision.Add(new LowPrecisionWeight(weight, copy));
            }

            yield return weight;
        }
    }

    /// <summary>Keras's count where the layer did not say: the first dimension feeds, the last is fed.</summary>
    private static (int FanIn, int FanOut) Fans(WeightSpec spec)
    {
        int first = spec.Shape.Rank == 0 ? 1 : spec.Shape[0];
        int last = spec.Shape.Rank == 0 ? 1 : spec.Shape[-1];
        return (spec.FanIn > 0 ? spec.FanIn : first, spec.FanOut > 0 ? spec.FanOut : last);
    }

    private static int HashSeed(int seed, int index) => unchecked((seed * 486187739) + (index * 16777619) + 40503);

    private static void Set(Tensor tensor, float[] values)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        tensor.copy_(torch.tensor(values).reshape(tensor.shape));
    }
}
