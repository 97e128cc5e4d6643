using SkiaSharp;

namespace DeepLayers.Rendered;

/// <summary>What the images of a data set show.</summary>
internal abstract class RenderedTheme
{
    /// <summary>More than the square of side 1 that counts, for images that are no squares.</summary>
    private protected static readonly SKRect Everywhere = new(-4, -4, 5, 5);

    /// <summary>The names of the classes, in ordinal order.</summary>
    internal abstract IReadOnlyList<string> Classes { get; }

    /// <summary>Draws an image of a class into the square from (0, 0) to (1, 1), and its background around that.</summary>
    internal abstract void Draw(SKCanvas canvas, int kind, Random random);

    private protected static float Between(Random random, float low, float high) => low + (random.NextSingle() * (high - low));

    /// <summary>A color of any hue.</summary>
    private protected static SKColor Color(Random random, float leastLight, float mostLight) =>
        SKColor.FromHsl(Between(random, 0, 360), Between(random, 30, 90), Between(random, leastLight, mostLight));

    /// <summary>A background that runs from one color to another.</summary>
    private protected static void Fill(SKCanvas canvas, SKColor top, SKColor bottom)
    {
        using var shader = SKShader.CreateLinearGradient(new SKPoint(0, 0), new SKPoint(0, 1), [top, bottom], SKShaderTileMode.Clamp);
        using var paint = new SKPaint { Shader = shader };
        canvas.DrawRect(Everywhere, paint);
    }

    private protected static SKPaint Ink(SKColor color, float stroke = 0) => new()
    {
        Color = color,
        IsAntialias = true,
        Style = stroke > 0 ? SKPaintStyle.Stroke : SKPaintStyle.Fill,
        StrokeWidth = stroke,
        StrokeCap = SKStrokeCap.Round,
        StrokeJoin = SKStrokeJoin.Round,
    };
}
