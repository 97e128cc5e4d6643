using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Ends a training that has diverged.</summary>
internal static class FiniteCheck
{
    /// <summary>A model of NaNs must never be handed out as trained.</summary>
    /// <param name="plan">The plan of the run.</param>
    /// <param name="network">The network.</param>
    /// <param name="step">What holds the trainable weights.</param>
    /// <param name="result">What the epoch measured.</param>
    /// <exception cref="InvalidOperationException">The loss or a weight is not finite.</exception>
    internal static void Demand(TrainingPlan plan, TorchNetwork network, TrainingStep step, EpochResult result)
    {
        if (plan.MayDiverge)
        {
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        bool finite = double.IsFinite(result.Metrics["loss"])
            && step.Parameters.Values.isfinite().all().item<bool>()
            // Running statistics too: they take part in scoring, though not in the loss of training.
            && network.Weights.Where(weight => !weight.Spec.Trainable).All(weight => weight.Tensor.isfinite().all().item<bool>());
        if (!finite)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Training diverged in epoch {result.Epoch}: the loss is {result.Metrics["loss"]} and weights are not finite any more. Lower the learning rate (it is {result.LearningRate:G6}), or bring the features to a common scale (Transforms.NormalizeMeanVariance)."));
        }
    }
}
