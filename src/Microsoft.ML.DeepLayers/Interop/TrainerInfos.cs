namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>Makes the characteristics that an <see cref="Microsoft.ML.Trainers.ITrainerEstimator{TTransformer, TModel}"/> tells.</summary>
internal static class TrainerInfos
{
    /// <param name="needsNormalization">Whether features should be of similar size.</param>
    /// <param name="wantsCaching">Whether a cached view of the data helps: with several passes over it, yes.</param>
    /// <param name="supportsValidation">Whether training takes a validation set.</param>
    /// <param name="continuesTraining">Whether training can begin with the weights of a model.</param>
    internal static TrainerInfo Create(bool needsNormalization, bool wantsCaching, bool supportsValidation, bool continuesTraining) =>
        new(needsNormalization, calibration: false, wantsCaching, supportsValidation, continuesTraining, supportTest: false);
}
