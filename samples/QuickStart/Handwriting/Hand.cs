namespace QuickStart.Handwriting;

/// <summary>A person's handwriting: how that person forms each digit, and how the whole leans.</summary>
/// <param name="Width">Width of a digit over its height.</param>
/// <param name="Slant">Sideways shift over height; positive leans to the right.</param>
/// <param name="Pen">Thickness of the usual pen in pixels.</param>
/// <param name="Digits">The outlines of 0 to 9.</param>
internal sealed partial record Hand(float Width, float Slant, float Pen, IReadOnlyList<Outline> Digits)
{
    private Hand(float width, float slant, float pen, params string[] paths)
        : this(width, slant, pen, [.. paths.Select(path => new Outline(path))])
    {
    }
}
