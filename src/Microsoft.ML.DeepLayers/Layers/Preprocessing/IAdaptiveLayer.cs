namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A layer that learns something from the data before training: a mean, a vocabulary, the borders of bins. When training
/// starts anew, the training examples go by once, and each such layer sees what arrives at its place in the network; what
/// it finds becomes the values of weights that training does not change. Keras: <c>adapt</c>.
/// </summary>
/// <remarks>Only layers of the network itself are adapted, not those that another layer holds.</remarks>
public interface IAdaptiveLayer
{
    /// <summary>Begins a pass over the data, or says by <see langword="null"/> that there is nothing to learn.</summary>
    /// <param name="input">The shape of the layer's (first) input, without the batch dimension.</param>
    LayerAdaptation? BeginAdaptation(Shape input);
}
