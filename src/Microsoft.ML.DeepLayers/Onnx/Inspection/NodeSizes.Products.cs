namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>Operators that multiply matrices, and recurrent ones.</summary>
internal sealed partial class NodeSizes
{
    private TensorSize[]? InferProduct()
    {
        switch (node.OpType)
        {
            case "MatMulInteger":
                return [MatMul(First, Input(1), ElementTypes.Int32)];
            case "QLinearMatMul":
                return [MatMul(First, Input(3), ElementTypes.UInt8)];
            case "Einsum":
                return [Einsum()];
            case "LSTM":
                return Recurrent(gates: 4);
            case "GRU":
                return Recurrent(gates: 3);
            case "RNN":
                return Recurrent(gates: 1);
            default:
                return null;
        }
    }

    private static TensorSize MatMul(TensorSize left, TensorSize right, int type)
    {
        if (left.Dimensions is not { Length: > 0 } rows || right.Dimensions is not { Length: > 0 } columns)
        {
            return new TensorSize(type, TensorSize.Multiply(left.Count, right.Count));
        }

        (bool isRow, bool isColumn) = (rows.Length == 1, columns.Length == 1);
        int batch = Math.Max(Math.Max(rows.Length, columns.Length) - 2, 0);
        long[] dimensions = new long[batch + (isRow ? 0 : 1) + (isColumn ? 0 : 1)];
        for (int i = 0; i < batch; i++)
        {
            int inLeft = i - batch + rows.Length - 2, inRight = i - batch + columns.Length - 2;
            long one = inLeft < 0 ? 1 : rows[inLeft], other = inRight < 0 ? 1 : columns[inRight];
            dimensions[i] = one == 1 ? other : other == 1 ? one : Math.Max(one, other);
        }

        if (!isRow)
        {
            dimensions[batch] = rows[^2];
        }

        if (!isColumn)
        {
            dimensions[^1] = columns[^1];
        }

        return new TensorSize(type, dimensions, left.IsExact && right.IsExact);
    }

    private TensorSize Gemm()
    {
        if (First.Dimensions is not [long rows, long shared] || Input(1).Dimensions is not [long inner, long columns])
        {
            throw First.Dimensions is null || Input(1).Dimensions is null
                ? Untellable("the shape of an input is not known")
                : new InvalidDataException($"the node {node} multiplies {First} by {Input(1)}");
        }

        return new TensorSize(
            First.Type,
            [node.Integer("transA", 0) != 0 ? shared : rows, node.Integer("transB", 0) != 0 ? inner : columns],
            First.IsExact && Input(1).IsExact);
    }

    /// <summary>A sum of products, computed pair by pair: what a pair makes has the letters that are needed later.</summary>
    private TensorSize Einsum()
    {
        string equation = node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        string[] sides = equation.Split("->");
        string[] terms = sides[0].Split(',');
        TensorSize[] values = [.. inputs.OfType<TensorSize>()];
        bool isExact = Array.TrueForAll(values, value => value.IsExact);
        if (sides.Length != 2 || equation.Contains('.', StringComparison.Ordinal) || terms.Length != values.Length
            || values.Zip(terms).Any(pair => pair.First.Dimensions?.Length != pair.Second.Length))
        {
            long all = values.Aggregate(1L, (product, value) => TensorSize.Multiply(product, value.Count));
            Scratch = all;
            return new TensorSize(First.Type, all);
        }

        var sizes = new Dictionary<char, long>();
        foreach ((TensorSize value, string term) in values.Zip(terms))
        {
            for (int i = 0; i < term.Length; i++)
            {
                sizes[term[i]] = Math.Max(sizes.GetValueOrDefault(term[i]), value.Dimensions![i]);
            }
        }

        HashSet<char> made = [.. terms[0]];
        for (int i = 1; i < terms.Length; i++)
        {
            made.UnionWith(terms[i]);
            made.IntersectWith(string.Concat(terms[(i + 1)..]) + sides[1]);
            Scratch = Math.Max(Scratch, TensorSize.Product([.. made.Select(letter => sizes[letter])]));
        }

        Scratch = TensorSize.Multiply(2, Scratch) + values.Sum(value => value.Count);
        return new TensorSize(First.Type, [.. sides[1].Select(letter => sizes.GetValueOrDefault(letter, 1))], isExact);
    }

    private TensorSize[] Recurrent(int gates)
    {
        if (Dimensions(First) is not [long one, long two, _] || Dimensions(Input(2)) is not [long directions, _, long columns])
        {
            throw new InvalidDataException($"the node {node} has inputs of {First} and recurrent weights of {Input(2)}");
        }

        long hidden = Math.Max(columns, Bounded(node.Integer("hidden_size", 0)));
        bool isBatchFirst = node.Integer("layout", 0) != 0;
        (long steps, long rows) = isBatchFirst ? (two, one) : (one, two);
        bool isExact = First.IsExact && Input(2).IsExact && hidden == columns;
        var last = new TensorSize(First.Type, isBatchFirst ? [rows, directions, hidden] : [directions, rows, hidden], isExact);
        // The gates of all steps, and the weights once more in another order.
        Scratch = TensorSize.Multiply(gates, TensorSize.Product(steps, directions, rows, hidden)) + Input(2).Count + (Optional(1)?.Count ?? 0);
        return [new TensorSize(First.Type, isBatchFirst ? [rows, steps, directions, hidden] : [steps, directions, rows, hidden], isExact), last, last];
    }
}
