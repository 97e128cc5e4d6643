using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>The tensors that a node computes with.</summary>
/// <param name="Trainable">Those that gradients are for.</param>
/// <param name="Remembered">
/// Those that a layer of another assembly, or a module of a user's, may change by itself while it computes.
/// </param>
/// <param name="IsForeign">Whether its code is not the library's own: it may change its inputs, and draw from libtorch's own generator.</param>
internal sealed record NodeState(IReadOnlyList<Tensor> Trainable, IReadOnlyList<Tensor> Remembered, bool IsForeign)
{
    internal static NodeState Of(LayerBuilder builder)
    {
        bool isForeign = builder.Layers.Any(layer => layer is ModuleLayer || layer.GetType().Assembly != typeof(Layer).Assembly);
        return new NodeState(
            [.. builder.Weights.Select(weight => weight.Tensor).Concat(builder.Aliases.Select(alias => alias.Tensor)).Where(tensor => tensor.requires_grad)],
            isForeign ? [.. builder.Weights.Where(weight => !weight.Spec.Trainable).Select(weight => weight.Tensor)] : [],
            isForeign);
    }
}
