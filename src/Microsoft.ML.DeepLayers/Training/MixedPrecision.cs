using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Which layers of a network compute in 16 bits, and what passes between those and the others.</summary>
internal static class MixedPrecision
{
    /// <summary>The number type of 16 bits; <see langword="null"/> where all is computed in 32.</summary>
    internal static ScalarType? LowType(TrainingPrecision precision) => precision switch
    {
        TrainingPrecision.MixedBFloat16 => ScalarType.BFloat16,
        TrainingPrecision.MixedFloat16 => ScalarType.Float16,
        _ => null,
    };

    /// <exception cref="InvalidOperationException">The device cannot compute in that precision.</exception>
    internal static void Check(TrainingPrecision precision, torch.Device device)
    {
        if (precision == TrainingPrecision.MixedFloat16 && device.type != DeviceType.CUDA)
        {
            throw new InvalidOperationException(
                $"{nameof(NeuralNetworkOptions.Precision)} = {nameof(TrainingPrecision.MixedFloat16)} needs an NVIDIA GPU, and training runs on {device}. Use {nameof(TrainingPrecision.MixedBFloat16)}, which needs no scaling of the loss either, or {nameof(TrainingPrecision.Float32)}.");
        }
    }

    /// <summary>
    /// Which nodes compute in 16 bits: those of large products, except where they give an output of the network, since losses
    /// need all digits. A layer that is applied several times computes the same everywhere.
    /// </summary>
    internal static bool[] LowNodes(NetworkGraph graph)
    {
        bool[] low = [.. graph.Nodes.Select(node => IsHeavy(node.Layer))];
        foreach (NodeOutput output in graph.Outputs)
        {
            low[graph.OwnerOf(output.Node)] = false;
        }

        return [.. Enumerable.Range(0, low.Length).Select(node => low[graph.OwnerOf(node)])];
    }

    /// <summary>A node's function with inputs brought to the type that it takes.</summary>
    /// <param name="layer">The node's layer.</param>
    /// <param name="function">The function.</param>
    /// <param name="type">The type that its weights have.</param>
    internal static LayerFunction Cast(Layer layer, LayerFunction function, ScalarType type) => TakesAnyType(layer)
        ? function
        : (inputs, context) => function([.. inputs.Select(input => Cast(input, type))], context);

    /// <summary>A tensor of numbers in another type.</summary>
    internal static Tensor Cast(Tensor tensor, ScalarType type) =>
        tensor.dtype != type && tensor.is_floating_point() ? tensor.to(type) : tensor;

    /// <summary>Layers whose time goes into matrix products. Those of users, and all that keeps statistics, compute in 32 bits.</summary>
    internal static bool IsHeavy(Layer layer) => layer switch
    {
        Dense or EinsumDense or Convolution or ProjectedAttention or UnprojectedAttention or TransformerBlock or DenseRecurrentLayer or ConvLSTM => true,
        TimeDistributed distributed => IsHeavy(distributed.Layer),
        Bidirectional both => IsHeavy(both.Layer) && (both.BackwardLayer is null || IsHeavy(both.BackwardLayer)),
        _ => false,
    };

    /// <summary>
    /// Layers that only move numbers, choose among them or leave them out: exact in any type, and there is no need to go to 32
    /// bits and back for them.
    /// </summary>
    private static bool TakesAnyType(Layer layer) => layer.ActivityRegularizer is null && layer
        is Flatten or Reshape or Permute or RepeatVector or CroppingLayer or ZeroPaddingLayer or MaxPooling1D or MaxPooling2D or MaxPooling3D
        or Identity or Dropout or ReLU or ActivationLayer { Activation: ReLUActivation or LinearActivation };
}
