using System.Globalization;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// A range of numbers, e.g. of what is drawn at random: <c>0.2f</c> converts to the range from -0.2 to 0.2 and
/// <c>(0.1f, 0.3f)</c> to that from 0.1 to 0.3. A layer whose numbers cannot be negative takes the first as 0 to 0.2.
/// </summary>
public readonly record struct FloatRange
{
    /// <summary>Creates a range. The order of the two numbers does not matter.</summary>
    /// <param name="lower">One end; finite.</param>
    /// <param name="upper">The other end; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">An end is not finite.</exception>
    public FloatRange(float lower, float upper)
    {
        if (!float.IsFinite(lower))
        {
            throw new ArgumentOutOfRangeException(nameof(lower), lower, "The ends of a range must be finite.");
        }

        if (!float.IsFinite(upper))
        {
            throw new ArgumentOutOfRangeException(nameof(upper), upper, "The ends of a range must be finite.");
        }

        (Lower, Upper) = lower <= upper ? (lower, upper) : (upper, lower);
    }

    /// <summary>The lower end.</summary>
    public float Lower { get; }

    /// <summary>The upper end.</summary>
    public float Upper { get; }

    /// <summary>The range around 0.</summary>
    /// <param name="size">Both ends, but for the sign.</param>
    public static implicit operator FloatRange(float size) => new(-size, size);

    /// <summary>A range by its ends.</summary>
    /// <param name="ends">The ends.</param>
    public static implicit operator FloatRange((float Lower, float Upper) ends) => new(ends.Lower, ends.Upper);

    /// <summary>The ends, e.g. <c>(-0.2, 0.2)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Lower}, {Upper})");

    /// <summary>Checks that a factor lies within bounds. Where they begin at 0, a range around 0 is cut there, as in Keras.</summary>
    internal FloatRange Within(float lower, float upper, string parameter)
    {
        FloatRange cut = lower == 0 && Lower == -Upper ? new FloatRange(0, Upper) : this;
        return cut.Lower >= lower && cut.Upper <= upper
            ? cut
            : throw new ArgumentOutOfRangeException(parameter, this, string.Create(CultureInfo.InvariantCulture, $"It must lie within {lower} and {upper}."));
    }

    /// <summary>Checks a range of pixel values, which must not be empty; 0 to 255 where none is given.</summary>
    internal static FloatRange Pixels(FloatRange? range, string parameter)
    {
        FloatRange pixels = range ?? new FloatRange(0, 255);
        return pixels.Lower < pixels.Upper
            ? pixels
            : throw new ArgumentOutOfRangeException(parameter, range, "The two ends of the range of pixel values must differ.");
    }
}
