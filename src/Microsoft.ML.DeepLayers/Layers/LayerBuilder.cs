using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Gives a layer what it needs to build its function: the weights that it declared, as tensors, and what they are to
/// be made of. It owns the tensors and everything handed to <see cref="Own"/>.
/// </summary>
public sealed class LayerBuilder : IDisposable
{
    private readonly Dictionary<string, WeightSpec> specs;
    private readonly Dictionary<string, Tensor> weights = new(StringComparer.Ordinal);
    private readonly List<IDisposable> owned = [];
    private readonly List<(string Name, Tensor Tensor)> aliases = [];
    private readonly Dictionary<string, LayerBuilder> inner = new(StringComparer.Ordinal);
    private readonly LayerBuilder? shared;

    /// <param name="layer">The layer.</param>
    /// <param name="inputShapes">The shapes of its inputs.</param>
    /// <param name="numberType">The floating-point type.</param>
    /// <param name="device">Where weights live.</param>
    /// <param name="shared">The builder of another application of the layer, whose weights are used.</param>
    internal LayerBuilder(
        Layer layer, IReadOnlyList<Shape> inputShapes, ScalarType numberType, TorchSharp.torch.Device device, LayerBuilder? shared = null)
    {
        this.shared = shared;
        Layer = layer;
        InputShapes = inputShapes;
        NumberType = numberType;
        TorchDevice = device;
        specs = layer.DeclareWeights(inputShapes).ToDictionary(spec => spec.Name, StringComparer.Ordinal);
    }

    /// <summary>The shapes of the layer's inputs, without the batch dimension.</summary>
    public IReadOnlyList<Shape> InputShapes { get; }

    /// <summary>
    /// The floating-point type of weights and activations: Float32; Float64 for gradient checks; BFloat16 or Float16 in mixed
    /// precision, for the library's own layers of large products.
    /// </summary>
    public ScalarType NumberType { get; }

    /// <summary>The device that weights live on.</summary>
    public TorchSharp.torch.Device TorchDevice { get; }

    /// <summary>The declared weights and their tensors, in the order of declaration.</summary>
    internal IEnumerable<(WeightSpec Spec, Tensor Tensor)> Weights =>
        specs.Values.Select(spec => (spec, weights.TryGetValue(spec.Name, out Tensor? tensor)
            ? tensor
            : throw new InvalidOperationException($"{Layer.GetType().Name} declares the weight '{spec.Name}' but its Build neither takes nor binds it.")));

    internal Layer Layer { get; }

    /// <summary>The layer and those that it has built within itself.</summary>
    internal IEnumerable<Layer> Layers => inner.Values.SelectMany(builder => builder.Layers).Prepend(Layer);

    /// <summary>
    /// Tensors that modules of further applications of the layer own, and that must follow the weight of that name.
    /// </summary>
    internal IEnumerable<(string Name, Tensor Tensor)> Aliases =>
        aliases.Concat(inner.SelectMany(item => item.Value.Aliases.Select(alias => ($"{item.Key}/{alias.Name}", alias.Tensor))));

    /// <summary>A weight that the layer declared: a tensor of the declared shape, filled before the first pass.</summary>
    /// <param name="name">The declared name.</param>
    public Tensor Weight(string name)
    {
        if (shared is not null)
        {
            return shared.weights[name];
        }

        if (!weights.TryGetValue(name, out Tensor? tensor))
        {
            WeightSpec spec = Spec(name);
            tensor = zeros(spec.Shape.Select(dimension => (long)dimension).ToArray(), NumberType, TorchDevice, requires_grad: spec.Trainable)
                .DetachFromDisposeScope();
            weights.Add(name, tensor);
            owned.Add(tensor);
        }

        return tensor;
    }

    /// <summary>Lets a tensor that a TorchSharp module owns stand for a declared weight.</summary>
    /// <param name="name">The declared name.</param>
    /// <param name="tensor">The tensor, of the declared shape.</param>
    public void Bind(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        WeightSpec spec = Spec(name);
        if (!tensor.shape.SequenceEqual(spec.Shape.Select(dimension => (long)dimension)))
        {
            throw new InvalidOperationException(
                $"{Layer.GetType().Name} declares the weight '{name}' with shape {spec.Shape} but binds a tensor of shape [{string.Join(", ", tensor.shape)}].");
        }

        if (shared is null)
        {
            tensor.requires_grad = spec.Trainable;
            weights.Add(name, tensor);
            return;
        }

        using (no_grad())
        {
            tensor.set_(shared.weights[name]);
        }

        shared.aliases.Add((name, tensor));
    }

    /// <summary>Hands something over to be disposed with the network.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="disposable">A module, or a tensor that is not a weight.</param>
    public T Own<T>(T disposable)
        where T : IDisposable
    {
        owned.Add(disposable);
        return disposable;
    }

    /// <summary>
    /// Builds a layer inside this one. Its weights are those that the outer layer declared under
    /// <c>prefix/name</c> (see <see cref="WeightSpec.Prefixed"/>).
    /// </summary>
    /// <param name="prefix">What the inner layer is called within the outer one.</param>
    /// <param name="layer">The inner layer.</param>
    /// <param name="inputShapes">The shapes of its inputs.</param>
    public LayerFunction BuildInner(string prefix, Layer layer, IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(layer);
        // What is in a frozen layer is frozen: a batch normalization must know it.
        layer = Layer.Trainable ? layer : layer with { Trainable = false };
        // Applied again, here or by the outer layer, it uses the weights that it has.
        LayerBuilder? existing = inner.GetValueOrDefault(prefix) ?? shared?.inner.GetValueOrDefault(prefix);
        LayerBuilder builder = Own(new LayerBuilder(layer, inputShapes, NumberType, TorchDevice, existing));
        LayerFunction function = builder.BuildLayer();
        if (existing is not null)
        {
            return function;
        }

        inner.Add(prefix, builder);
        foreach ((WeightSpec spec, Tensor tensor) in builder.Weights)
        {
            weights.Add($"{prefix}/{spec.Name}", tensor);
        }

        return function;
    }

    /// <summary>Builds the layer, with what its activity regularizer adds to the loss.</summary>
    internal LayerFunction BuildLayer()
    {
        LayerFunction function = Layer.Build(this);
        if (Layer.ActivityRegularizer is not { } regularizer)
        {
            return function;
        }

        return (inputs, context) =>
        {
            IReadOnlyList<Tensor> outputs = function(inputs, context);
            foreach (Tensor output in outputs)
            {
                // A sum over all values needs more digits than 16 bits have.
                context.AddLoss(regularizer.Penalty(NumberType is ScalarType.BFloat16 or ScalarType.Float16 ? output.to(ScalarType.Float32) : output));
            }

            return outputs;
        };
    }

    /// <summary>Frees the tensors and everything owned.</summary>
    public void Dispose()
    {
        foreach (IDisposable disposable in owned)
        {
            disposable.Dispose();
        }

        owned.Clear();
        weights.Clear();
    }

    private WeightSpec Spec(string name) =>
        specs.TryGetValue(name, out WeightSpec? spec)
            ? spec
            : throw new InvalidOperationException(
                $"{Layer.GetType().Name} asks for the weight '{name}', which its GetWeights does not declare (it declares: {string.Join(", ", specs.Keys)}).");
}
