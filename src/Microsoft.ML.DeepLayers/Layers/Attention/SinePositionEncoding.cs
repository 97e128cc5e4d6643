using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Says for each step where in the sequence it is, by sines and cosines of ever longer waves (Vaswani et al. 2017): for
/// position p and feature i of d, sin(p / wavelength^(2k / d)) for an even i = 2k and cos(p / wavelength^(2k / d)) for an
/// odd i = 2k + 1. It is meant to be added to the input, of which only the shape counts here; as in Keras, the layer gives
/// the encoding alone.
/// <para>Input and output <c>[batch, ..., steps, features]</c>, the same shape. Masks end here, as in Keras.</para>
/// <para>Keras: <c>SinePositionEncoding</c> (of KerasHub); ONNX: Range, Mul, Sin, Cos, Where and Expand.</para>
/// </summary>
/// <example>For <c>[100, 64]</c>, <c>new SinePositionEncoding()</c> gives <c>[100, 64]</c>, the same for every example.</example>
public sealed record SinePositionEncoding : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="maxWavelength">The longest wave, in steps, divided by 2π; at least 1. Default: 10,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">The wavelength is below 1 or not finite.</exception>
    public SinePositionEncoding(float maxWavelength = 10000)
    {
        if (!(maxWavelength >= 1 && float.IsFinite(maxWavelength)))
        {
            throw new ArgumentOutOfRangeException(nameof(maxWavelength), maxWavelength, "The wavelength must be at least 1, and finite.");
        }

        MaxWavelength = maxWavelength;
    }

    /// <summary>The longest wave, in steps, divided by 2π.</summary>
    public float MaxWavelength { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) =>
        input.Rank >= 2 ? input : throw new LayerShapeException(this, [input], "an input of shape [..., steps, features]");

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor frequencies = builder.Own(tensor(Frequencies(input[-1]), dtype: builder.NumberType, device: builder.TorchDevice).DetachFromDisposeScope());
        Tensor odd = builder.Own(tensor(Parity(input[-1]), dtype: ScalarType.Bool, device: builder.TorchDevice).DetachFromDisposeScope());
        return (x, _) =>
        {
            Tensor angles = TensorOperations.Arange(0, x.shape[^2], builder.NumberType, x.device).unsqueeze(1).mul(frequencies);
            return where(odd, angles.cos(), angles.sin()).expand(x.shape);
        };
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        const int Float = 1; // TensorProto.DataType
        const int Bool = 9;
        int features = input.Shape[-1];
        OnnxValue positions = onnx.Node("Cast", [AttentionMask.Positions(onnx, input, input.Shape.Rank - 1)], default, OnnxAttribute.Int("to", Float));
        float[] frequencies = [.. Frequencies(features).Select(frequency => (float)frequency)];
        OnnxValue angles = onnx.Node("Mul", [AttentionMask.Unsqueeze(onnx, positions, [1]), onnx.Constant(frequencies, features)], default);
        OnnxValue odd = onnx.Node("Cast", [onnx.Constant(Parity(features))], default, OnnxAttribute.Int("to", Bool));
        OnnxValue encoding = onnx.Node("Where", [odd, onnx.Node("Cos", [angles], default), onnx.Node("Sin", [angles], default)], default);
        return onnx.Node("Expand", [encoding, onnx.Node("Shape", [input], default)], input.Shape);
    }

    private static long[] Parity(int features) => [.. Enumerable.Range(0, features).Select(feature => feature % 2L)];

    /// <summary>The angle by which each feature turns from one step to the next.</summary>
    private double[] Frequencies(int features) =>
        [.. Enumerable.Range(0, features).Select(feature => Math.Pow(MaxWavelength, -2.0 * (feature / 2) / features))];
}
