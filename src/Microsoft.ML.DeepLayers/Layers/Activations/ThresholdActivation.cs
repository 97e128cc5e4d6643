using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x above <paramref name="threshold"/>, else <paramref name="defaultValue"/>. Keras: <c>threshold</c>; ONNX: Greater and Where.</summary>
    /// <param name="threshold">Above which number x remains.</param>
    /// <param name="defaultValue">What the other numbers become.</param>
    public static Activation Threshold(float threshold, float defaultValue) => new ThresholdActivation(threshold, defaultValue);
}

/// <summary>x above a threshold, else another value. Keras: <c>threshold</c>; ONNX: Greater and Where.</summary>
public sealed record ThresholdActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="threshold">Above which number x remains.</param>
    /// <param name="defaultValue">What the other numbers become.</param>
    public ThresholdActivation(float threshold, float defaultValue) => (Threshold, DefaultValue) = (threshold, defaultValue);

    /// <summary>Above which number x remains.</summary>
    public new float Threshold { get; }

    /// <summary>What the other numbers become.</summary>
    public float DefaultValue { get; }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.Threshold(Threshold, DefaultValue);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        OnnxValue above = onnx.Elementwise("Greater", input, [onnx.Constant([Threshold])]);
        return onnx.Elementwise("Where", above, [input, onnx.Constant([DefaultValue])]);
    }
}
