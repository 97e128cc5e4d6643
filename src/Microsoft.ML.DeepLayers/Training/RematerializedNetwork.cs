using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>A network whose training steps keep the values between segments of its graph alone.</summary>
internal sealed class RematerializedNetwork
{

    private RematerializedNetwork(
        NetworkGraph graph, TorchNetwork network, IReadOnlyList<GraphSegment> segments, IReadOnlyList<NodeState> states, torch.Device device)
    {
        Graph = graph;
        Network = network;
        Segments = segments;
        States = states;
        Device = device;
        // Who writes into an input would change what is computed the second time.
        Functions = [.. network.Functions.Select((function, node) => states[node].IsForeign
            ? (inputs, context) => function([.. inputs.Select(input => input.clone())], context)
            : function)];
        bool[] hasGradient = new bool[graph.Nodes.Count];
        for (int node = 0; node < hasGradient.Length; node++)
        {
            hasGradient[node] = states[node].Trainable.Count > 0 || graph.Nodes[node].Inputs.Any(read => hasGradient[read.Node]);
        }

        HasGradient = hasGradient;
        Trainable = [.. segments.Select(segment => Enumerable.Range(segment.First, segment.End - segment.First)
            .SelectMany(node => states[node].Trainable).ToHashSet<Tensor>(ReferenceEqualityComparer.Instance))];
        Tensor[] penalized = [.. network.Weights.Where(weight => weight.Spec.Regularizer is not null && weight.Tensor.requires_grad).Select(weight => weight.Tensor)];
        WithLoss = new HashSet<Tensor>([.. Trainable[^1], .. penalized], ReferenceEqualityComparer.Instance);
        var used = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        UsedAgain = Trainable.SelectMany(weights => weights).Concat(penalized).Where(weight => !used.Add(weight)).ToHashSet<Tensor>(ReferenceEqualityComparer.Instance);
    }

    internal NetworkGraph Graph { get; }

    internal TorchNetwork Network { get; }

    internal torch.Device Device { get; }

    internal IReadOnlyList<GraphSegment> Segments { get; }

    internal IReadOnlyList<NodeState> States { get; }

    internal IReadOnlyList<LayerFunction> Functions { get; }

    /// <summary>Whether gradients reach what a node gives.</summary>
    internal IReadOnlyList<bool> HasGradient { get; }

    /// <summary>The weights of each segment that gradients are for.</summary>
    internal IReadOnlyList<IReadOnlySet<Tensor>> Trainable { get; }

    /// <summary>Those of the last segment, and those that add to the loss by themselves.</summary>
    internal IReadOnlySet<Tensor> WithLoss { get; }

    /// <summary>Those of several segments, or of one and of the loss.</summary>
    internal IReadOnlySet<Tensor> UsedAgain { get; }

    /// <summary>The network, or nothing where there is only one segment, which is what any step does.</summary>
    internal static RematerializedNetwork? Create(TrainingPlan plan, TorchNetwork network)
    {
        IReadOnlyList<GraphSegment> segments = GraphSegment.Of(plan.Graph, plan.Shapes, plan.Options.Rematerialization);
        return segments.Count == 1 ? null : new RematerializedNetwork(plan.Graph, network, segments, network.States(), plan.Device);
    }
}
