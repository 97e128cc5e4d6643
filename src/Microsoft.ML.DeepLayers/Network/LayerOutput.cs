using System.Runtime.CompilerServices;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// What a layer gives when it is applied, at its place in a network that is being defined: a placeholder without data,
/// made by <see cref="Layer.Apply"/> and read by other layers. An <see cref="Input"/> converts to one.
/// <para>Keras: <c>KerasTensor</c>.</para>
/// </summary>
public sealed class LayerOutput
{
    /// <summary>An Input is a value, but each instance is one place where data enters.</summary>
    private static readonly ConditionalWeakTable<Input, LayerCall> InputCalls = [];

    internal LayerOutput(LayerCall call, int index) => (Call, Index) = (call, index);

    /// <summary>The application of a layer that gives it.</summary>
    internal LayerCall Call { get; }

    /// <summary>Which of the layer's outputs it is.</summary>
    internal int Index { get; }

    /// <summary>The data that enters the network here.</summary>
    /// <param name="input">The input.</param>
    public static implicit operator LayerOutput(Input input) => FromInput(input);

    /// <summary>The data that enters the network here.</summary>
    /// <param name="input">The input.</param>
    public static LayerOutput FromInput(Input input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return InputCalls.GetValue(input, key => new LayerCall(key, [])).Outputs[0];
    }

    /// <summary>Another output of the same application of the layer.</summary>
    /// <param name="index">Its position, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The layer has no such output.</exception>
    public LayerOutput Output(int index) => index >= 0 && index < Call.Outputs.Count
        ? Call.Outputs[index]
        : throw new ArgumentOutOfRangeException(
            nameof(index), index, $"{Call.Layer.GetType().Name} has {Call.Outputs.Count} output(s), counted from 0.{(Call.Layer is RecurrentLayer { ReturnState: false } ? " It gives its states with returnState: true." : "")}");

    /// <summary>The two outputs of a layer, e.g. those of a GRU with returnState.</summary>
    /// <param name="first">The first output.</param>
    /// <param name="second">The second output.</param>
    public void Deconstruct(out LayerOutput first, out LayerOutput second) => (first, second) = (Output(0), Output(1));

    /// <summary>The three outputs of a layer, e.g. those of an LSTM with returnState.</summary>
    /// <param name="first">The first output.</param>
    /// <param name="second">The second output.</param>
    /// <param name="third">The third output.</param>
    public void Deconstruct(out LayerOutput first, out LayerOutput second, out LayerOutput third) =>
        (first, second, third) = (Output(0), Output(1), Output(2));
}

/// <summary>One application of a layer. Applying the same instance again shares its weights.</summary>
internal sealed class LayerCall
{
    internal LayerCall(Layer layer, IReadOnlyList<LayerOutput> inputs)
    {
        Layer = layer;
        Inputs = inputs;
        Outputs = [.. Enumerable.Range(0, layer.OutputCount).Select(index => new LayerOutput(this, index))];
    }

    internal Layer Layer { get; }

    internal IReadOnlyList<LayerOutput> Inputs { get; }

    internal IReadOnlyList<LayerOutput> Outputs { get; }
}
