using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Sets a random fraction of its inputs to zero in training, and divides the others by 1 - rate so that the expected
/// sum stays (Srivastava et al. 2014). At scoring it does nothing.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>Dropout</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new Dropout(0.2f, noiseShape: new Shape(1, 64))</c> drops the same features at all steps of <c>[100, 64]</c>.</example>
public sealed record Dropout : StochasticLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The fraction that is dropped; at least 0 and below 1.</param>
    /// <param name="noiseShape">
    /// The shape, without the batch dimension, in which is decided what is dropped: 1 along dimensions that share one
    /// decision, else the dimension of the input (<see cref="Shape.Variable"/> for a variable one). Each example of a batch
    /// has decisions of its own. Default: a decision for each value.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not within [0, 1).</exception>
    public Dropout(float rate, Shape? noiseShape = null) => (Rate, NoiseShape) = (CheckRate(rate), noiseShape);

    /// <summary>The fraction that is dropped.</summary>
    public float Rate { get; }

    /// <summary>The shape in which is decided what is dropped; <see langword="null"/> for a decision for each value.</summary>
    public Shape? NoiseShape { get; }

    private protected override bool IsActive => Rate > 0;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => CheckNoiseShape(input, NoiseShape);

    private protected override Tensor Disturb(Tensor x, Generator generator)
    {
        double kept = 1 - (double)Rate;
        return x.mul(Draw(x, NoiseShape, kept, generator).DivideInPlace(kept));
    }
}
