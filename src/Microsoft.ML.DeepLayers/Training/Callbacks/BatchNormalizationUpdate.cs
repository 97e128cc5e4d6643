namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Computes the moving means and variances of batch normalizations anew when training ends, for its final weights, by another pass
/// over the training data. For short trainings: with a momentum of 0.99, what the layers began with still counts for 0.99 to the
/// power of the number of steps (after 100 steps more than a third), and the rest is of weights that have changed since. A model
/// can then be much worse in validation and at scoring than it was in training.
/// <para>
/// What validation measured in the epochs before stays as it was. Put it behind an <see cref="EarlyStopping"/>, which would put the
/// best epoch's statistics back otherwise. Layers that are frozen stay as they are.
/// </para>
/// <para>Keras has none; PyTorch: <c>torch.optim.swa_utils.update_bn</c>.</para>
/// </summary>
/// <example><code>
/// Callbacks = { new BatchNormalizationUpdate() }
/// </code></example>
public sealed record BatchNormalizationUpdate : Callback
{
    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new Run(training);
    }

    private sealed class Run(TrainingRun training) : CallbackRun
    {
        public override void OnTrainEnd() => training.UpdateBatchNormalization();
    }
}
