namespace Microsoft.ML.DeepLayers;

/// <summary>How <see cref="Layers.Bidirectional"/> joins the outputs of its two directions.</summary>
public enum MergeMode
{
    /// <summary>One behind the other: twice as many features.</summary>
    Concat,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their product.</summary>
    Multiply,

    /// <summary>Their mean.</summary>
    Average,

    /// <summary>Not at all: they are two outputs.</summary>
    None,
}
