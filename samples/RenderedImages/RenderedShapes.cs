using SkiaSharp;

namespace DeepLayers.Rendered;

/// <summary>A shape of any color, size, place and turn, on a background of other light.</summary>
internal sealed class RenderedShapes : RenderedTheme
{
    internal override IReadOnlyList<string> Classes => ["circle", "cross", "ring", "square", "star", "triangle"];

    internal override void Draw(SKCanvas canvas, int kind, Random random)
    {
        bool isDark = random.Next(2) == 0;
        (float low, float high) = isDark ? (5f, 30f) : (65f, 90f);
        Fill(canvas, Color(random, low, high), Color(random, low, high));
        using SKPaint paint = Ink(isDark ? Color(random, 60, 85) : Color(random, 10, 40));
        float radius = Between(random, 0.2f, 0.38f);
        canvas.Translate(Between(random, 0.42f, 0.58f), Between(random, 0.42f, 0.58f));
        canvas.RotateDegrees(Between(random, 0, 360));
        canvas.Scale(radius);
        using SKPath path = Shape(Classes[kind]);
        canvas.DrawPath(path, paint);
    }

    /// <summary>A shape in the circle of radius 1.</summary>
    private static SKPath Shape(string name)
    {
        var path = new SKPath { FillType = SKPathFillType.EvenOdd };
        switch (name)
        {
            case "circle":
                path.AddCircle(0, 0, 0.9f);
                break;
            case "ring":
                path.AddCircle(0, 0, 1);
                path.AddCircle(0, 0, 0.55f);
                break;
            case "cross":
                path.AddPoly(Cross);
                break;
            case "square":
                path.AddPoly(Polygon(4, 1));
                break;
            case "star":
                path.AddPoly(Polygon(5, 0.42f));
                break;
            default:
                path.AddPoly(Polygon(3, 1));
                break;
        }

        return path;
    }

    private static SKPoint[] Cross =>
    [
        new(-0.3f, -1), new(0.3f, -1), new(0.3f, -0.3f), new(1, -0.3f), new(1, 0.3f), new(0.3f, 0.3f),
        new(0.3f, 1), new(-0.3f, 1), new(-0.3f, 0.3f), new(-1, 0.3f), new(-1, -0.3f), new(-0.3f, -0.3f),
    ];

    /// <summary>A polygon, or, where the points between its corners are nearer to the middle, a star.</summary>
    private static SKPoint[] Polygon(int corners, float between) => [.. Enumerable.Range(0, between < 1 ? 2 * corners : corners).Select(i =>
    {
        float angle = MathF.Tau * i / (between < 1 ? 2 * corners : corners);
        float radius = between < 1 && i % 2 == 1 ? between : 1;
        return new SKPoint(radius * MathF.Cos(angle), radius * MathF.Sin(angle));
    })];
}
