namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Weights as 8-bit numbers around 0: <c>w ≈ scale · q</c>, with one scale for all, or one for each channel.</summary>
/// <param name="Values">The numbers.</param>
/// <param name="Scales">The scales: one, or as many as there are channels.</param>
internal sealed record QuantizedWeight(sbyte[] Values, float[] Scales)
{
    /// <summary>The largest number with all bits.</summary>
    internal const int Full = 127;

    /// <summary>The largest number where products of pairs must fit into 16 bits: 2 · 255 · 64 is below 2^15.</summary>
    internal const int Reduced = 64;

    /// <summary>Quantizes weights: the largest absolute value becomes the largest number, and all are rounded to the nearest, ties to even.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="channels">Where their channels lie.</param>
    /// <param name="perChannel">Whether each channel has a scale of its own.</param>
    /// <param name="largest">The largest number.</param>
    /// <param name="leastScales">What the scales must not be below: for each channel, or none.</param>
    internal static QuantizedWeight Quantize(ReadOnlySpan<float> weights, ChannelAxis channels, bool perChannel, int largest, ReadOnlySpan<float> leastScales = default)
    {
        var scales = new float[perChannel ? channels.Count : 1];
        for (int i = 0; i < weights.Length; i++)
        {
            ref float scale = ref scales[perChannel ? channels.Of(i) : 0];
            scale = Math.Max(scale, Math.Abs(weights[i]));
        }

        for (int i = 0; i < leastScales.Length; i++)
        {
            ref float scale = ref scales[perChannel ? i : 0];
            scale = Math.Max(scale, leastScales[i] * largest);
        }

        for (int i = 0; i < scales.Length; i++)
        {
            // Zeros have no scale of their own; below the normal numbers a quotient would lose its digits.
            scales[i] = scales[i] / largest is var scale && float.IsNormal(scale) ? scale : 1;
        }

        var values = new sbyte[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            float scale = scales[perChannel ? channels.Of(i) : 0];
            values[i] = (sbyte)Math.Clamp(MathF.Round(weights[i] / scale, MidpointRounding.ToEven), -largest, largest);
        }

        return new QuantizedWeight(values, scales);
    }
}
