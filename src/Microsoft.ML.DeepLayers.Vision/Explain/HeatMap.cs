using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Explain;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Where in an image a network sees a class: a number from 0 to 1 for each pixel, in the size in which the network reads images.
/// </summary>
public sealed class HeatMap
{
    private readonly float[] values;

    internal HeatMap(int height, int width, float[] values, float peak, int classIndex, string? className, float score)
    {
        this.values = values;
        Height = height;
        Width = width;
        Peak = peak;
        ClassIndex = classIndex;
        ClassName = className;
        Score = score;
    }

    /// <summary>The number of rows.</summary>
    public int Height { get; }

    /// <summary>The number of columns.</summary>
    public int Width { get; }

    /// <summary>The values, row by row, from 0 to 1; all 0 where nothing speaks for the class.</summary>
    public ReadOnlyMemory<float> Values => values;

    /// <summary>
    /// What the value 1 stands for: of Grad-CAM a number that only compares maps of one network and class, of occlusion by how
    /// much the logarithm of the odds of the class falls (of a regression, the value). 0 where nothing speaks for the class.
    /// </summary>
    public float Peak { get; }

    /// <summary>The class that is explained, from 0; of a regression, which of its values.</summary>
    public int ClassIndex { get; }

    /// <summary>What the label called the class; <see langword="null"/> where it had no names.</summary>
    public string? ClassName { get; }

    /// <summary>The probability of the class; of a regression, the value.</summary>
    public float Score { get; }

    /// <summary>The value of a pixel.</summary>
    /// <param name="row">From 0 at the top.</param>
    /// <param name="column">From 0 at the left.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pixel.</exception>
    public float this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Height, nameof(row));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Width, nameof(column));
            return values[(row * Width) + column];
        }
    }

    /// <summary>The pixel with the largest value; of several, the one nearest to their middle.</summary>
    public (int Row, int Column) Hottest
    {
        get
        {
            float largest = values.Max();
            int[] hottest = [.. Enumerable.Range(0, values.Length).Where(index => values[index] == largest)];
            double row = hottest.Average(index => index / Width), column = hottest.Average(index => index % Width);
            int nearest = hottest.MinBy(index => Math.Pow((index / Width) - row, 2) + Math.Pow((index % Width) - column, 2));
            return (nearest / Width, nearest % Width);
        }
    }

    /// <summary>The values as a table, <c>[row, column]</c>; a copy.</summary>
    public float[,] ToArray()
    {
        var table = new float[Height, Width];
        Buffer.BlockCopy(values, 0, table, 0, values.Length * sizeof(float));
        return table;
    }

    /// <summary>The same map in another size, bilinear.</summary>
    /// <param name="height">The number of rows; at least 1.</param>
    /// <param name="width">The number of columns; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public HeatMap Resize(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        return new HeatMap(height, width, Bilinear.Resize(values, Height, Width, height, width), Peak, ClassIndex, ClassName, Score);
    }

    /// <summary>Lays the map over the picture, as colors that are the stronger the larger the values are.</summary>
    /// <param name="picture">The picture, of any size: the map lies over what the network saw of it (<see cref="OverlayOptions.Fit"/>).</param>
    /// <param name="options">The colors; left out for the defaults.</param>
    /// <returns>A new image of the picture's size, to be disposed by the caller.</returns>
    public MLImage Overlay(MLImage picture, OverlayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return OverlayPainter.Paint(this, picture, options ?? OverlayOptions.Default);
    }

    /// <summary>Lays the map over the picture, as <see cref="Overlay"/> does, and writes it as a PNG file in memory.</summary>
    /// <param name="picture">The picture, of any size.</param>
    /// <param name="options">The colors; left out for the defaults.</param>
    public byte[] OverlayPng(MLImage picture, OverlayOptions? options = null)
    {
        using MLImage overlay = Overlay(picture, options);
        return OverlayPainter.ToPng(overlay);
    }
}
