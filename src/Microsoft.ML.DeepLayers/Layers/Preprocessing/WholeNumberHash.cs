using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The hash of whole numbers that <see cref="Hashing"/> and <see cref="HashedCrossing"/> use: (a · value + c · hash so far
/// + b) mod (2^31 - 1), with a, b and c drawn from the salt (Carter and Wegman 1979). It stays within 64 bits for values
/// below 2^31, so that libtorch and ONNX Runtime compute the same.
/// </summary>
internal readonly struct WholeNumberHash
{
    private const long Prime = int.MaxValue;
    private readonly long a;
    private readonly long b;
    private readonly long c;

    internal WholeNumberHash(int salt)
    {
        // SplitMix64 (Steele et al. 2014): the same numbers in every version of .NET.
        ulong state = unchecked((ulong)salt);
        a = Draw(ref state);
        b = Draw(ref state);
        c = Draw(ref state);
    }

    /// <summary>The bins of values, or of values at the same place together: floats from 0 to bins - 1.</summary>
    internal Tensor Apply(IReadOnlyList<Tensor> values, int bins)
    {
        Tensor? hash = null;
        foreach (Tensor value in values)
        {
            Tensor sum = value.to(ScalarType.Int64).Multiply(a).Add(b);
            hash = (hash is null ? sum : sum.Add(hash.Multiply(c))).Mod(Prime);
        }

        return hash!.Mod(bins).to(values[0].dtype);
    }

    internal OnnxValue Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> values, int bins)
    {
        const int Float = 1, Int64 = 7; // TensorProto.DataType
        OnnxValue? hash = null;
        foreach (OnnxValue value in values)
        {
            OnnxValue whole = onnx.Node("Cast", [value], value.Shape, OnnxAttribute.Int("to", Int64));
            OnnxValue sum = onnx.Node("Add", [onnx.Node("Mul", [whole, onnx.Constant(a)], value.Shape), onnx.Constant(b)], value.Shape);
            if (hash is not null)
            {
                sum = onnx.Node("Add", [sum, onnx.Node("Mul", [hash, onnx.Constant(c)], value.Shape)], value.Shape);
            }

            // In ONNX, too, the remainder of whole numbers has the sign of the divisor.
            hash = onnx.Node("Mod", [sum, onnx.Constant(Prime)], value.Shape);
        }

        OnnxValue bin = onnx.Node("Mod", [hash!, onnx.Constant((long)bins)], hash!.Shape);
        return onnx.Node("Cast", [bin], hash.Shape, OnnxAttribute.Int("to", Float));
    }

    private static long Draw(ref ulong state)
    {
        unchecked
        {
            ulong mixed = state += 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return (long)((mixed ^ (mixed >> 31)) % (Prime - 1)) + 1;
        }
    }
}
