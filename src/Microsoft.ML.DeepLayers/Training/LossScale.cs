namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// By what the loss is multiplied so that its gradients can be told from 0 in float16, as Keras's <c>LossScaleOptimizer</c>
/// does: half as much after gradients that are not finite, twice as much after many that are.
/// </summary>
internal sealed class LossScale
{
    /// <summary>The factor of a new training.</summary>
    internal const double Initial = 1 << 15;

    /// <summary>After how many good steps on end the factor doubles.</summary>
    internal const int GrowthSteps = 2000;

    /// <summary>The factor.</summary>
    internal double Factor { get; set; } = Initial;

    /// <summary>How many steps have been good since the factor changed.</summary>
    internal int GoodSteps { get; set; }

    /// <summary>Takes note of a step.</summary>
    /// <param name="isFinite">Whether its gradients were finite.</param>
    internal void Update(bool isFinite)
    {
        if (!isFinite)
        {
            (Factor, GoodSteps) = (Factor / 2, 0);
        }
        else if (++GoodSteps == GrowthSteps)
        {
            (Factor, GoodSteps) = (Factor * 2, 0);
        }
    }
}
