using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// libtorch's fused loops over weights that are brought together into one piece of memory at each step. That is how cuDNN takes
/// them: of weights that lie elsewhere, as those of a training run in their common buffer do, libtorch makes such a piece
/// itself, and warns of it on the console at each step. TorchSharp has these loops as modules alone, with weights of their own.
/// </summary>
internal static class PackedRecurrence
{
    private static readonly Lazy<jit.CompilationUnit> Script = new(() => jit.compile("""
        def lstm(x: Tensor, state: List[Tensor], weights: List[Tensor]):
            return torch.lstm(x, state, weights, True, 1, 0.0, True, False, True)

        def gru(x: Tensor, state: List[Tensor], weights: List[Tensor]):
            return torch.gru(x, state[0], weights, True, 1, 0.0, True, False, True)

        """));

    /// <summary>Long short-term memory: all outputs, the last one, and the last memory.</summary>
    /// <param name="x">The sequence, <c>[batch, steps, features]</c>.</param>
    /// <param name="state">The output and the memory before, <c>[1, batch, units]</c> each.</param>
    /// <param name="weights">The two kernels and the two biases.</param>
    internal static (Tensor All, Tensor Last, Tensor Memory) LSTM(Tensor x, Tensor[] state, IReadOnlyList<Tensor> weights) =>
        Script.Value.invoke<(Tensor, Tensor, Tensor)>("lstm", x, state, Pack(weights));

    /// <summary>Gated recurrent units: all outputs, and the last one.</summary>
    /// <inheritdoc cref="LSTM"/>
    internal static (Tensor All, Tensor Last) GRU(Tensor x, Tensor[] state, IReadOnlyList<Tensor> weights) =>
        Script.Value.invoke<(Tensor, Tensor)>("gru", x, state, Pack(weights));

    private static Tensor[] Pack(IReadOnlyList<Tensor> weights)
    {
        Tensor packed = cat([.. weights.Select(weight => weight.view(-1))]);
        return [.. packed.split([.. weights.Select(weight => weight.numel())]).Zip(weights, (part, weight) => part.view(weight.shape))];
    }
}
