using System.Numerics;

namespace QuickStart.Handwriting;

/// <summary>Writes a digit once, in a hand and with the accidents of the moment.</summary>
internal static class Writer
{
    // Deviations in hundredths of the digit's box, in radians, in pixels and in grey levels.
    private const float Unsteadiness = 2.6f;
    private const float Turn = 0.09f;
    private const float Shear = 0.12f;
    private const float Grain = 0.07f;

    public static float[] Write(Hand hand, int digit, Canvas canvas, Random random)
    {
        Outline outline = hand.Digits[digit];
        Span<Vector2> points = stackalloc Vector2[outline.Points.Length];
        for (int i = 0; i < points.Length; i++)
        {
            points[i] = outline.Points[i] + new Vector2(random.Normal(Unsteadiness), random.Normal(Unsteadiness));
        }

        Matrix3x2 pose = Pose(hand, random);
        Func<Vector2, Vector2> tremble = Tremble(random);
        canvas.Clear();
        outline.Trace(points, point => Vector2.Transform(tremble(point), pose), canvas);

        float radius = 0.5f * Math.Clamp(hand.Pen + random.Normal(0.4f), 1.2f, 4.2f);
        float[] pixels = canvas.Develop(radius, softness: random.Uniform(0.9f, 1.8f));
        float ink = random.Uniform(0.65f, 1f);
        foreach (ref float pixel in pixels.AsSpan())
        {
            pixel = Math.Clamp(ink * pixel + random.Normal(Grain), 0f, 1f);
        }

        return pixels;
    }

    /// <summary>From the digit's box to pixels: size, slant, rotation and place on the paper.</summary>
    private static Matrix3x2 Pose(Hand hand, Random random)
    {
        float height = random.Uniform(15f, 21f);
        float width = height * hand.Width * random.Uniform(0.85f, 1.15f);
        var middle = new Vector2((Canvas.Side - 1) / 2f);
        var shift = new Vector2(random.Uniform(-2.5f, 2.5f), random.Uniform(-2.5f, 2.5f));
        var slant = new Matrix3x2(1f, 0f, -(hand.Slant + random.Normal(Shear)), 1f, 0f, 0f);
        return Matrix3x2.CreateTranslation(-50f, -50f)
            * Matrix3x2.CreateScale(width / 100f, height / 100f)
            * slant
            * Matrix3x2.CreateRotation(random.Normal(Turn))
            * Matrix3x2.CreateTranslation(middle + shift);
    }

    /// <summary>A slow wave over the box, which bends straight strokes as an unsupported arm does.</summary>
    private static Func<Vector2, Vector2> Tremble(Random random)
    {
        var size = new Vector2(random.Normal(2.5f), random.Normal(2.5f));
        float frequency = random.Uniform(0.03f, 0.09f);
        float phase = random.Uniform(0f, 2f * MathF.PI);
        return point => point + size * new Vector2(
            MathF.Sin(frequency * point.Y + phase),
            MathF.Sin(frequency * point.X - phase));
    }
}
