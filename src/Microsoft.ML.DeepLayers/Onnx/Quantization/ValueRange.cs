namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Between which numbers a value of the graph was found.</summary>
internal readonly record struct ValueRange(float Min, float Max)
{
    /// <summary>The range of nothing.</summary>
    internal static ValueRange Empty => new(float.PositiveInfinity, float.NegativeInfinity);

    internal bool IsEmpty => !(Min <= Max);

    /// <summary>
    /// How numbers of 0 to 255 stand for the range: <c>x ≈ scale · (q - zeroPoint)</c>. The range is widened to contain 0, which
    /// is met exactly: padding and what an activation cuts off are 0.
    /// </summary>
    internal (float Scale, byte ZeroPoint) ToUInt8()
    {
        (float min, float max) = (Math.Min(Min, 0), Math.Max(Max, 0));
        // In double, because the difference of two large numbers may be none.
        float scale = (float)(((double)max - min) / byte.MaxValue);
        return IsEmpty || !float.IsNormal(scale)
            ? (1, (byte)0)
            : (scale, (byte)Math.Clamp(Math.Round(-(double)min / scale, MidpointRounding.ToEven), byte.MinValue, byte.MaxValue));
    }
}
