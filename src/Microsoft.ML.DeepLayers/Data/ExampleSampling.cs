namespace Microsoft.ML.DeepLayers;

/// <summary>Which examples an epoch of training takes. Validation takes all of its own, once each.</summary>
public enum ExampleSampling
{
    /// <summary>Every example once. The default.</summary>
    Uniform,

    /// <summary>
    /// Every class that the training data has equally often: as many examples as there are, each drawn at random, with
    /// replacement, from a class drawn at random. Examples of rare classes come several times an epoch.
    /// </summary>
    BalancedClasses,

    /// <summary>
    /// As many examples as there are, each drawn at random, with replacement, with a chance in proportion to its weight
    /// (<see cref="NeuralNetworkOptions.ExampleWeightColumnName"/>), which then does not weigh the loss of training.
    /// </summary>
    ByWeight,
}
