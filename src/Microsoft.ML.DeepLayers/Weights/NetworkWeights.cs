using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.DeepLayers.Weights.Files;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// The values of a network's weights, or the tensors of a file, by name and in order. An immutable value without
/// native memory. A network's weights are named <c>layer/weight</c>; those read from a file have the file's own names
/// (<see cref="WeightConversion"/> makes a network's of them).
/// </summary>
public sealed class NetworkWeights : IReadOnlyCollection<WeightTensor>
{
    private readonly ImmutableArray<WeightTensor> tensors;
    private readonly Dictionary<string, WeightTensor> byName;

    /// <summary>Creates a set of weights.</summary>
    /// <param name="tensors">The tensors, each with a name of its own.</param>
    /// <param name="metadata">Texts that go with them, as a safetensors file keeps them. Default: none.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name.</exception>
    public NetworkWeights(IEnumerable<WeightTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        this.tensors = [.. tensors];
        byName = new Dictionary<string, WeightTensor>(this.tensors.Length, StringComparer.Ordinal);
        foreach (WeightTensor tensor in this.tensors)
        {
            if (!byName.TryAdd(tensor.Name, tensor))
            {
                throw new ArgumentException($"Two tensors are named '{tensor.Name}'.", nameof(tensors));
            }
        }

        Metadata = metadata?.ToImmutableDictionary(StringComparer.Ordinal) ?? ImmutableDictionary<string, string>.Empty;
    }

    /// <summary>The number of tensors.</summary>
    public int Count => tensors.Length;

    /// <summary>The names in order.</summary>
    public IReadOnlyList<string> Names => [.. tensors.Select(tensor => tensor.Name)];

    /// <summary>Texts that go with the tensors: those of a safetensors file; for a Keras file, the names of its layers.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>A tensor by its name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public WeightTensor this[string name] => TryGet(name, out WeightTensor? tensor)
        ? tensor
        : throw new ArgumentException($"There is no tensor '{name}'. There are: {string.Join(", ", Names)}.", nameof(name));

    /// <summary>
    /// Reads a file of any of the formats below, which it tells by how the file begins: safetensors, PyTorch, Keras or ONNX.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FormatException">The file is damaged, or of another kind.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NetworkWeights Load(string path) => WeightFile.Read(path);

    /// <summary>
    /// Reads a safetensors file. Numbers of other types (F64, F16, BF16, I64, I32, I16, I8, U8, BOOL) become floats.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FormatException">The file is damaged; the message names it and the tensor.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NetworkWeights LoadSafeTensors(string path) => SafeTensorsFile.Read(path);

    /// <summary>
    /// Reads a <c>state_dict</c> that PyTorch's <c>torch.save</c> wrote (1.6 or later). Nothing but dictionaries, lists,
    /// numbers and tensors is read: a file that names any other class or function is refused, and nothing is run.
    /// Dictionaries within dictionaries, as checkpoints have, give names joined by dots; what is no tensor is left out.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FormatException">The file is damaged or holds something else; the message says what.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NetworkWeights LoadPyTorch(string path) => PyTorchReader.Read(path);

    /// <summary>
    /// Reads the weights of a Keras 3 file: <c>.weights.h5</c>, or <c>.keras</c>. The names are the file's paths, e.g.
    /// <c>layers/dense/vars/0</c>; <see cref="Metadata"/> has the layers' own names where the file tells, by path.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FormatException">The file is damaged or of another kind.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NetworkWeights LoadKeras(string path) => KerasFile.Read(path);

    /// <summary>
    /// Reads the weights of an ONNX model. They are given PyTorch's names and forms, as far as the exporter has left anything
    /// of them: <c>conv1.weight</c>, <c>bn1.running_mean</c>, of convolutions, dense layers and normalizations, in the order
    /// of the graph; a layer without any name is called <c>onnx::Conv_7</c>. Other parameters keep their names. The model of a
    /// network of this library keeps all names, <c>layer/weight</c>. The bounds are <see cref="ModelFileLimits.Default"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FormatException">The file is damaged, has no weights that are floats, or is not accepted; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NetworkWeights LoadOnnx(string path) => OnnxReader.Read(path, ModelFileLimits.Default);

    /// <summary>
    /// Reads the weights of an ONNX model as <see cref="LoadOnnx(string)"/> does, with bounds of its own: e.g. one whose numbers
    /// are in files beside it, <c>new ModelFileLimits { AllowExternalData = true }</c>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What the file may have.</param>
    /// <exception cref="FormatException">The file is damaged, has no weights that are floats, or is not accepted; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NetworkWeights LoadOnnx(string path, ModelFileLimits limits) => OnnxReader.Read(path, limits);

    /// <summary>Reads the weights of a checkpoint (<see cref="ModelCheckpoint"/>), without what else training remembers there, such as their average.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FormatException">The file is damaged, or no checkpoint.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NetworkWeights LoadCheckpoint(string path) => Training.Checkpoint.Load(path).Weights;

    /// <summary>Writes a safetensors file of F32 tensors, with <see cref="Metadata"/>. An existing file is replaced at the very end.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public void SaveSafeTensors(string path) => SafeTensorsFile.Write(path, this);

    /// <summary>
    /// Writes a <c>state_dict</c> that <c>torch.load(path, weights_only=True)</c> reads, with the names as they are here.
    /// An existing file is replaced at the very end.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public void SavePyTorch(string path) => PyTorchWriter.Write(path, this);

    /// <summary>Looks for a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tensor">The tensor, if there is one.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out WeightTensor? tensor)
    {
        ArgumentNullException.ThrowIfNull(name);
        return byName.TryGetValue(name, out tensor);
    }

    /// <summary>The weights of a layer in the order in which it declares them, as Keras's <c>layer.get_weights()</c>.</summary>
    /// <param name="layer">The layer's name.</param>
    /// <exception cref="ArgumentException">No tensor is named <c>layer/...</c>.</exception>
    public IReadOnlyList<WeightTensor> OfLayer(string layer)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        WeightTensor[] found = [.. tensors.Where(tensor => IsOf(layer, tensor))];
        return found.Length > 0
            ? found
            : throw new ArgumentException(
                $"No layer '{layer}' has weights. Those that have: {string.Join(", ", Names.Select(name => name.Split('/')[0]).Distinct())}.", nameof(layer));
    }

    /// <summary>The same weights with some replaced or, under new names, added.</summary>
    /// <param name="changed">The new tensors.</param>
    public NetworkWeights With(params IEnumerable<WeightTensor> changed)
    {
        var replacements = new NetworkWeights(changed);
        return new NetworkWeights(
            [.. tensors.Select(tensor => replacements.byName.GetValueOrDefault(tensor.Name, tensor)), .. replacements.Where(tensor => !byName.ContainsKey(tensor.Name))],
            Metadata);
    }

    /// <summary>The same weights without those of some layers, e.g. to train a new output layer on an old body.</summary>
    /// <param name="layers">The layers' names.</param>
    /// <exception cref="ArgumentException">A layer has no weights here.</exception>
    public NetworkWeights Without(params IEnumerable<string> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        HashSet<WeightTensor> gone = [.. layers.SelectMany(OfLayer)];
        return new NetworkWeights(tensors.Where(tensor => !gone.Contains(tensor)), Metadata);
    }

    /// <inheritdoc/>
    public IEnumerator<WeightTensor> GetEnumerator() => ((IEnumerable<WeightTensor>)tensors).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The names and shapes.</summary>
    public override string ToString() => string.Join(", ", tensors);

    private static bool IsOf(string layer, WeightTensor tensor) =>
        tensor.Name.Length > layer.Length && tensor.Name[layer.Length] == '/' && tensor.Name.StartsWith(layer, StringComparison.Ordinal);
}
