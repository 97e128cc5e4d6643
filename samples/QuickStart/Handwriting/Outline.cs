using System.Globalization;
using System.Numerics;

namespace QuickStart.Handwriting;

/// <summary>
/// The pen's path through one digit, in a box of 100 x 100 with y downwards. As text: <c>M</c> puts the pen down at a
/// point, <c>L</c> goes on in straight lines, <c>S</c> in one smooth curve through the points that follow.
/// </summary>
internal sealed class Outline
{
    // A curve's pieces between two points: at 28 pixels more would not show.
    private const int StepsPerSpan = 5;

    private readonly Vector2[] points;
    private readonly List<Stretch> stretches = [];

    public Outline(string path)
    {
        List<Vector2> points = [];
        foreach (string word in path.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string numbers = word;
            if (char.IsLetter(word[0]))
            {
                numbers = word[1..];
                if (word[0] != 'M')
                {
                    // Starts where the pen is.
                    stretches.Add(new Stretch(points.Count - 1, points.Count - 1, Smooth: word[0] == 'S'));
                }
            }

            int comma = numbers.IndexOf(',', StringComparison.Ordinal);
            points.Add(new Vector2(
                float.Parse(numbers.AsSpan(0, comma), CultureInfo.InvariantCulture),
                float.Parse(numbers.AsSpan(comma + 1), CultureInfo.InvariantCulture)));
            if (word[0] != 'M')
            {
                stretches[^1] = stretches[^1] with { Last = points.Count - 1 };
            }
        }

        this.points = [.. points];
    }

    /// <summary>The points that the path goes through.</summary>
    public ReadOnlySpan<Vector2> Points => points;

    /// <summary>Draws the path on the canvas with its points moved to <paramref name="points"/>.</summary>
    public void Trace(ReadOnlySpan<Vector2> points, Func<Vector2, Vector2> place, Canvas canvas)
    {
        foreach (Stretch stretch in stretches)
        {
            Vector2 pen = place(points[stretch.First]);
            for (int i = stretch.First; i < stretch.Last; i++)
            {
                Vector2 before = points[Math.Max(i - 1, stretch.First)];
                Vector2 after = points[Math.Min(i + 2, stretch.Last)];
                for (int step = 1; step <= StepsPerSpan; step++)
                {
                    float t = (float)step / StepsPerSpan;
                    Vector2 next = place(stretch.Smooth
                        ? CatmullRom(before, points[i], points[i + 1], after, t)
                        : Vector2.Lerp(points[i], points[i + 1], t));
                    canvas.Line(pen, next);
                    pen = next;
                }
            }
        }
    }

    private static Vector2 CatmullRom(Vector2 a, Vector2 b, Vector2 c, Vector2 d, float t) =>
        b + 0.5f * t * (c - a + t * (2f * a - 5f * b + 4f * c - d + t * (3f * (b - c) + d - a)));

    private readonly record struct Stretch(int First, int Last, bool Smooth);
}
