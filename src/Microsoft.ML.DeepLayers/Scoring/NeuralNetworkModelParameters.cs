using System.Text.Json;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers;

/// <summary>A trained network without ML.NET's wrapping: its definition, its weights and what training measured.</summary>
public sealed class NeuralNetworkModelParameters
{
    private readonly Lazy<Network> definition;
    private readonly Lazy<Dictionary<string, TensorProto>> weights;

    internal NeuralNetworkModelParameters(TrainedNetwork network)
    {
        Trained = network;
        definition = new Lazy<Network>(() => Network.FromJson(network.DefinitionJson));
        weights = new Lazy<Dictionary<string, TensorProto>>(() =>
            OnnxWeights.Tensors(network.Onnx).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal));
    }

    /// <summary>The definition of the network, as it was given to the trainer.</summary>
    public Network Network => definition.Value;

    /// <summary>What training measured, epoch by epoch.</summary>
    public History History => Trained.History;

    /// <summary>The names of the weights in the order of the layers, e.g. <c>dense/kernel</c>.</summary>
    public IReadOnlyList<string> WeightNames => [.. weights.Value.Keys];

    /// <summary>All that training left behind.</summary>
    internal TrainedNetwork Trained { get; }

    /// <summary>
    /// The settings of the training, as a new object each time: change what is to be different, set
    /// <see cref="NeuralNetworkOptions.InitialModel"/>, and train on.
    /// </summary>
    public NeuralNetworkOptions GetOptions() =>
        JsonSerializer.Deserialize<NeuralNetworkOptions>(Trained.OptionsJson, ComponentJson.Options)!;

    /// <summary>A copy of a weight's values, in row-major order.</summary>
    /// <param name="name">One of <see cref="WeightNames"/>.</param>
    /// <exception cref="ArgumentException">There is no such weight.</exception>
    public float[] GetWeight(string name) => OnnxWeights.Values(Find(name));

    /// <summary>A weight's shape.</summary>
    /// <param name="name">One of <see cref="WeightNames"/>.</param>
    /// <exception cref="ArgumentException">There is no such weight.</exception>
    public Shape GetWeightShape(string name) => OnnxWeights.ShapeOf(Find(name));

    /// <summary>All weights, in the order of the layers, e.g. to write them to a file or to start another training from them.</summary>
    public NetworkWeights GetWeights() => OnnxWeights.Read(Trained.Onnx);

    /// <summary>
    /// The weights of a layer in the order in which it declares them, as Keras's <c>layer.get_weights()</c>. Their forms
    /// are those that the layer's documentation states.
    /// </summary>
    /// <param name="layer">The layer's name, e.g. <c>dense</c>.</param>
    /// <exception cref="ArgumentException">No layer of that name has weights.</exception>
    public IReadOnlyList<WeightTensor> GetWeights(string layer) => GetWeights().OfLayer(layer);

    private TensorProto Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return weights.Value.TryGetValue(name, out TensorProto? weight)
            ? weight
            : throw new ArgumentException($"The network has no weight '{name}'. It has: {string.Join(", ", weights.Value.Keys)}.", nameof(name));
    }
}
