using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Onnx;

/// <summary>Reads the trained weights back out of an exported model.</summary>
internal static class OnnxWeights
{
    /// <summary>The values of all weights.</summary>
    /// <exception cref="InvalidOperationException">The model is damaged.</exception>
    internal static NetworkWeights Read(byte[] onnx)
    {
        var weights = new NetworkWeights();
        foreach (TensorProto tensor in Tensors(onnx))
        {
            weights.Add(tensor.Name, ShapeOf(tensor), Values(tensor));
        }

        return weights;
    }

    /// <summary>A model without nodes, whose initializers are the weights.</summary>
    /// <param name="weights">The weights.</param>
    internal static byte[] Write(NetworkWeights weights)
    {
        var graph = new GraphProto { Name = "weights" };
        var builder = new OnnxGraphBuilder(graph, name => (weights[name].Shape, weights[name].Values));
        foreach (string name in weights.ByName.Keys)
        {
            builder.Weight(name);
        }

        return OnnxExporter.ToModel(graph).ToByteArray();
    }

    /// <summary>The initializers that are weights, under their full names; constants of the exporter are left out.</summary>
    /// <exception cref="InvalidOperationException">The model is damaged.</exception>
    internal static IReadOnlyList<TensorProto> Tensors(byte[] onnx)
    {
        try
        {
            return [.. ModelProto.Parser.ParseFrom(onnx).Graph.Initializer.Where(tensor => !OnnxGraphBuilder.IsConstant(tensor.Name))];
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidOperationException($"The network's ONNX is damaged: {exception.Message}", exception);
        }
    }

    internal static Shape ShapeOf(TensorProto tensor) => new([.. tensor.Dims.Select(dimension => checked((int)dimension))]);

    internal static float[] Values(TensorProto tensor) => MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
}
