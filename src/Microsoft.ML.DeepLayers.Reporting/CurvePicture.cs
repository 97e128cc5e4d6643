using Microsoft.ML.DeepLayers.Runtime;
using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>The curves as a PNG picture, in a grid.</summary>
internal static class CurvePicture
{
    private const int SmallestChart = 260;

    internal static byte[] Draw(History history, int width, int height)
    {
        using NativeWork.Scope work = NativeWork.Begin();
        using var surface = SKSurface.Create(new SKImageInfo(width, height))
            ?? throw new InvalidOperationException($"There is not enough memory for a picture of {width} x {height} pixels.");
        surface.Canvas.Clear(SKColors.White);
        IReadOnlyList<Chart> charts = CurveCharts.Create(history);
        if (charts.Count > 0)
        {
            // As near to the picture's own proportions as charts of a readable width allow.
            int columns = Math.Clamp((int)Math.Ceiling(Math.Sqrt(charts.Count * (double)width / height / 1.6)), 1, Math.Max(1, Math.Min(charts.Count, width / SmallestChart)));
            int rows = (charts.Count + columns - 1) / columns;
            using var canvas = new PictureCanvas(surface.Canvas);
            for (int i = 0; i < charts.Count; i++)
            {
                charts[i].Draw(canvas, i % columns * width / (double)columns, i / columns * height / (double)rows, width / (double)columns, height / (double)rows);
            }
        }

        using SKImage image = surface.Snapshot();
        using SKData data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}

/// <summary>Draws charts into a picture. Where the machine has no fonts, the text is missing.</summary>
internal sealed class PictureCanvas(SKCanvas canvas) : IChartCanvas, IDisposable
{
    private readonly SKTypeface plain = Typeface(SKFontStyle.Normal);
    private readonly SKTypeface bold = Typeface(SKFontStyle.Bold);

    public void Line(IReadOnlyList<(double X, double Y)> points, Ink ink, bool isDashed = false)
    {
        using SKPaint paint = Paint(ink);
        using SKPathEffect? dashes = isDashed ? SKPathEffect.CreateDash([4, 4], 0) : null;
        paint.IsStroke = true;
        paint.StrokeWidth = ink is Ink.Training or Ink.Validation ? 1.8f : 1;
        paint.PathEffect = dashes;
        using var path = new SKPath();
        bool isInterrupted = true;
        foreach ((double x, double y) in points)
        {
            if (double.IsFinite(y))
            {
                if (isInterrupted)
                {
                    path.MoveTo((float)x, (float)y);
                }
                else
                {
                    path.LineTo((float)x, (float)y);
                }
            }

            isInterrupted = !double.IsFinite(y);
        }

        canvas.DrawPath(path, paint);
    }

    public void Dots(IReadOnlyList<(double X, double Y)> points, Ink ink, double radius)
    {
        using SKPaint paint = Paint(ink);
        foreach ((double x, double y) in points.Where(point => double.IsFinite(point.Y)))
        {
            canvas.DrawCircle((float)x, (float)y, (float)radius, paint);
        }
    }

    public void Bar(double left, double top, double width, double height, Ink ink)
    {
        using SKPaint paint = Paint(ink);
        canvas.DrawRect((float)left, (float)top, (float)width, (float)height, paint);
    }

    public void Text(double x, double y, string text, TextAnchor anchor, bool isBold = false)
    {
        using SKPaint paint = Paint(Ink.Frame);
        paint.Typeface = isBold ? bold : plain;
        paint.TextSize = isBold ? 14 : 12;
        paint.TextAlign = anchor switch { TextAnchor.Middle => SKTextAlign.Center, TextAnchor.End => SKTextAlign.Right, _ => SKTextAlign.Left };
        canvas.DrawText(text, (float)x, (float)y, paint);
    }

    public void Dispose()
    {
        plain.Dispose();
        bold.Dispose();
    }

    private static SKTypeface Typeface(SKFontStyle style) => SKTypeface.FromFamilyName("sans-serif", style);

    private static SKPaint Paint(Ink ink) => new()
    {
        IsAntialias = true,
        Color = SKColor.Parse(ink switch
        {
            Ink.Training => "#1f6fb4",
            Ink.Validation => "#d9620f",
            Ink.Grid => "#e3e6ea",
            Ink.Mark => "#2b8a3e",
            Ink.Bars => "#c9d6e2",
            _ => "#40464d",
        }),
    };
}
