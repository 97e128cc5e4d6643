namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>Orders names as people do: <c>dense_2</c> before <c>dense_10</c>.</summary>
internal static class NaturalOrder
{
    internal static IComparer<string> Comparer { get; } = Comparer<string>.Create(Compare);

    private static int Compare(string one, string other)
    {
        int i = 0;
        int j = 0;
        while (i < one.Length && j < other.Length)
        {
            int order;
            if (char.IsAsciiDigit(one[i]) && char.IsAsciiDigit(other[j]))
            {
                order = CompareNumbers(Number(one, ref i), Number(other, ref j));
            }
            else
            {
                order = one[i++].CompareTo(other[j++]);
            }

            if (order != 0)
            {
                return order;
            }
        }

        int rest = (one.Length - i).CompareTo(other.Length - j);
        return rest != 0 ? rest : string.CompareOrdinal(one, other);
    }

    private static ReadOnlySpan<char> Number(string text, ref int index)
    {
        int start = index;
        while (index < text.Length && char.IsAsciiDigit(text[index]))
        {
            index++;
        }

        return text.AsSpan(start, index - start).TrimStart('0');
    }

    private static int CompareNumbers(ReadOnlySpan<char> one, ReadOnlySpan<char> other) =>
        one.Length != other.Length ? one.Length.CompareTo(other.Length) : one.SequenceCompareTo(other);
}
