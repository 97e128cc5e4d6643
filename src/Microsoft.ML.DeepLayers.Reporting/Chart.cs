namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>What a chart is drawn with: a page's SVG, or a picture.</summary>
internal interface IChartCanvas
{
    /// <summary>Draws lines from point to point; where a point is no number, the line is interrupted.</summary>
    void Line(IReadOnlyList<(double X, double Y)> points, Ink ink, bool isDashed = false);

    /// <summary>Draws a dot at each point.</summary>
    void Dots(IReadOnlyList<(double X, double Y)> points, Ink ink, double radius);

    void Bar(double left, double top, double width, double height, Ink ink);

    /// <summary>Writes a line of text.</summary>
    /// <param name="x">Where it begins, ends or has its middle.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">The text.</param>
    /// <param name="anchor">What of it lies at <paramref name="x"/>.</param>
    /// <param name="isBold">Whether it is a title.</param>
    void Text(double x, double y, string text, TextAnchor anchor, bool isBold = false);
}

/// <summary>Colours by what they are for; light and dark pages have their own.</summary>
internal enum Ink
{
    Training,
    Validation,
    Frame,
    Grid,
    Mark,
    Bars,
}

internal enum TextAnchor
{
    Start,
    Middle,
    End,
}

/// <summary>Numbers over numbers.</summary>
internal sealed record Series(string Name, Ink Ink, IReadOnlyList<(double X, double Y)> Points)
{
    internal bool IsDots { get; init; }

    internal bool IsDashed { get; init; }
}

/// <summary>A chart: two axes, lines or dots, and perhaps a mark.</summary>
internal sealed record Chart(string Title, string XTitle, Axis X, Axis Y, IReadOnlyList<Series> Series)
{
    private const double Left = 58, Right = 14, Top = 46, Bottom = 40;
    private const double WideEnough = 380;
    private const int MaxMarkedPoints = 60;
    private const int MaxPoints = 1000;

    /// <summary>A number on the x axis to mark, and what is written there.</summary>
    internal (double X, string Text)? Mark { get; init; }

    /// <summary>Bars from the bottom, as parts of a fifth of the height.</summary>
    internal IReadOnlyList<(double From, double To, double Part)> Bars { get; init; } = [];

    /// <summary>Draws the chart into a rectangle.</summary>
    internal void Draw(IChartCanvas canvas, double left, double top, double width, double height)
    {
        (double x0, double x1) = (left + Left, left + width - Right);
        (double y0, double y1) = (top + height - Bottom, top + Top);
        (double X, double Y) Place((double X, double Y) point) =>
            (x0 + (X.Place(point.X) * (x1 - x0)), double.IsFinite(point.Y) ? y0 + (Y.Place(point.Y) * (y1 - y0)) : double.NaN);

        DrawFrame(canvas, x0, x1, y0, y1);
        canvas.Text(left + 8, top + 16, Shorten(Title, (int)(width / 9)), TextAnchor.Start, isBold: true);
        foreach ((double from, double to, double part) in Bars)
        {
            double barHeight = part * (y0 - y1) / 5;
            (double barLeft, double barRight) = (Place((from, 0)).X, Place((to, 0)).X);
            canvas.Bar(barLeft + 1, y0 - barHeight, barRight - barLeft - 2, barHeight, Ink.Bars);
        }

        if (Mark is { } mark)
        {
            double x = Place((mark.X, 0)).X;
            canvas.Line([(x, y0), (x, y1)], Ink.Mark, isDashed: true);
            // Beside the legend, where no curve passes; else beside the mark, where there is more room.
            (double at, double y, bool isLeft) = width >= WideEnough ? (x1, top + 35, true) : x > (x0 + x1) / 2 ? (x - 4, y1 + 12, true) : (x + 4, y1 + 12, false);
            canvas.Text(at, y, mark.Text, isLeft ? TextAnchor.End : TextAnchor.Start);
        }

        foreach (Series series in Series)
        {
            (double X, double Y)[] points = [.. Thin(series.Points).Select(Place)];
            if (!series.IsDots)
            {
                canvas.Line(points, series.Ink, series.IsDashed);
            }

            if (series.IsDots || (!series.IsDashed && points.Length <= MaxMarkedPoints))
            {
                canvas.Dots(points, series.Ink, series.IsDots ? 1.5 : 2.5);
            }
        }

        DrawLegend(canvas, left, top);
        if (Series.All(series => series.Points.All(point => !double.IsFinite(point.Y))))
        {
            canvas.Text((x0 + x1) / 2, (y0 + y1) / 2, "no finite values", TextAnchor.Middle);
        }
    }

    /// <summary>A text of at most so many characters.</summary>
    internal static string Shorten(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        // Half of a surrogate pair would be no text.
        int end = Math.Max(1, length - 1);
        return $"{text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)]}…";
    }

    private void DrawFrame(IChartCanvas canvas, double x0, double x1, double y0, double y1)
    {
        foreach (double tick in Y.Ticks)
        {
            double y = y0 + (Y.Place(tick) * (y1 - y0));
            canvas.Line([(x0, y), (x1, y)], Ink.Grid);
            canvas.Text(x0 - 6, y + 4, Axis.Label(tick), TextAnchor.End);
        }

        foreach (double tick in X.Ticks)
        {
            double x = x0 + (X.Place(tick) * (x1 - x0));
            canvas.Line([(x, y0), (x, y0 + 4)], Ink.Frame);
            canvas.Text(x, y0 + 17, Axis.Label(tick), TextAnchor.Middle);
        }

        canvas.Line([(x0, y1), (x0, y0), (x1, y0)], Ink.Frame);
        canvas.Text((x0 + x1) / 2, y0 + 33, XTitle, TextAnchor.Middle);
    }

    private void DrawLegend(IChartCanvas canvas, double left, double top)
    {
        double x = left + Left;
        foreach (Series series in Series.Where(series => series.Name.Length > 0))
        {
            string name = Shorten(series.Name, 30);
            canvas.Line([(x, top + 31), (x + 16, top + 31)], series.Ink, series.IsDashed);
            canvas.Text(x + 21, top + 35, name, TextAnchor.Start);
            x += 36 + (name.Length * 7);
        }
    }

    /// <summary>Of very many points the lowest and the highest of each stretch.</summary>
    private static IReadOnlyList<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points)
    {
        if (points.Count <= 2 * MaxPoints)
        {
            return points;
        }

        var kept = new List<(double X, double Y)>();
        for (int stretch = 0; stretch < MaxPoints / 2; stretch++)
        {
            (double X, double Y)[] part = [.. points.Skip((int)((long)points.Count * stretch / (MaxPoints / 2))).Take((int)Math.Ceiling(points.Count / (MaxPoints / 2.0)))];
            kept.AddRange(new[] { part.MinBy(point => point.Y), part.MaxBy(point => point.Y) }.OrderBy(point => point.X));
        }

        return kept;
    }
}
