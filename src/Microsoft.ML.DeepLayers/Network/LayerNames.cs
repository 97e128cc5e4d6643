using System.Text;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>Names for layers that were given none: Keras's, e.g. <c>dense</c>, <c>dense_1</c>, <c>max_pooling2d</c>.</summary>
internal static class LayerNames
{
    internal static string Unique(Layer layer, IEnumerable<string> taken)
    {
        var names = taken.ToHashSet(StringComparer.Ordinal);
        if (layer.Name is { } given)
        {
            // Weights are named "layer/weight", and what the exporter adds "layer/Operator:1".
            if (given.Length == 0 || given.AsSpan().ContainsAny('/', ':'))
            {
                throw new InvalidOperationException($"A layer cannot be named '{given}': a name is not empty and has no '/' or ':'.");
            }

            return names.Contains(given)
                ? throw new InvalidOperationException($"Two layers of the network are named '{given}'. Give each layer a name of its own, or none.")
                : given;
        }

        // ActivationLayer is Keras's Activation.
        string type = layer.GetType().Name;
        string stem = SnakeCase(type.Length > 5 && type.EndsWith("Layer", StringComparison.Ordinal) ? type[..^5] : type);
        string name = stem;
        for (int i = 1; names.Contains(name); i++)
        {
            name = $"{stem}_{i}";
        }

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
