using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>A copy of a network's weights on its own device, in memory that is taken once and written again for each better epoch.</summary>
internal sealed class KeptWeights : IDisposable
{
    private readonly TorchNetwork network;
    private readonly Tensor[] copies;

    /// <param name="network">The network, whose weights will be kept.</param>
    internal KeptWeights(TorchNetwork network)
    {
        this.network = network;
        using IDisposable noGrad = no_grad();
        copies = [.. network.Weights.Select(weight => empty_like(weight.Tensor).DetachFromDisposeScope())];
    }

    /// <summary>Keeps the weights as they are now.</summary>
    internal void Keep()
    {
        using IDisposable noGrad = no_grad();
        foreach ((Tensor copy, TorchWeight weight) in copies.Zip(network.Weights))
        {
            copy.copy_(weight.Tensor);
        }
    }

    /// <summary>The kept weights.</summary>
    internal NetworkWeights ToWeights() => TorchNetwork.Snapshot(network.Weights.Zip(copies, (weight, copy) => weight with { Tensor = copy }));

    public void Dispose() => Array.ForEach(copies, copy => copy.Dispose());
}
