using System.Globalization;
using Microsoft.ML.DeepLayers.Onnx.Inspection;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx;

/// <summary>
/// What a row costs, estimated from the graph when it is written, so that scoring can choose its batches by it: the same
/// in every run, which a measured time would not be. It travels in the ONNX model's metadata, where it can be read without
/// parsing the graph.
/// </summary>
/// <param name="Multiplications">How many multiplications of weights and values the network takes; a node without any counts its values.</param>
/// <param name="LargestValues">The number of values of the largest tensor inside the network.</param>
internal sealed record RowCost(long Multiplications, long LargestValues)
{
    /// <summary>What is assumed of the length of sequences, which only reading would tell.</summary>
    internal const int LikelySteps = 128;

    /// <summary>Beyond, sums of bytes would overflow.</summary>
    private const long MostPossible = 1L << 50;

    private const string MultiplicationsKey = "DeepLayers.row.multiplications";
    private const string LargestValuesKey = "DeepLayers.row.largest_values";

    /// <summary>The number of values of an example of a shape.</summary>
    internal static long SizeOf(Shape shape)
    {
        long size = 1;
        foreach (int dimension in shape)
        {
            size *= dimension == Shape.Variable ? LikelySteps : dimension;
        }

        return size;
    }

    /// <summary>Both nodes' cost together, one running after the other.</summary>
    internal RowCost Plus(RowCost other) => new(Multiplications + other.Multiplications, Math.Max(LargestValues, other.LargestValues));

    /// <summary>The cost of a node.</summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="outputs">The shapes of its outputs.</param>
    internal static RowCost Of(string operation, IReadOnlyList<OnnxValue?> inputs, IEnumerable<Shape> outputs)
    {
        long[] sizes = [.. outputs.Select(SizeOf)];
        long values = sizes.Sum();
        long multiplications = operation switch
        {
            "MatMul" or "Gemm" when inputs[0] is { Shape.Rank: > 0 } left => values * SizeOf(new Shape(left.Shape[-1])),
            "Conv" when inputs[1] is { Shape.Rank: > 0 } kernel => values * SizeOf(kernel.Shape) / kernel.Shape[0],
            "ConvTranspose" when inputs is [{ } read, { Shape.Rank: > 0 } kernel, ..] => SizeOf(read.Shape) * SizeOf(kernel.Shape) / kernel.Shape[0],
            "LSTM" or "GRU" or "RNN" when inputs is [{ Shape.Rank: > 0 } read, { } kernel, { } recurrent, ..] =>
                SizeOf(new Shape(read.Shape[0])) * (SizeOf(kernel.Shape) + SizeOf(recurrent.Shape)),
            _ => values,
        };
        return new RowCost(multiplications, sizes.DefaultIfEmpty().Max());
    }

    /// <summary>Writes it into a model.</summary>
    internal void WriteTo(ModelProto model)
    {
        void Add(string key, long value) =>
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value.ToString(CultureInfo.InvariantCulture) });

        Add(MultiplicationsKey, Multiplications);
        Add(LargestValuesKey, LargestValues);
    }

    /// <summary>
    /// Reads it from a model's metadata, past everything else; <see langword="null"/> where the model does not say, being of
    /// an earlier version, and where it is none.
    /// </summary>
    internal static RowCost? Read(byte[] onnx)
    {
        try
        {
            return Of(ReadMetadata(onnx));
        }
        catch (Exception exception) when (exception is InvalidDataException or RefusedModelException)
        {
            return null;
        }
    }

    /// <summary>What metadata say; <see langword="null"/> where they do not, or name impossible numbers.</summary>
    internal static RowCost? Of(IReadOnlyDictionary<string, string> metadata)
    {
        long? Find(string key) =>
            metadata.TryGetValue(key, out string? text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value < MostPossible ? value : null;

        return Find(MultiplicationsKey) is { } multiplications && Find(LargestValuesKey) is { } largest ? new RowCost(multiplications, largest) : null;
    }

    private static Dictionary<string, string> ReadMetadata(byte[] onnx)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new WireReader(onnx, nameof(ModelProto));
        while (reader.Next())
        {
            if (reader.Field == ModelProto.MetadataPropsFieldNumber)
            {
                GraphOutlineReader.ReadEntry(reader.Content(), metadata);
            }
            else
            {
                reader.Skip();
            }
        }

        return metadata;
    }
}
