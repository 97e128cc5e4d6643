using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What an <see cref="IAdaptiveLayer"/> gathers in one pass over the data. It keeps what it has found outside native
/// memory, and no more of it than its result needs: the data may be larger than memory.
/// </summary>
public abstract class LayerAdaptation
{
    /// <summary>Takes the next examples.</summary>
    /// <param name="batch">What arrives at the layer, <c>[batch, ...]</c>; valid during the call only.</param>
    public abstract void Update(Tensor batch);

    /// <summary>The values of the layer's weights, by the names that it declared.</summary>
    public abstract IReadOnlyDictionary<string, float[]> Finish();

    /// <summary>The numbers of a batch in double precision, row by row.</summary>
    private protected static double[] Numbers(Tensor batch) => batch.detach().cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray();
}
