using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>Passes a batch through the functions of a graph's layers, and the masks along with it.</summary>
internal static class GraphRunner
{
    /// <summary>The outputs for a batch; the caller's dispose scope owns them.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="functions">The function of each node.</param>
    /// <param name="inputs">A tensor for each input of the graph, in order.</param>
    /// <param name="context">Whether this is a training step, and the masks of the inputs.</param>
    /// <param name="needed">The nodes to run, with all that they read; all of them by default.</param>
    /// <param name="release">Whether only the outputs of the graph are kept, so that others are gone once the last node has read them.</param>
    internal static IReadOnlyList<Tensor>[] Run(
        NetworkGraph graph, IReadOnlyList<LayerFunction> functions, IReadOnlyList<Tensor> inputs, ForwardContext context, bool[]? needed = null,
        bool release = false)
    {
        var values = new GraphValues(graph);
        Run(graph, functions, inputs, context, values, (0, graph.Nodes.Count), needed, release);
        return values.Values;
    }

    /// <summary>Runs some nodes that follow one another, on the values of those before.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="functions">The function of each node.</param>
    /// <param name="inputs">A tensor for each input of the graph, in order.</param>
    /// <param name="context">Whether this is a training step, and the masks of the inputs.</param>
    /// <param name="values">What has been computed, and where to put the rest.</param>
    /// <param name="nodes">The first of the nodes, and the end behind the last.</param>
    /// <param name="needed">Which of them to run; all of them by default.</param>
    /// <param name="release">Whether what these nodes give is let go of once nothing reads it any more.</param>
    internal static void Run(
        NetworkGraph graph, IReadOnlyList<LayerFunction> functions, IReadOnlyList<Tensor> inputs, ForwardContext context, GraphValues values,
        (int First, int End) nodes, bool[]? needed = null, bool release = false)
    {
        ForwardContext unmasked = context.Masks.Count == 0 ? context : context with { Masks = [] };
        for (int i = nodes.First; i < nodes.End; i++)
        {
            if (needed is not null && !needed[i])
            {
                continue;
            }

            NativeWork.Checkpoint();
            IReadOnlyList<NodeOutput> reads = graph.Nodes[i].Inputs;
            int input = graph.InputOf(i);
            Tensor[] read = reads.Count == 0 ? [inputs[input]] : new Tensor[reads.Count];
            Tensor?[] readMasks = reads.Count == 0 ? [context.Mask(input)] : new Tensor?[reads.Count];
            for (int j = 0; j < reads.Count; j++)
            {
                read[j] = values.Values[reads[j].Node][reads[j].Output];
                readMasks[j] = values.Masks[reads[j].Node][reads[j].Output];
            }

            bool isMasked = Array.Exists(readMasks, mask => mask is not null);
            (values.Values[i], values.Masks[i]) = RunNode(
                graph.Nodes[i].Layer, functions[i], read, readMasks, isMasked ? unmasked with { Masks = readMasks } : unmasked);
            if (release)
            {
                Release(graph, values, i, nodes.First);
            }
        }
    }

    /// <summary>
    /// What a layer computes on its way is let go of at once: what gradients need of it, libtorch keeps by itself, and only
    /// until the backward pass has been there.
    /// </summary>
    private static (IReadOnlyList<Tensor> Values, IReadOnlyList<Tensor?> Masks) RunNode(
        Layer layer, LayerFunction function, Tensor[] read, Tensor?[] readMasks, ForwardContext context)
    {
        using DisposeScope scope = NewDisposeScope();
        int losses = context.Losses.Count;
        IReadOnlyList<Tensor> given = function(read, context);
        var outputs = new Tensor[given.Count];
        for (int i = 0; i < outputs.Length; i++)
        {
            // What a layer gives on, or keeps, belongs to another; a handle of its own may go when nobody reads it any more.
            outputs[i] = scope.MoveToOuter(scope.Contains(given[i]) && Array.IndexOf(outputs, given[i], 0, i) < 0 ? given[i] : given[i].alias());
        }

        IReadOnlyList<Tensor?> masks = layer.ComputeMasks(read, readMasks);
        for (int i = 0; i < masks.Count; i++)
        {
            if (masks[i] is { } mask)
            {
                scope.MoveToOuter(mask);
            }
        }

        for (int i = losses; i < context.Losses.Count; i++)
        {
            scope.MoveToOuter(context.Losses[i]);
        }

        return (outputs, masks);
    }

    private static void Release(NetworkGraph graph, GraphValues values, int node, int first)
    {
        foreach (NodeOutput read in graph.Nodes[node].Inputs)
        {
            if (read.Node >= first && graph.LastReaderOf(read.Node) == node)
            {
                foreach (Tensor value in values.Values[read.Node])
                {
                    value.Dispose();
                }
            }
        }
    }
}

/// <summary>What the nodes of a graph give for a batch.</summary>
internal sealed class GraphValues(NetworkGraph graph)
{
    internal IReadOnlyList<Tensor>[] Values { get; } = new IReadOnlyList<Tensor>[graph.Nodes.Count];

    internal IReadOnlyList<Tensor?>[] Masks { get; } = new IReadOnlyList<Tensor?>[graph.Nodes.Count];
}
