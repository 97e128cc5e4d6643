namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>The windows of an adaptive pooling along one axis: so many, over an axis of this length.</summary>
internal readonly record struct AdaptiveAxis(int Length, int Outputs)
{
    /// <summary>The largest number of positions in a window.</summary>
    public int LargestSize
    {
        get
        {
            int largest = 0;
            for (int i = 0; i < Outputs; i++)
            {
                largest = Math.Max(largest, End(i) - Begin(i));
            }

            return largest;
        }
    }

    /// <summary>The one window that slides over the axis to the same effect; <see langword="null"/> where the windows differ.</summary>
    public WindowAxis? Sliding
    {
        get
        {
            (int size, int stride) = (End(0), Outputs == 1 ? 1 : Begin(1));
            for (int i = 0; i < Outputs; i++)
            {
                if (stride == 0 || Begin(i) != i * stride || End(i) != Begin(i) + size)
                {
                    return null;
                }
            }

            return new WindowAxis(size, stride, 1, Padding.Valid);
        }
    }

    /// <summary>The first position of a window.</summary>
    public int Begin(int window) => (int)((long)window * Length / Outputs);

    /// <summary>The position behind a window.</summary>
    public int End(int window) => (int)((((window + 1L) * Length) + Outputs - 1) / Outputs);

    /// <summary>The matrix <c>[outputs, length]</c> that averages each window.</summary>
    public float[] Averages()
    {
        float[] matrix = new float[Outputs * Length];
        for (int i = 0; i < Outputs; i++)
        {
            matrix.AsSpan((i * Length) + Begin(i), End(i) - Begin(i)).Fill(1f / (End(i) - Begin(i)));
        }

        return matrix;
    }

    /// <summary>The positions in each window, <c>[outputs, largest size]</c>; a smaller window's last one is repeated.</summary>
    public long[] Positions()
    {
        int size = LargestSize;
        long[] positions = new long[Outputs * size];
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = Math.Min(Begin(i / size) + (i % size), End(i / size) - 1);
        }

        return positions;
    }
}
