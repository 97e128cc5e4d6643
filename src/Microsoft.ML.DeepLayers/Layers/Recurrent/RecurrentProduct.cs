using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What the state adds to the gates: h · recurrent kernel + recurrent bias, where each gate may see h through a dropout
/// mask of its own.
/// </summary>
/// <param name="kernel">The recurrent kernel, <c>[gates · units, units]</c>.</param>
/// <param name="bias">The recurrent bias, <c>[gates · units]</c>, or none.</param>
/// <param name="masks">The dropout masks, <c>[gates, batch, units]</c>, or none.</param>
internal sealed class RecurrentProduct(Tensor kernel, Tensor? bias, Tensor? masks)
{
    private readonly Tensor[] gateKernels = kernel.split(kernel.shape[1], 0);

    /// <summary>The share of all gates, <c>[batch, gates · units]</c>.</summary>
    public Tensor OfAll(Tensor h)
    {
        if (masks is null)
        {
            return nn.functional.linear(h, kernel, bias);
        }

        Tensor all = cat([.. gateKernels.Select((gateKernel, gate) => nn.functional.linear(h * masks[gate], gateKernel))], -1);
        return bias is null ? all : all.Add(bias);
    }

    /// <summary>The share of one gate, <c>[batch, units]</c>, where the kernel has no bias.</summary>
    /// <param name="h">The state.</param>
    /// <param name="gate">The gate, in the order in which they are stored.</param>
    /// <param name="factor">What the state is multiplied by before.</param>
    public Tensor OfGate(Tensor h, int gate, Tensor? factor = null)
    {
        Tensor seen = masks is null ? h : h * masks[gate];
        return nn.functional.linear(factor is null ? seen : factor * seen, gateKernels[gate]);
    }
}
