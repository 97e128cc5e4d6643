using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>The exponential moving average of all trainable weights (Polyak and Juditsky 1992), beside the weights.</summary>
/// <param name="parameters">The weights.</param>
/// <param name="momentum">How much of the average is kept at each step.</param>
internal sealed class WeightAverage(ParameterBuffer parameters, double momentum) : IDisposable
{
    private bool isInUse;

    /// <summary>The average, or the weights themselves while the average is in their place, <c>[total]</c>.</summary>
    internal Tensor Average { get; } = parameters.Values.clone().DetachFromDisposeScope();

    /// <summary>Whether the average is in the place of the weights.</summary>
    internal bool IsInUse => isInUse;

    /// <summary>Takes in the weights after a step. Like Keras, the first step counts alone.</summary>
    /// <param name="steps">The number of steps taken.</param>
    internal void Update(long steps) => Average.lerp_(parameters.Values, steps <= 1 ? 1 : 1 - momentum);

    /// <summary>Puts the average in the place of the weights, or back.</summary>
    internal void Use(bool average)
    {
        if (average == isInUse)
        {
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor values = parameters.Values.clone();
        parameters.Values.copy_(Average);
        Average.copy_(values);
        isInUse = average;
    }

    public void Dispose() => Average.Dispose();
}
