using SkiaSharp;

namespace DeepLayers.Rendered;

/// <summary>Landscapes under a sky with a sun: what is on the ground tells the class.</summary>
internal sealed class RenderedScenes : RenderedTheme
{
    internal override IReadOnlyList<string> Classes => ["city", "forest", "mountains", "sea"];

    internal override void Draw(SKCanvas canvas, int kind, Random random)
    {
        float horizon = Between(random, 0.5f, 0.7f);
        Fill(canvas, SKColor.FromHsl(Between(random, 195, 235), 60, Between(random, 25, 60)), SKColor.FromHsl(Between(random, 10, 60), 60, Between(random, 60, 85)));
        using (SKPaint sun = Ink(SKColor.FromHsl(Between(random, 35, 60), 95, 75)))
        {
            canvas.DrawCircle(Between(random, 0.05f, 0.95f), Between(random, 0.08f, horizon - 0.2f), Between(random, 0.04f, 0.09f), sun);
        }

        switch (Classes[kind])
        {
            case "city":
                Ground(canvas, horizon, SKColor.FromHsl(0, 0, Between(random, 20, 40)));
                Repeat(random, () => House(canvas, horizon, random));
                break;
            case "forest":
                Ground(canvas, horizon, SKColor.FromHsl(Between(random, 80, 120), 45, Between(random, 20, 35)));
                Repeat(random, () => Tree(canvas, horizon, random));
                break;
            case "mountains":
                Repeat(random, () => Mountain(canvas, horizon, random));
                Ground(canvas, horizon, SKColor.FromHsl(Between(random, 40, 110), 35, Between(random, 30, 45)));
                break;
            default:
                Ground(canvas, horizon, SKColor.FromHsl(Between(random, 180, 220), 60, Between(random, 25, 45)));
                Repeat(random, () => Wave(canvas, horizon, random));
                break;
        }
    }

    private static void Repeat(Random random, Action draw)
    {
        for (int left = random.Next(8, 16); left > 0; left--)
        {
            draw();
        }
    }

    private static void Ground(SKCanvas canvas, float horizon, SKColor color)
    {
        using SKPaint paint = Ink(color);
        canvas.DrawRect(new SKRect(Everywhere.Left, horizon, Everywhere.Right, Everywhere.Bottom), paint);
    }

    private static void House(SKCanvas canvas, float horizon, Random random)
    {
        float left = Between(random, -0.5f, 1.4f), width = Between(random, 0.08f, 0.2f), top = horizon - Between(random, 0.1f, 0.45f);
        using SKPaint wall = Ink(SKColor.FromHsl(Between(random, 0, 360), 15, Between(random, 15, 50)));
        using SKPaint window = Ink(SKColor.FromHsl(50, 80, Between(random, 60, 85)));
        canvas.DrawRect(left, top, width, horizon - top, wall);
        for (float y = top + 0.02f; y < horizon - 0.04f; y += 0.05f)
        {
            for (float x = left + 0.015f; x < left + width - 0.025f; x += 0.04f)
            {
                canvas.DrawRect(x, y, 0.02f, 0.025f, window);
            }
        }
    }

    private static void Tree(SKCanvas canvas, float horizon, Random random)
    {
        float x = Between(random, -0.5f, 1.5f), foot = Between(random, horizon, 1), height = Between(random, 0.2f, 0.45f);
        using SKPaint trunk = Ink(SKColor.FromHsl(25, 50, 20));
        using SKPaint leaves = Ink(SKColor.FromHsl(Between(random, 90, 150), 60, Between(random, 15, 35)));
        canvas.DrawRect(x - 0.012f, foot - (0.3f * height), 0.024f, 0.3f * height, trunk);
        Triangle(canvas, x, foot - height, 0.3f * height, foot - (0.2f * height), leaves);
    }

    private static void Mountain(SKCanvas canvas, float horizon, Random random)
    {
        float x = Between(random, -0.5f, 1.5f), top = horizon - Between(random, 0.15f, 0.4f), half = Between(random, 0.15f, 0.35f);
        using SKPaint rock = Ink(SKColor.FromHsl(Between(random, 210, 260), 15, Between(random, 25, 50)));
        using SKPaint snow = Ink(SKColors.WhiteSmoke);
        Triangle(canvas, x, top, half, horizon, rock);
        Triangle(canvas, x, top, 0.25f * half, top + (0.25f * (horizon - top)), snow);
    }

    private static void Wave(SKCanvas canvas, float horizon, Random random)
    {
        using SKPaint foam = Ink(SKColor.FromHsl(200, 40, Between(random, 55, 85)), Between(random, 0.008f, 0.02f));
        float left = Between(random, -0.5f, 1.2f), y = Between(random, horizon + 0.03f, 1);
        using var path = new SKPath();
        path.MoveTo(left, y);
        path.RQuadTo(0.05f, -0.03f, 0.1f, 0);
        path.RQuadTo(0.05f, 0.03f, 0.1f, 0);
        canvas.DrawPath(path, foam);
    }

    private static void Triangle(SKCanvas canvas, float x, float top, float half, float bottom, SKPaint paint)
    {
        using var path = new SKPath();
        path.AddPoly([new(x, top), new(x + half, bottom), new(x - half, bottom)]);
        canvas.DrawPath(path, paint);
    }
}
