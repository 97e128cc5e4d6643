using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>A weight whose layer computes in 16 bits.</summary>
/// <param name="Weight">The weight as it is learned, in 32 bits.</param>
/// <param name="Copy">The tensor that the layer computes with.</param>
internal sealed record LowPrecisionWeight(TorchWeight Weight, TorchWeight Copy);

/// <summary>
/// The copies of weights that layers compute with in 16 bits. They are taken anew before each batch, and their gradients
/// added to those in 32 bits after it, in one call each, since both lie in the same order.
/// </summary>
internal sealed class LowPrecisionWeights : IDisposable
{
    private readonly ParameterBuffer copies;
    private readonly LowPrecisionWeight[] frozen;
    private readonly Tensor values;
    private readonly Tensor gradients;

    /// <param name="network">The network.</param>
    /// <param name="parameters">Its trainable weights, in the order of <see cref="InOrder"/>.</param>
    /// <param name="device">Where.</param>
    internal LowPrecisionWeights(TorchNetwork network, ParameterBuffer parameters, torch.Device device)
    {
        frozen = [.. network.LowPrecision.Where(weight => !weight.Weight.Spec.Trainable)];
        copies = new ParameterBuffer([.. network.LowPrecision.Where(weight => weight.Weight.Spec.Trainable).Select(weight => weight.Copy)], device);
        long count = copies.Values.numel();
        values = parameters.Values.narrow(0, 0, count).DetachFromDisposeScope();
        gradients = parameters.Gradients.narrow(0, 0, count).DetachFromDisposeScope();
    }

    /// <summary>The trainable weights of a network, those with copies first.</summary>
    internal static IEnumerable<TorchWeight> InOrder(TorchNetwork network)
    {
        var low = network.LowPrecision.Select(weight => weight.Weight).ToHashSet(ReferenceEqualityComparer.Instance);
        return network.Weights.Where(weight => weight.Spec.Trainable).OrderBy(weight => low.Contains(weight) ? 0 : 1);
    }

    /// <summary>Takes the copies anew.</summary>
    internal void Refresh()
    {
        using IDisposable noGrad = no_grad();
        copies.Values.copy_(values);
        foreach (LowPrecisionWeight weight in frozen)
        {
            weight.Copy.Tensor.copy_(weight.Weight.Tensor);
        }
    }

    /// <summary>Adds what a backward pass gave the copies to the gradients in 32 bits.</summary>
    internal void CollectGradients()
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        gradients.AddInPlace(copies.Gradients);
        copies.Gradients.zero_();
    }

    public void Dispose()
    {
        values.Dispose();
        gradients.Dispose();
        copies.Dispose();
    }
}
