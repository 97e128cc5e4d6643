using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Gives its input on as it is, and adds l1 · sum(|x|) + l2 · sum(x²) to the loss of a training step. The sum runs over the
/// whole batch and is not divided by its size, as in Keras 3 (Keras 2 divided).
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>ActivityRegularization</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new ActivityRegularization(l1: 1e-4f)</c> after a layer whose outputs are to be sparse.</example>
public sealed record ActivityRegularization : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="l1">The factor of the sum of absolute values; not negative. Default: 0.</param>
    /// <param name="l2">The factor of the sum of squares; not negative. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A factor is negative or not finite.</exception>
    public ActivityRegularization(float l1 = 0, float l2 = 0)
    {
        CheckFactor(l1, nameof(l1));
        CheckFactor(l2, nameof(l2));
        (L1, L2) = (l1, l2);
    }

    /// <summary>The factor of the sum of absolute values.</summary>
    public float L1 { get; }

    /// <summary>The factor of the sum of squares.</summary>
    public float L2 { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input;

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input) => (x, context) =>
    {
        if (L1 > 0)
        {
            context.AddLoss(x.abs().sum().Multiply(L1));
        }

        if (L2 > 0)
        {
            context.AddLoss(x.Square().sum().Multiply(L2));
        }

        return x;
    };

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => input;

    private static void CheckFactor(float factor, string parameter)
    {
        if (factor is not (>= 0 and < float.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(parameter, factor, "The factor must be a number of at least 0.");
        }
    }
}
