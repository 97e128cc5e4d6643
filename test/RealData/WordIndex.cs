namespace RealData;

/// <summary>Words as numbers, the commonest first, as Keras's data sets have them: 0 fills up, 1 begins, 2 is any other word.</summary>
internal sealed class WordIndex
{
    private const int Start = 1;
    private const int Unknown = 2;
    private const int First = 3;

    private readonly Dictionary<string, int> numbers;

    /// <summary>Counts the words of the training texts.</summary>
    /// <param name="texts">Texts, split into words.</param>
    /// <param name="size">Numbers stay below this.</param>
    internal WordIndex(IEnumerable<string[]> texts, int size) =>
        numbers = texts.SelectMany(words => words).CountBy(word => word)
            .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Take(size - First).Select((pair, index) => (pair.Key, Number: First + index)).ToDictionary(pair => pair.Key, pair => pair.Number);

    /// <summary>The last words of a text, filled up in front.</summary>
    internal int[] Encode(string[] words, int length)
    {
        int[] all = [Start, .. words.Select(word => numbers.GetValueOrDefault(word, Unknown))];
        return all.Length >= length ? all[^length..] : [.. new int[length - all.Length], .. all];
    }

    /// <summary>Lower case, letters, digits and apostrophes.</summary>
    internal static string[] Split(string text)
    {
        var words = new List<string>();
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool inWord = i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] == '\'');
            if (inWord && start < 0)
            {
                start = i;
            }
            else if (!inWord && start >= 0)
            {
                words.Add(text[start..i].ToLowerInvariant());
                start = -1;
            }
        }

        return [.. words];
    }
}
