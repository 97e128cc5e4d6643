namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>The key of a dictionary: a text, or a whole number as text.</summary>
internal readonly record struct PickleKey(string Text, bool IsNumber);

/// <summary>A dictionary of a pickle, in order.</summary>
internal sealed class PickleDictionary
{
    private static readonly List<KeyValuePair<PickleKey, object?>> Nothing = [];

    // Made when the first item comes: a byte of a pickle can make a dictionary.
    private Dictionary<PickleKey, int>? places;
    private List<KeyValuePair<PickleKey, object?>> items = Nothing;

    internal IReadOnlyList<KeyValuePair<PickleKey, object?>> Items => items;

    internal void Set(PickleKey key, object? value)
    {
        if (places is null)
        {
            (places, items) = ([], []);
        }

        if (places.TryGetValue(key, out int place))
        {
            items[place] = KeyValuePair.Create(key, value);
            return;
        }

        places.Add(key, items.Count);
        items.Add(KeyValuePair.Create(key, value));
    }
}
