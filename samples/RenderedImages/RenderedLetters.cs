using SkiaSharp;

namespace DeepLayers.Rendered;

/// <summary>Letters of strokes, each a little differently written: no font has to be installed.</summary>
internal sealed class RenderedLetters : RenderedTheme
{
    /// <summary>Strokes from point to point, of a square of side 4.</summary>
    private static readonly string[] Strokes =
    [
        "04 20 44|12 32",
        "40 00 04 44|02 32",
        "00 04|02 42|40 44",
        "00 04|40 02 44",
        "00 04 44",
        "04 00 23 40 44",
        "40 10 01 12 32 43 34 04",
        "00 40|20 24",
        "00 24 40",
        "00 44|40 04",
        "00 40 04 44",
    ];

    internal override IReadOnlyList<string> Classes => ["A", "E", "H", "K", "L", "M", "S", "T", "V", "X", "Z"];

    internal override void Draw(SKCanvas canvas, int kind, Random random)
    {
        bool isDark = random.Next(2) == 0;
        (float low, float high) = isDark ? (5f, 25f) : (75f, 95f);
        Fill(canvas, Color(random, low, high), Color(random, low, high));
        using SKPaint paint = Ink(isDark ? Color(random, 65, 90) : Color(random, 10, 35), Between(random, 0.25f, 0.8f));
        canvas.Translate(Between(random, 0.44f, 0.56f), Between(random, 0.44f, 0.56f));
        canvas.RotateDegrees(Between(random, -15, 15));
        canvas.Skew(Between(random, -0.25f, 0.15f), 0);
        canvas.Scale(Between(random, 0.1f, 0.16f), Between(random, 0.13f, 0.18f));
        foreach (string stroke in Strokes[kind].Split('|'))
        {
            using var path = new SKPath();
            path.AddPoly([.. stroke.Split(' ').Select(point => new SKPoint(
                point[0] - '2' + Between(random, -0.15f, 0.15f), point[1] - '2' + Between(random, -0.15f, 0.15f)))], close: false);
            canvas.DrawPath(path, paint);
        }
    }
}
