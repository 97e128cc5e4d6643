using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Weights;
using Microsoft.ML.DeepLayers.Weights.Files;

namespace Microsoft.ML.DeepLayers.Onnx;

/// <summary>Reads the trained weights back out of an exported model, and puts others in.</summary>
internal static class OnnxWeights
{
    /// <summary>The values of all weights.</summary>
    /// <exception cref="InvalidOperationException">The model is damaged.</exception>
    internal static NetworkWeights Read(byte[] onnx) =>
        new(Tensors(onnx).Select(tensor => WeightTensor.Over(tensor.Name, ShapeOf(tensor), Values(tensor))));

    /// <summary>The same model with some weights replaced.</summary>
    /// <exception cref="WeightMismatchException">Names or shapes differ; the message lists all differences.</exception>
    internal static byte[] Replace(byte[] onnx, NetworkWeights weights)
    {
        ModelProto model = Parse(onnx);
        TensorProto[] tensors = [.. Weights(model)];
        WeightCheck.Demand([.. tensors.Select(tensor => (tensor.Name, ShapeOf(tensor)))], weights, isPartial: true);
        foreach (TensorProto tensor in tensors)
        {
            if (weights.TryGet(tensor.Name, out WeightTensor? given))
            {
                tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(given.Values.Span));
            }
        }

        return model.ToByteArray();
    }

    /// <summary>A model without nodes, whose initializers are the weights.</summary>
    /// <param name="weights">The weights.</param>
    internal static byte[] Write(NetworkWeights weights)
    {
        var graph = new GraphProto { Name = "weights" };
        var builder = new OnnxGraphBuilder(graph, name => (weights[name].Shape, weights[name].Values));
        foreach (WeightTensor weight in weights)
        {
            builder.Weight(weight.Name);
        }

        return OnnxExporter.ToModel(graph).ToByteArray();
    }

    /// <summary>The initializers that are weights, under their full names; constants of the exporter are left out.</summary>
    /// <exception cref="InvalidOperationException">The model is damaged.</exception>
    internal static IReadOnlyList<TensorProto> Tensors(byte[] onnx) => [.. Weights(Parse(onnx))];

    internal static Shape ShapeOf(TensorProto tensor) => new([.. tensor.Dims.Select(dimension => checked((int)dimension))]);

    /// <exception cref="InvalidOperationException">They are no floats, or fewer or more than the tensor's shape says.</exception>
    internal static float[] Values(TensorProto tensor)
    {
        long? size = TensorData.ShapeOf(tensor.Dims)?.Size;
        return tensor.DataType == (int)TensorProto.Types.DataType.Float && tensor.RawData.Length == size * sizeof(float)
            ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray()
            : throw new InvalidOperationException(
                $"The network's ONNX is damaged: tensor '{tensor.Name}' of the type {(TensorProto.Types.DataType)tensor.DataType} has {tensor.RawData.Length} bytes for the shape [{string.Join(", ", tensor.Dims)}]");
    }

    private static IEnumerable<TensorProto> Weights(ModelProto model) =>
        model.Graph.Initializer.Where(tensor => !OnnxGraphBuilder.IsConstant(tensor.Name));

    private static ModelProto Parse(byte[] onnx)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(onnx);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidOperationException($"The network's ONNX is damaged: {exception.Message}", exception);
        }
    }
}
