namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>
/// Decides about an ONNX file of any origin that weights are read from. Nothing of it is run. All messages and fields of the
/// format (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, IR version 12) are gone through: tensors stand in many places.
/// </summary>
internal sealed class ForeignModelInspection
{
    /// <summary>Graphs within graphs are not as deep in any model, and protobuf's own readers stop at 100 messages.</summary>
    private const int MostLevels = 64;

    private static readonly Dictionary<Message, (int Field, Message Message)[]> Inner = new()
    {
        [Message.ModelProto] = [(7, Message.GraphProto), (8, Message.OperatorSetIdProto), (20, Message.TrainingInfoProto), (25, Message.FunctionProto)],
        [Message.GraphProto] = [(1, Message.NodeProto), (5, Message.TensorProto), (15, Message.SparseTensorProto)],
        [Message.NodeProto] = [(5, Message.AttributeProto)],
        [Message.AttributeProto] =
        [
            (5, Message.TensorProto), (6, Message.GraphProto), (10, Message.TensorProto), (11, Message.GraphProto), (22, Message.SparseTensorProto), (23, Message.SparseTensorProto),
        ],
        [Message.TensorProto] = [],
        [Message.SparseTensorProto] = [(1, Message.TensorProto), (2, Message.TensorProto)],
        [Message.TrainingInfoProto] = [(1, Message.GraphProto), (2, Message.GraphProto)],
        [Message.FunctionProto] = [(7, Message.NodeProto), (9, Message.OperatorSetIdProto), (11, Message.AttributeProto)],
        [Message.OperatorSetIdProto] = [],
    };

    /// <summary>The fields of each message that hold texts, numbers, types and metadata, and no tensors.</summary>
    private static readonly Dictionary<Message, int[]> Plain = new()
    {
        [Message.ModelProto] = [1, 2, 3, 4, 5, 6, 14, 26],
        [Message.GraphProto] = [2, 10, 11, 12, 13, 14, 16],
        [Message.NodeProto] = [1, 2, 3, 4, 6, 7, 8, 9, 10],
        [Message.AttributeProto] = [1, 2, 3, 4, 7, 8, 9, 13, 14, 15, 20, 21],
        [Message.TensorProto] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16],
        [Message.SparseTensorProto] = [3],
        [Message.TrainingInfoProto] = [3, 4],
        [Message.FunctionProto] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 13, 14],
        [Message.OperatorSetIdProto] = [1, 2],
    };

    private readonly ModelFileLimits limits;

    private ForeignModelInspection(ModelFileLimits limits) => this.limits = limits;

    private enum Message
    {
        ModelProto,
        GraphProto,
        NodeProto,
        AttributeProto,
        TensorProto,
        SparseTensorProto,
        TrainingInfoProto,
        FunctionProto,
        OperatorSetIdProto,
    }

    /// <exception cref="RefusedModelException">The file has what the bounds do not accept.</exception>
    /// <exception cref="InvalidDataException">It is no ONNX model, or damaged.</exception>
    internal static void Inspect(ReadOnlySpan<byte> onnx, ModelFileLimits limits) => new ForeignModelInspection(limits).Inspect(onnx, Message.ModelProto, 0);

    private void Inspect(ReadOnlySpan<byte> content, Message message, int level)
    {
        if (level > MostLevels)
        {
            throw new RefusedModelException($"its messages are more than {MostLevels} levels deep");
        }

        var reader = new WireReader(content, message.ToString());
        (string name, string operation, string domain) = ("", "", "");
        while (reader.Next())
        {
            switch (message, reader.Field)
            {
                case (Message.TensorProto, 8):
                    name = reader.Text();
                    break;
                case (Message.TensorProto, 13) or (Message.TensorProto, 14) when !limits.AllowExternalData:
                    CheckLocation(ref reader, name);
                    break;
                case (Message.NodeProto, 4):
                    operation = reader.Text();
                    break;
                case (Message.NodeProto, 7) or (Message.OperatorSetIdProto, 1):
                    domain = reader.Text();
                    break;
                default:
                    Inspect(ref reader, message, level);
                    break;
            }
        }

        // Domains are those that nodes use: exporters import some that no node does.
        if (message == Message.NodeProto)
        {
            OperatorRules.CheckDomain(domain, limits);
            if (domain is "" or "ai.onnx" && OperatorRules.IsControlFlow(operation) && !limits.AllowControlFlow)
            {
                throw new RefusedModelException($"it has control flow ({operation}). If the file is to be trusted, set {nameof(ModelFileLimits)}.{nameof(ModelFileLimits.AllowControlFlow)}");
            }
        }
    }

    private void Inspect(ref WireReader reader, Message message, int level)
    {
        foreach ((int field, Message inner) in Inner[message])
        {
            if (reader.Field == field)
            {
                if (inner is Message.GraphProto or Message.FunctionProto && message != Message.ModelProto && !limits.AllowControlFlow)
                {
                    throw new RefusedModelException($"a {message} has a graph of its own. If the file is to be trusted, set {nameof(ModelFileLimits)}.{nameof(ModelFileLimits.AllowControlFlow)}");
                }

                Inspect(reader.Content(), inner, level + 1);
                return;
            }
        }

        if (!Plain[message].AsSpan().Contains(reader.Field))
        {
            throw reader.Unknown();
        }

        reader.Skip();
    }

    private static void CheckLocation(ref WireReader reader, string name)
    {
        if (reader.Field == 14 && reader.Integer() == 0)
        {
            return;
        }

        throw new RefusedModelException(
            $"the numbers of tensor '{name}' are said to be in another file. Export the model with its numbers inside; or, if the file is to be trusted, set {nameof(ModelFileLimits)}.{nameof(ModelFileLimits.AllowExternalData)}");
    }
}
