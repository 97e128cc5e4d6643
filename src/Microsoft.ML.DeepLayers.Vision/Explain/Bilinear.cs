namespace Microsoft.ML.DeepLayers.Explain;

/// <summary>Resizes maps of numbers: pixels are squares whose outer borders stay the borders (half-pixel centers).</summary>
internal static class Bilinear
{
    internal static float[] Resize(float[] map, int height, int width, int newHeight, int newWidth)
    {
        (int First, int Second, float Share)[] rows = Places(height, newHeight), columns = Places(width, newWidth);
        var resized = new float[newHeight * newWidth];
        for (int row = 0; row < newHeight; row++)
        {
            (int top, int bottom, float down) = rows[row];
            for (int column = 0; column < newWidth; column++)
            {
                (int left, int right, float across) = columns[column];
                float upper = Between(map[(top * width) + left], map[(top * width) + right], across);
                float lower = Between(map[(bottom * width) + left], map[(bottom * width) + right], across);
                resized[(row * newWidth) + column] = Between(upper, lower, down);
            }
        }

        return resized;
    }

    private static float Between(float first, float second, float share) => first + ((second - first) * share);

    private static (int First, int Second, float Share)[] Places(int length, int newLength)
    {
        var places = new (int, int, float)[newLength];
        for (int i = 0; i < newLength; i++)
        {
            double place = Math.Clamp(((i + 0.5) * length / newLength) - 0.5, 0, length - 1);
            int first = (int)place;
            places[i] = (first, Math.Min(first + 1, length - 1), (float)(place - first));
        }

        return places;
    }
}
