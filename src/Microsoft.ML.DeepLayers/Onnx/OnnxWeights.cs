using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Onnx;

/// <summary>Reads the trained weights back out of an exported model.</summary>
internal static class OnnxWeights
{
    /// <summary>The initializers that are weights, under their full names; constants of the exporter are left out.</summary>
    internal static NetworkWeights Read(byte[] onnx)
    {
        var weights = new NetworkWeights();
        foreach (TensorProto tensor in ModelProto.Parser.ParseFrom(onnx).Graph.Initializer)
        {
            if (!OnnxGraphBuilder.IsConstant(tensor.Name))
            {
                weights.Add(
                    tensor.Name,
                    new Shape([.. tensor.Dims.Select(dimension => checked((int)dimension))]),
                    MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray());
            }
        }

        return weights;
    }
}
