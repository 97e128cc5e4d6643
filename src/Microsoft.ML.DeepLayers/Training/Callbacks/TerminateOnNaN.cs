using System.Globalization;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Ends training with an error at the first batch whose loss is not finite (NaN or infinite) or whose gradients hold a NaN,
/// before they spoil the weights; and says where in the network that began. Without it the end of the epoch shows it. Keras:
/// <c>TerminateOnNaN</c>, which stops without an error.
/// </summary>
/// <remarks>It needs the loss of every batch, so that a GPU no longer works ahead.</remarks>
public sealed record TerminateOnNaN : Callback
{
    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new Run(training);
    }

    private sealed class Run : CallbackRun
    {
        private readonly TrainingRun training;

        internal Run(TrainingRun training)
        {
            this.training = training;
            training.BeforeStep += Check;
        }

        /// <exception cref="InvalidOperationException">A number is not finite.</exception>
        private void Check(BatchResult batch)
        {
            if (training.LocateNotFinite() is { } place)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Training diverged at step {batch.Step + 1}, batch {batch.Batch} of epoch {batch.Epoch}: the loss is {batch.Loss}. The first that is not finite is {place}. Lower the learning rate (it is {batch.LearningRate:G6}), clip the gradients, or bring the features to a common scale (Transforms.NormalizeMeanVariance)."));
            }
        }

        protected override void Dispose(bool disposing)
        {
            training.BeforeStep -= Check;
            base.Dispose(disposing);
        }
    }
}
