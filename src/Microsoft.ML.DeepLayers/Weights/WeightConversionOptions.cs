namespace Microsoft.ML.DeepLayers;

/// <summary>How the layers of a file and of a network find each other.</summary>
public sealed class WeightConversionOptions
{
    /// <summary>
    /// Which layer of the file is which of the network, e.g. <c>["encoder.fc1"] = "dense"</c>. Layers that are not named
    /// here are matched by equal names, and the rest in the order of the file, by kind and shapes.
    /// </summary>
    public IDictionary<string, string> LayerNames { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Layers of the file, or what their names begin with, that are not to be taken, e.g. <c>classifier</c>.</summary>
    public ICollection<string> IgnoredLayers { get; init; } = [];

    /// <summary>
    /// Whether layers of the network may have no counterpart in the file. They are then left out of the result, and keep
    /// their initial values in training. Default: <see langword="false"/>.
    /// </summary>
    public bool AllowMissing { get; set; }

    /// <summary>
    /// The shapes of the inputs of a network that is not trained yet and does not state them itself; channels last.
    /// </summary>
    public IReadOnlyList<Shape> InputShapes { get; set; } = [];

    /// <summary>
    /// The number of units of the output layer that the trainer will add to a network that is not trained yet, where the
    /// file has that layer too; <see langword="null"/> (the default) leaves it out.
    /// </summary>
    public int? OutputUnits { get; set; }

    /// <summary>
    /// Whether PyTorch's network flattens images with the channels first, so that the weights behind must be reordered;
    /// <see langword="null"/> (the default) assumes so behind convolutions, pooling and image inputs.
    /// </summary>
    public bool? FlattensChannelsFirst { get; set; }
}
