using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Finds where in a network numbers stop being finite, for one batch whose step has not been taken yet.</summary>
internal static class NotFiniteSearch
{
    /// <summary>Whether the loss is finite, and the gradients have no NaN. An infinite gradient may still be clipped.</summary>
    internal static bool IsFine(Tensor loss, ParameterBuffer parameters)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return loss.isfinite().logical_and(parameters.Gradients.isnan().any().logical_not()).item<bool>();
    }

    /// <summary>The first place, in words.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="values">What each layer gives for the batch.</param>
    /// <param name="parameters">The trainable weights and their gradients.</param>
    /// <param name="loss">The loss.</param>
    internal static string Locate(
        NetworkGraph graph, IReadOnlyList<TorchWeight> weights, IReadOnlyList<Tensor>[] values, ParameterBuffer parameters, Tensor loss)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            GraphNode node = graph.Nodes[i];
            TorchWeight[] own = [.. weights.Where(weight => weight.Name.StartsWith(node.Name + "/", StringComparison.Ordinal))];
            // Running statistics have seen the batch already: they show what the layer was given, and come last.
            if ((Bad(own.Where(weight => weight.Spec.Trainable)) ?? Bad(node, values[i]) ?? Bad(own.Where(weight => !weight.Spec.Trainable))) is { } place)
            {
                return place;
            }
        }

        // Gradients go through the network from its end.
        return !IsFinite(loss) ? "the loss itself: the outputs of all layers are finite"
            : parameters.Segments.Reverse().FirstOrDefault(segment => !IsFinite(segment.Gradient)) is { } segment ? $"the gradient of the weight '{segment.Weight.Name}'"
            : "the loss";
    }

    private static string? Bad(IEnumerable<TorchWeight> weights) =>
        weights.FirstOrDefault(weight => !IsFinite(weight.Tensor)) is { } bad ? $"the weight '{bad.Name}'" : null;

    private static string? Bad(GraphNode node, IReadOnlyList<Tensor> outputs) =>
        outputs.All(IsFinite) ? null
        : node.Layer is Input ? $"the data of the input '{node.Name}'"
        : $"the output of the layer '{node.Name}' ({node.Layer.GetType().Name})";

    private static bool IsFinite(Tensor tensor) => tensor.isfinite().all().item<bool>();
}
