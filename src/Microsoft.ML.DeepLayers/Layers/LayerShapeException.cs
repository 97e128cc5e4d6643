namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>A layer was given inputs of shapes that it cannot take. The message names the layer and both shapes.</summary>
public sealed class LayerShapeException : InvalidOperationException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="layer">The layer that complains.</param>
    /// <param name="inputShapes">The shapes that it was given, without the batch dimension.</param>
    /// <param name="expected">What it expects, e.g. "an input of shape [steps, features]".</param>
    /// <param name="advice">What to do about it; may be left out.</param>
    public LayerShapeException(Layer layer, IReadOnlyList<Shape> inputShapes, string expected, string? advice = null)
        : base(Describe(layer, inputShapes, expected, advice))
    {
    }

    private static string Describe(Layer layer, IReadOnlyList<Shape> inputShapes, string expected, string? advice)
    {
        ArgumentNullException.ThrowIfNull(layer);
        string name = layer.Name is { } given ? $"{layer.GetType().Name} '{given}'" : layer.GetType().Name;
        string received = string.Join(", ", inputShapes);
        string message = $"Layer {name} expects {expected}, but was given {received} (shapes without the batch dimension).";
        return advice is null ? message : $"{message} {advice}";
    }
}
