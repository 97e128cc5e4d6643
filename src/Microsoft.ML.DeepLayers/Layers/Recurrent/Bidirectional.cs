using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Reads a sequence in both directions with two copies of a recurrent layer, and joins what they give.
/// <para>
/// Input <c>[batch, steps, features]</c>; output <c>[batch, 2 · units]</c> (or units, if the outputs are not
/// concatenated), or <c>[batch, steps, 2 · units]</c> where the layer has returnSequences.
/// </para>
/// <para>The weights are those of the layer, twice: <c>forward/kernel</c>, <c>backward/kernel</c> and so on.</para>
/// <para>Keras: <c>Bidirectional</c>; ONNX: two of the layer's operators.</para>
/// </summary>
/// <example><c>new Bidirectional(new LSTM(32))</c> turns <c>[100, 8]</c> into <c>[64]</c>.</example>
public sealed record Bidirectional : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="layer">The layer that reads forwards, a <see cref="RecurrentLayer"/>; a copy of it reads the other way.</param>
    /// <param name="mergeMode">How the outputs are joined. Default: <see cref="MergeMode.Concat"/>.</param>
    /// <exception cref="ArgumentException">The layer is not recurrent.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mode is none of those that exist.</exception>
    public Bidirectional(Layer layer, MergeMode mergeMode = MergeMode.Concat)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (layer is not RecurrentLayer)
        {
            throw new ArgumentException($"Bidirectional takes a recurrent layer (SimpleRNN, LSTM or GRU), but was given {layer.GetType().Name}.", nameof(layer));
        }

        if (!Enum.IsDefined(mergeMode))
        {
            throw new ArgumentOutOfRangeException(nameof(mergeMode), mergeMode, "The mode must be Concat, Sum, Multiply or Average.");
        }

        (Layer, MergeMode) = (layer, mergeMode);
    }

    /// <summary>The layer that reads forwards.</summary>
    public Layer Layer { get; }

    /// <summary>How the outputs are joined.</summary>
    public MergeMode MergeMode { get; }

    private RecurrentLayer Forward => (RecurrentLayer)Layer;

    private RecurrentLayer Backward => Forward with { GoBackwards = !Forward.GoBackwards };

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        Shape output = Forward.ComputeOutputShape(input);
        return MergeMode == MergeMode.Concat ? output.With(-1, 2 * output[-1]) : output;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) =>
        [.. WeightSpec.Prefixed("forward", Forward.GetWeights(input)), .. WeightSpec.Prefixed("backward", Backward.GetWeights(input))];

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        LayerFunction forward = builder.BuildInner("forward", Forward, [input]);
        LayerFunction backward = builder.BuildInner("backward", Backward, [input]);
        return (x, context) =>
        {
            Tensor first = forward([x], context)[0];
            Tensor second = backward([x], context)[0];
            // The second begins with the last step: each step is to meet its own.
            second = Forward.ReturnSequences ? second.flip(1) : second;
            return MergeMode switch
            {
                MergeMode.Concat => cat([first, second], -1),
                MergeMode.Sum => first.add(second),
                MergeMode.Multiply => first.mul(second),
                _ => first.add(second).div(2),
            };
        };
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        OnnxValue first = Forward.Export(onnx.Inner("forward"), input);
        OnnxValue second = Backward.Export(onnx.Inner("backward"), input);
        second = Forward.ReturnSequences ? RecurrentLayer.ReverseSteps(onnx, second) : second;
        return MergeMode switch
        {
            MergeMode.Concat => onnx.Node("Concat", [first, second], ComputeOutputShape(input.Shape), OnnxAttribute.Int("axis", -1)),
            MergeMode.Sum => onnx.Binary("Add", first, second),
            MergeMode.Multiply => onnx.Binary("Mul", first, second),
            _ => onnx.Elementwise("Mul", onnx.Binary("Add", first, second), [onnx.Constant([0.5f])]),
        };
    }
}
