namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Fills a matrix with orthonormal rows or columns, whichever are fewer. Keras: <c>Orthogonal</c>, the default for
/// recurrent kernels (Saxe et al. 2014). Weights of more than two dimensions count as a matrix with the first
/// dimension as rows.
/// </summary>
public sealed record Orthogonal : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="gain">What the matrix is multiplied by. Default: 1.</param>
    public Orthogonal(float gain = 1) => Gain = gain;

    /// <summary>What the matrix is multiplied by.</summary>
    public float Gain { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, Shape shape, int fanIn, int fanOut, Random random)
    {
        int rows = shape.Rank == 0 ? 1 : shape[0];
        int columns = values.Length / rows;
        // Vectors along the shorter side, so that they can all be orthogonal.
        bool byRow = rows <= columns;
        double[][] vectors = Orthonormal(byRow ? rows : columns, byRow ? columns : rows, random);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                values[(row * columns) + column] = (float)(Gain * (byRow ? vectors[row][column] : vectors[column][row]));
            }
        }
    }

    /// <summary>Gram-Schmidt on normal vectors, each orthogonalized twice, which is exact to rounding.</summary>
    private static double[][] Orthonormal(int count, int length, Random random)
    {
        var vectors = new double[count][];
        for (int i = 0; i < count; i++)
        {
            double[] vector = new double[length];
            for (int j = 0; j < length; j++)
            {
                vector[j] = RandomNormal.Next(random);
            }

            for (int pass = 0; pass < 2; pass++)
            {
                for (int k = 0; k < i; k++)
                {
                    Subtract(vector, vectors[k], Dot(vector, vectors[k]));
                }
            }

            double norm = Math.Sqrt(Dot(vector, vector));
            for (int j = 0; j < length; j++)
            {
                vector[j] /= norm;
            }

            vectors[i] = vector;
        }

        return vectors;
    }

    private static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }

    private static void Subtract(double[] from, double[] vector, double factor)
    {
        for (int i = 0; i < from.Length; i++)
        {
            from[i] -= factor * vector[i];
        }
    }
}
