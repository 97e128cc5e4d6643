using System.Text;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>Names for layers that were given none: Keras's, e.g. <c>dense</c>, <c>dense_1</c>, <c>max_pooling2d</c>.</summary>
internal sealed class LayerNames
{
    private readonly HashSet<string> taken;
    private readonly HashSet<string> reserved;
    private readonly Dictionary<string, int> next = new(StringComparer.Ordinal);

    /// <param name="taken">The names of layers that are there already. Default: none.</param>
    /// <param name="reserved">Names that layers still to come have been given. Default: none.</param>
    internal LayerNames(IEnumerable<string>? taken = null, IEnumerable<string>? reserved = null)
    {
        this.taken = new HashSet<string>(taken ?? [], StringComparer.Ordinal);
        this.reserved = new HashSet<string>(reserved ?? [], StringComparer.Ordinal);
    }

    /// <summary>Takes the name that the layer was given, or makes one.</summary>
    /// <param name="layer">The layer.</param>
    /// <exception cref="InvalidOperationException">The given name is no name of a layer, or is taken.</exception>
    internal string Take(Layer layer)
    {
        if (layer.Name is { } given)
        {
            // Weights are named "layer/weight", and what the exporter adds "layer/Operator:1".
            if (given.Length == 0 || given.AsSpan().ContainsAny('/', ':'))
            {
                throw new InvalidOperationException($"A layer cannot be named '{given}': a name is not empty and has no '/' or ':'.");
            }

            return taken.Add(given)
                ? given
                : throw new InvalidOperationException($"Two layers of the network are named '{given}'. Give each layer a name of its own, or none.");
        }

        // ActivationLayer is Keras's Activation.
        string type = layer.GetType().Name;
        string stem = SnakeCase(type.Length > 5 && type.EndsWith("Layer", StringComparison.Ordinal) ? type[..^5] : type);
        return TakeFree(stem, 0, number => number == 0 ? stem : $"{stem}_{number}");
    }

    /// <summary>Takes a name for one more application of a layer: the second one of <c>dense</c> is <c>dense:2</c>.</summary>
    /// <param name="owner">The name of the layer.</param>
    internal string TakeShared(string owner) => TakeFree($"{owner}:", 2, number => $"{owner}:{number}");

    // Names are only ever added, so that a number that was taken once stays taken, and the search goes on behind it.
    private string TakeFree(string key, int first, Func<int, string> nameOf)
    {
        int number = next.GetValueOrDefault(key, first);
        string name = nameOf(number);
        while (reserved.Contains(name) || !taken.Add(name))
        {
            name = nameOf(++number);
        }

        next[key] = number + 1;
        return name;
    }

    /// <summary><c>GlobalAveragePooling2D</c> to <c>global_average_pooling2d</c>, <c>LSTM</c> to <c>lstm</c>.</summary>
    internal static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            // A word starts after a small letter, and with the last capital of a run: "RNNCell" is "rnn_cell".
            bool startsWord = i > 0 && char.IsUpper(name[i])
                && (char.IsLower(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
