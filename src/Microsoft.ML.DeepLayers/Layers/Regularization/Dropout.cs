using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Sets a random fraction of its inputs to zero in training, and divides the others by 1 - rate so that the expected
/// sum stays (Srivastava et al. 2014). At scoring it does nothing.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>Dropout</c>; ONNX: nothing.</para>
/// </summary>
public sealed record Dropout : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The fraction that is dropped; at least 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not within [0, 1).</exception>
    public Dropout(float rate)
    {
        if (rate is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "The rate must be at least 0 and below 1.");
        }

        Rate = rate;
    }

    /// <summary>The fraction that is dropped.</summary>
    public float Rate { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input;

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        double kept = 1 - (double)Rate;
        return (x, context) =>
        {
            if (!context.Training || Rate == 0)
            {
                return x;
            }

            // libtorch's own dropout draws from the generator that the whole process shares.
            return x.mul(empty_like(x).bernoulli_(kept, context.RequireGenerator(this)).div_(kept));
        };
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => input;
}
