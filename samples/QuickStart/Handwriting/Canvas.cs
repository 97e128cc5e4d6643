using System.Numerics;

namespace QuickStart.Handwriting;

/// <summary>
/// Paper of 28 x 28 pixels. It keeps each pixel's distance to the nearest line, so that strokes which cross or join
/// leave no double ink, and turns the distances into anti-aliased grey at the end.
/// </summary>
internal sealed class Canvas
{
    public const int Side = 28;

    // Pixels farther from a line than this stay white whatever the pen.
    private const float Reach = 3.5f;

    private readonly float[] squaredDistance = new float[Side * Side];

    public void Clear() => Array.Fill(squaredDistance, Reach * Reach);

    /// <summary>Draws a straight line; pixel centres lie at whole coordinates.</summary>
    public void Line(Vector2 from, Vector2 to)
    {
        Vector2 along = to - from;
        float inverse = 1f / MathF.Max(along.LengthSquared(), 1e-6f);
        int left = Math.Max(0, (int)MathF.Ceiling(MathF.Min(from.X, to.X) - Reach));
        int right = Math.Min(Side - 1, (int)MathF.Floor(MathF.Max(from.X, to.X) + Reach));
        int top = Math.Max(0, (int)MathF.Ceiling(MathF.Min(from.Y, to.Y) - Reach));
        int bottom = Math.Min(Side - 1, (int)MathF.Floor(MathF.Max(from.Y, to.Y) + Reach));
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                Vector2 offset = new Vector2(x, y) - from;
                float nearest = Math.Clamp(Vector2.Dot(offset, along) * inverse, 0f, 1f);
                float distance = (offset - nearest * along).LengthSquared();
                ref float best = ref squaredDistance[y * Side + x];
                best = MathF.Min(best, distance);
            }
        }
    }

    /// <summary>The picture: full ink inside the pen's radius, fading to paper over <paramref name="softness"/> pixels.</summary>
    public float[] Develop(float radius, float softness)
    {
        var pixels = new float[Side * Side];
        for (int i = 0; i < pixels.Length; i++)
        {
            float outside = MathF.Sqrt(squaredDistance[i]) - radius;
            pixels[i] = Math.Clamp(0.5f - outside / softness, 0f, 1f);
        }

        return pixels;
    }
}
