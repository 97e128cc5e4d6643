namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The inputs of attention in Keras's order: query, value and key. The key is the value where it is left out, and the
/// value is the query where that is left out too: self-attention.
/// </summary>
internal static class AttentionInputs
{
    /// <summary>Picks query, value and key.</summary>
    public static (T Query, T Value, T Key) Of<T>(IReadOnlyList<T> inputs)
    {
        T value = inputs[Math.Min(1, inputs.Count - 1)];
        return (inputs[0], value, inputs.Count > 2 ? inputs[2] : value);
    }

    /// <summary>Picks the shapes of query, value and key, if attention can take them.</summary>
    /// <param name="layer">The layer, for the message.</param>
    /// <param name="shapes">The shapes of the inputs.</param>
    /// <param name="returnAttentionScores">Whether the scores, which have two numbers of steps, are an output.</param>
    /// <exception cref="LayerShapeException">The inputs do not fit.</exception>
    public static (Shape Query, Shape Value, Shape Key) Check(Layer layer, IReadOnlyList<Shape> shapes, bool returnAttentionScores)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        if (shapes.Count is < 1 or > 3 || shapes.Any(shape => shape.Rank != 2))
        {
            throw new LayerShapeException(layer, shapes, "one to three inputs (query, value and key) of shape [steps, features]");
        }

        (Shape query, Shape value, Shape key) = Of(shapes);
        if (value[0] != key[0] && !value.HasVariableLength && !key.HasVariableLength)
        {
            throw new LayerShapeException(layer, shapes, "a value and a key with the same number of steps");
        }

        if (returnAttentionScores && shapes.Any(shape => shape.HasVariableLength))
        {
            throw new LayerShapeException(
                layer, shapes, "inputs of a known number of steps where it returns the attention scores", "Pad the sequences to one length.");
        }

        return (query, value, key);
    }
}
