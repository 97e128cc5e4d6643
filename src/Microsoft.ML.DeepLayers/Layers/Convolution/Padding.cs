namespace Microsoft.ML.DeepLayers;

/// <summary>What happens at the borders of a sliding window, as in Keras.</summary>
public enum Padding
{
    /// <summary>Nothing is added: the window stays inside the input, and the output is smaller.</summary>
    Valid,

    /// <summary>
    /// As many positions are added as give ceil(input / stride) outputs: half at each end, the odd one at the end
    /// (TensorFlow's rule; PyTorch pads both ends alike).
    /// </summary>
    Same,

    /// <summary>All positions are added at the beginning, so that no output sees a later input. One-dimensional convolutions only.</summary>
    Causal,
}
