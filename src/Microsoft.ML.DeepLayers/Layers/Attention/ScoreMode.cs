namespace Microsoft.ML.DeepLayers;

/// <summary>How <see cref="Layers.Attention"/> compares a step of the query with a step of the key. Keras: <c>score_mode</c>.</summary>
public enum ScoreMode
{
    /// <summary>Their inner product. Keras: <c>dot</c>.</summary>
    Dot,

    /// <summary>A weight times the sum of tanh(query + key) over the features. Keras: <c>concat</c>.</summary>
    Concat,
}
