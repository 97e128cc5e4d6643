namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Which of the layers' outputs a training step keeps for the backward pass; what lies between is computed once more there,
/// from the last part of the network to the first. That takes less memory and more time, at most that of another forward
/// pass, and changes no number: weights are the same to the bit as without (activation checkpointing, Chen et al. 2016,
/// https://arxiv.org/abs/1604.06174). Keras: <c>RematScope</c>. An immutable value.
/// </summary>
/// <remarks>
/// The layers between two values that are kept make a segment, which is computed twice; the last one is not, since its
/// gradients come first. What a layer draws at random is the same both times, and what it learns of a batch by itself, such as
/// a moving average, it learns once (<see cref="Layers.ForwardContext.IsRecomputation"/>). The one exception to the bit is a
/// module of a user's on a GPU that draws random numbers: its numbers are the same both times, but not those that it would
/// draw without this option.
/// </remarks>
/// <example><code>
/// Rematerialization = Rematerialization.Automatic
/// Rematerialization = Rematerialization.After("block_4", "block_8", "block_12")
/// </code></example>
public sealed class Rematerialization : IEquatable<Rematerialization>
{
    private Rematerialization(IReadOnlyList<string> layerNames) => LayerNames = layerNames;

    /// <summary>
    /// Keeps the values for which what is kept, and the largest segment, together take the least: about √n segments for n layers
    /// of one size. A network for which nothing is gained by it is trained as without.
    /// </summary>
    public static Rematerialization Automatic { get; } = new([]);

    /// <summary>
    /// Keeps every layer's outputs, and computes again only what lies within a layer: for networks of large layers, such as
    /// <see cref="Layers.TransformerEncoder"/>, it saves the most. Keras: the mode <c>full</c>.
    /// </summary>
    public static Rematerialization Full { get; } = new([]);

    /// <summary>
    /// The layers behind which a segment ends; empty for <see cref="Automatic"/> and <see cref="Full"/>.
    /// </summary>
    public IReadOnlyList<string> LayerNames { get; }

    /// <summary>Ends a segment behind each of some layers.</summary>
    /// <param name="layerNames">
    /// Names of layers as the summary of the network shows them, or of nested networks, which end with their last layer.
    /// </param>
    /// <exception cref="ArgumentException">There are none, or one is empty or given twice.</exception>
    public static Rematerialization After(params IReadOnlyList<string> layerNames)
    {
        ArgumentNullException.ThrowIfNull(layerNames);
        if (layerNames.Count == 0)
        {
            throw new ArgumentException("Name one layer at least.", nameof(layerNames));
        }

        for (int i = 0; i < layerNames.Count; i++)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(layerNames[i], nameof(layerNames));
            if (layerNames.Take(i).Contains(layerNames[i], StringComparer.Ordinal))
            {
                throw new ArgumentException($"The layer '{layerNames[i]}' is named twice.", nameof(layerNames));
            }
        }

        return new Rematerialization([.. layerNames]);
    }

    /// <summary>Compares by value.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(Rematerialization? other) =>
        ReferenceEquals(this, other) || (other is not null && LayerNames.Count > 0 && LayerNames.SequenceEqual(other.LayerNames));

    /// <summary>Compares by value.</summary>
    /// <param name="obj">The other.</param>
    public override bool Equals(object? obj) => Equals(obj as Rematerialization);

    /// <summary>Follows from the names.</summary>
    public override int GetHashCode() => LayerNames.Aggregate(ReferenceEquals(this, Full) ? 1 : 0, HashCode.Combine);

    /// <summary><c>Automatic</c>, <c>Full</c>, or e.g. <c>after block_4, block_8</c>.</summary>
    public override string ToString() => LayerNames.Count > 0
        ? $"after {string.Join(", ", LayerNames)}"
        : ReferenceEquals(this, Full) ? nameof(Full) : nameof(Automatic);
}
