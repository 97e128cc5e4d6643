namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>What a <see cref="Backbone"/> without its top makes of its last features. Keras: <c>pooling</c>.</summary>
public enum FeaturePooling
{
    /// <summary>Nothing: the output is the feature map <c>[height, width, channels]</c>, or a transformer's tokens <c>[tokens, channels]</c>.</summary>
    None,

    /// <summary>The average of each channel over all places (of a transformer: over all patches, without the class token): <c>[channels]</c>.</summary>
    Average,

    /// <summary>The largest value of each channel over all places: <c>[channels]</c>.</summary>
    Max,

    /// <summary>The class token: <c>[channels]</c>. Transformers only.</summary>
    ClassToken,
}
