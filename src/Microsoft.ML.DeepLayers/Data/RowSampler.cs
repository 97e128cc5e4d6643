namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Draws the examples of an epoch, with replacement.</summary>
internal abstract class RowSampler
{
    /// <summary>Draws as many rows as there is room for.</summary>
    internal abstract void Draw(Span<int> rows, Random random);
}

/// <summary>Draws each class equally often.</summary>
internal sealed class BalancedSampler : RowSampler
{
    private readonly int[][] rowsOfClass;

    /// <param name="rows">The rows.</param>
    /// <param name="classOf">The class of a row.</param>
    internal BalancedSampler(IEnumerable<int> rows, Func<int, int> classOf) =>
        rowsOfClass = [.. rows.GroupBy(classOf).OrderBy(group => group.Key).Select(group => group.ToArray())];

    internal override void Draw(Span<int> rows, Random random)
    {
        foreach (ref int row in rows)
        {
            int[] members = rowsOfClass[random.Next(rowsOfClass.Length)];
            row = members[random.Next(members.Length)];
        }
    }
}

/// <summary>Draws each row with a chance in proportion to its weight, in constant time by an alias table (Vose 1991).</summary>
internal sealed class WeightedSampler : RowSampler
{
    private readonly int[] rows;
    private readonly int[] aliases;
    private readonly double[] shares;

    /// <param name="rows">The rows.</param>
    /// <param name="weights">The weight of each, at least 0.</param>
    /// <exception cref="InvalidOperationException">No weight is above 0.</exception>
    internal WeightedSampler(int[] rows, ReadOnlySpan<float> weights)
    {
        this.rows = rows;
        double total = 0;
        foreach (float weight in weights)
        {
            total += weight;
        }

        if (!(total > 0))
        {
            throw new InvalidOperationException(
                $"{nameof(NeuralNetworkOptions.Sampling)} = {nameof(ExampleSampling.ByWeight)} draws examples by their weights, but those of all {rows.Length} training examples are 0.");
        }

        aliases = new int[rows.Length];
        shares = new double[rows.Length];
        Fill(weights, rows.Length / total);
    }

    internal override void Draw(Span<int> drawn, Random random)
    {
        foreach (ref int row in drawn)
        {
            int place = random.Next(rows.Length);
            row = rows[random.NextDouble() < shares[place] ? place : aliases[place]];
        }
    }

    /// <summary>Each place holds one row's chance up to 1; what is missing there, it borrows from a row that has more.</summary>
    private void Fill(ReadOnlySpan<float> weights, double scale)
    {
        int[] waiting = new int[rows.Length];
        int small = 0, large = rows.Length;
        for (int i = 0; i < rows.Length; i++)
        {
            shares[i] = weights[i] * scale;
            aliases[i] = i;
            waiting[shares[i] < 1 ? small++ : --large] = i;
        }

        while (small > 0 && large < rows.Length)
        {
            int poor = waiting[--small], rich = waiting[large];
            aliases[poor] = rich;
            shares[rich] = shares[rich] + shares[poor] - 1;
            if (shares[rich] < 1)
            {
                large++;
                waiting[small++] = rich;
            }
        }

        // What is left is full but for rounding.
        foreach (int left in waiting.AsSpan(0, small))
        {
            shares[left] = 1;
        }

        foreach (int left in waiting.AsSpan(large))
        {
            shares[left] = 1;
        }
    }
}
