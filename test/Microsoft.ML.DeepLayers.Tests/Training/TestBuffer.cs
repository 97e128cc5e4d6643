using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Parameters without a network around them.</summary>
internal sealed class TestBuffer : IDisposable
{
    private readonly Tensor[] tensors;

    private TestBuffer(Tensor[] tensors)
    {
        this.tensors = tensors;
        Parameters = new ParameterBuffer([.. tensors.Select((tensor, i) => Weight($"weight_{i}", tensor))], tensors[0].device);
    }

    internal ParameterBuffer Parameters { get; }

    /// <summary>A buffer of tensors, which it owns.</summary>
    internal static TestBuffer Of(params Tensor[] tensors) => new([.. tensors.Select(tensor => tensor.DetachFromDisposeScope())]);

    /// <summary>A tensor as a weight of a network.</summary>
    internal static TorchWeight Weight(string name, Tensor tensor) => new(
        name, new WeightSpec(name, new Shape([.. tensor.shape.Select(dimension => (int)dimension)]), Constant.Zeros), tensor, []);

    public void Dispose()
    {
        Parameters.Dispose();
        foreach (Tensor tensor in tensors)
        {
            tensor.Dispose();
        }
    }
}
