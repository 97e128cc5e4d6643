using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>Weights below 0 become 0. Keras: <c>NonNeg</c>.</summary>
public sealed record NonNeg : Constraint
{
    /// <inheritdoc/>
    public override Tensor Project(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return weight.Maximum(0);
    }
}
