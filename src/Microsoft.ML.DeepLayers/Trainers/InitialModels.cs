namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>Finds the network in a model that training is to continue from.</summary>
internal static class InitialModels
{
    /// <summary>The last network of a transformer or, however nested, chain.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal static NeuralNetworkTransformer Find(ITransformer model) =>
        All(model).LastOrDefault() ?? throw new ArgumentException(
            $"{nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.InitialModel)} is a {model.GetType().Name} without a trained network. Give the transformer that NeuralNetwork(...).Fit returned, or a chain that holds it.");

    private static IEnumerable<NeuralNetworkTransformer> All(ITransformer model) => model switch
    {
        NeuralNetworkTransformer network => [network],
        IEnumerable<ITransformer> chain => chain.SelectMany(All),
        _ => [],
    };
}
