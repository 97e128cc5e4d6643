using Microsoft.ML.DeepLayers.Layers;
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
    internal static IReadOnlyList<Tensor>[] Run(
        NetworkGraph graph, IReadOnlyList<LayerFunction> functions, IReadOnlyList<Tensor> inputs, ForwardContext context, bool[]? needed = null)
    {
        int count = functions.Count;
        var values = new IReadOnlyList<Tensor>[count];
        var masks = new IReadOnlyList<Tensor?>[count];
        ForwardContext unmasked = context.Masks.Count == 0 ? context : context with { Masks = [] };
        for (int i = 0, nextInput = 0; i < count; i++)
        {
            IReadOnlyList<NodeOutput> reads = graph.Nodes[i].Inputs;
            int input = reads.Count == 0 ? nextInput++ : -1;
            if (needed is not null && !needed[i])
            {
                continue;
            }

            Tensor[] read = reads.Count == 0 ? [inputs[input]] : new Tensor[reads.Count];
            Tensor?[] readMasks = reads.Count == 0 ? [context.Mask(input)] : new Tensor?[reads.Count];
            for (int j = 0; j < reads.Count; j++)
            {
                read[j] = values[reads[j].Node][reads[j].Output];
                readMasks[j] = masks[reads[j].Node][reads[j].Output];
            }

            bool isMasked = Array.Exists(readMasks, mask => mask is not null);
            values[i] = functions[i](read, isMasked ? unmasked with { Masks = readMasks } : unmasked);
            masks[i] = graph.Nodes[i].Layer.ComputeMasks(read, readMasks);
        }

        return values;
    }
}
