using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx;

/// <summary>An attribute of an ONNX node.</summary>
public sealed class OnnxAttribute
{
    private OnnxAttribute(AttributeProto proto) => Proto = proto;

    internal AttributeProto Proto { get; }

    /// <summary>An integer.</summary>
    /// <param name="name">The attribute's name in the ONNX specification.</param>
    /// <param name="value">Its value.</param>
    public static OnnxAttribute Int(string name, long value) =>
        new(new AttributeProto { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int });

    /// <summary>A list of integers.</summary>
    /// <param name="name">The attribute's name in the ONNX specification.</param>
    /// <param name="values">Its values.</param>
    public static OnnxAttribute Ints(string name, params IEnumerable<long> values)
    {
        var proto = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        proto.Ints.AddRange(values);
        return new OnnxAttribute(proto);
    }

    /// <summary>A number.</summary>
    /// <param name="name">The attribute's name in the ONNX specification.</param>
    /// <param name="value">Its value.</param>
    public static OnnxAttribute Float(string name, float value) =>
        new(new AttributeProto { Name = name, F = value, Type = AttributeProto.Types.AttributeType.Float });

    /// <summary>A list of numbers.</summary>
    /// <param name="name">The attribute's name in the ONNX specification.</param>
    /// <param name="values">Its values.</param>
    public static OnnxAttribute Floats(string name, params IEnumerable<float> values)
    {
        var proto = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Floats };
        proto.Floats.AddRange(values);
        return new OnnxAttribute(proto);
    }

    /// <summary>A text.</summary>
    /// <param name="name">The attribute's name in the ONNX specification.</param>
    /// <param name="value">Its value.</param>
    public static OnnxAttribute Text(string name, string value) =>
        new(new AttributeProto { Name = name, S = ByteString.CopyFromUtf8(value), Type = AttributeProto.Types.AttributeType.String });

    /// <summary>A list of texts.</summary>
    /// <param name="name">The attribute's name in the ONNX specification.</param>
    /// <param name="values">Its values.</param>
    public static OnnxAttribute Texts(string name, params IEnumerable<string> values)
    {
        var proto = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Strings };
        proto.Strings.AddRange(values.Select(ByteString.CopyFromUtf8));
        return new OnnxAttribute(proto);
    }
}
