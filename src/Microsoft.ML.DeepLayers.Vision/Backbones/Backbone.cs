using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// A published network for images, as a definition of the library's own layers: with random weights, or with published
/// ones. A value: <c>backbone with { IncludeTop = false }</c> is another one.
/// <para>
/// The definitions compute what torchvision's (of transformers, timm's) compute, so that the weights which those publish fit.
/// Layers have the names of that code, e.g. <c>layer1.0.conv1</c>.
/// </para>
/// <para>Keras: <c>keras.applications</c>.</para>
/// </summary>
/// <example><code>
/// Network network = new ResNet18 { IncludeTop = false, Pooling = FeaturePooling.Average }.ToNetwork();
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(network, featureColumnName: "Pixels");
/// </code></example>
public abstract record Backbone
{
    /// <summary>Mean and standard deviation of the pixels of ImageNet, per channel, as fractions of 255: what most published weights expect.</summary>
    private protected static readonly (float[] Mean, float[] Deviation) ImageNet = ([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    private readonly int height;
    private readonly int width;
    private readonly int classes = 1000;
    private readonly float widthMultiplier = 1;

    private protected Backbone(int size) => (height, width) = (size, size);

    /// <summary>The height of the images in pixels. Default: that of the published weights, mostly 224.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int Height
    {
        get => height;
        init => height = AtLeastOne(value, nameof(Height));
    }

    /// <summary>The width of the images in pixels. Default: that of the published weights, mostly 224.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int Width
    {
        get => width;
        init => width = AtLeastOne(value, nameof(Width));
    }

    /// <summary>
    /// Whether the network ends in the classification that it was published with: pooling, and <see cref="Classes"/> logits.
    /// Without it, it ends in its features, see <see cref="Pooling"/>. Default: <see langword="true"/>. Keras: <c>include_top</c>.
    /// </summary>
    public bool IncludeTop { get; init; } = true;

    /// <summary>The number of logits at the top; of no meaning without it. Default: ImageNet's 1000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int Classes
    {
        get => classes;
        init => classes = AtLeastOne(value, nameof(Classes));
    }

    /// <summary>What becomes of the features where there is no top; of no meaning with it. Default: <see cref="FeaturePooling.None"/>. Keras: <c>pooling</c>.</summary>
    public FeaturePooling Pooling { get; init; }

    /// <summary>
    /// Whether the network's first layer takes pixels from 0 to 255, in the order red, green, blue, and brings them to the
    /// scale that the published weights expect. Without it, that is left to the caller. Default: <see langword="true"/>.
    /// </summary>
    public bool IncludePreprocessing { get; init; } = true;

    /// <summary>
    /// By what the numbers of channels are multiplied. Weights of other widths than 1 are published for few networks. Default: 1.
    /// Keras: <c>alpha</c>; torchvision: <c>width_mult</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0.</exception>
    public float WidthMultiplier
    {
        get => widthMultiplier;
        init => widthMultiplier = value is > 0 and < float.PositiveInfinity
            ? value
            : throw new ArgumentOutOfRangeException(nameof(WidthMultiplier), value, "The width multiplier must be above 0.");
    }

    /// <summary>The shape of an image that the network reads: <c>[height, width, channels]</c>.</summary>
    public Shape InputShape => new(Height, Width, InputChannels);

    private protected virtual int InputChannels => 3;

    /// <summary>
    /// The definition as a network, which reads the trainer's feature column: a vector of height · width · channels numbers, or
    /// bytes, channels last.
    /// </summary>
    /// <exception cref="LayerShapeException">The images are too small, or of a size that the network cannot divide.</exception>
    /// <exception cref="InvalidOperationException">The pooling is none that this network has.</exception>
    public Network ToNetwork() => Define().Network;

    /// <summary>
    /// The stages of the network from input to output, which share out all its layers: the stem, the stages that the features
    /// pass, and the head, if there is one.
    /// </summary>
    /// <exception cref="LayerShapeException">The images are too small, or of a size that the network cannot divide.</exception>
    /// <exception cref="InvalidOperationException">The pooling is none that this network has.</exception>
    /// <example><code>
    /// // Layers near the input learn more slowly.
    /// IReadOnlyList&lt;BackboneStage&gt; stages = backbone.GetStages();
    /// var factors = new Dictionary&lt;string, float&gt;();
    /// for (int i = 0; i &lt; stages.Count; i++)
    /// {
    ///     foreach (string layer in stages[i].Layers)
    ///     {
    ///         factors[layer] = MathF.Pow(0.3f, stages.Count - 1 - i);
    ///     }
    /// }
    ///
    /// network = network.WithLayers(layer => layer with { LearningRateFactor = factors[layer.Name!] });
    /// </code></example>
    public IReadOnlyList<BackboneStage> GetStages()
    {
        (Network network, BackboneBuilder builder) = Define();
        NetworkGraph graph = network.Graph;
        GraphShapes shapes = graph.InferShapes([InputShape]);
        Dictionary<string, Shape> outputs = graph.Nodes.Select((node, i) => (node.Name, Shape: shapes.Outputs[i][0])).ToDictionary(StringComparer.Ordinal);
        return [.. builder.Stages.Where(stage => stage.Layers.Count > 0)
            .Select(stage => new BackboneStage(stage.Name, stage.Layers, outputs[stage.Layers[^1]], stage.IsHead))];
    }

    /// <summary>
    /// Reads published weights from a file, whose format and naming it finds out: safetensors, a <c>state_dict</c> of PyTorch,
    /// or an ONNX model, with torchvision's or timm's names (see the remarks of each network). Without the top, that of the
    /// file is left out, as the report says.
    /// </summary>
    /// <param name="path">The file, e.g. <c>resnet18-f37072fd.pth</c>.</param>
    /// <returns>The weights, for <see cref="NeuralNetworkOptions.InitialWeights"/>, and what became of each tensor.</returns>
    /// <exception cref="FormatException">The file is damaged, or of another kind.</exception>
    /// <exception cref="WeightMismatchException">The weights are those of another network; the message says which do not fit.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <example><code>
    /// var backbone = new ResNet18 { IncludeTop = false, Pooling = FeaturePooling.Average };
    /// var options = new NeuralNetworkOptions { InitialWeights = backbone.LoadWeights("resnet18-f37072fd.pth").Weights };
    /// </code></example>
    public WeightConversion LoadWeights(string path) => LoadWeights(NetworkWeights.Load(path));

    /// <summary>Makes the network's weights of tensors with torchvision's or timm's names.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <exception cref="WeightMismatchException">The weights are those of another network; the message says which do not fit.</exception>
    public WeightConversion LoadWeights(NetworkWeights tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return BackboneWeights.Convert(this, tensors, Namings);
    }

    /// <summary>The names that published tensors may have.</summary>
    private protected abstract IReadOnlyList<WeightNaming> Namings { get; }

    /// <summary>How layers are made where the network differs from the others.</summary>
    private protected virtual BackboneBuilder CreateBuilder() => new();

    /// <summary>What brings pixels from 0 to 255 to the scale that the published weights expect.</summary>
    private protected virtual Layer CreatePreprocessing() => Normalization(ImageNet.Mean, ImageNet.Deviation);

    /// <summary>The layers up to the features, in stages of which the first is <c>stem</c>.</summary>
    private protected abstract LayerOutput Features(BackboneBuilder builder, LayerOutput pixels);

    /// <summary>The layers from the features to the logits.</summary>
    private protected abstract LayerOutput Top(BackboneBuilder builder, LayerOutput features);

    /// <summary>What becomes of the features where there is no top.</summary>
    private protected virtual LayerOutput Pool(BackboneBuilder builder, LayerOutput features) => Pooling switch
    {
        FeaturePooling.None => features,
        FeaturePooling.Average => builder.Apply("pooling", new GlobalAveragePooling2D(), features),
        FeaturePooling.Max => builder.Apply("pooling", new GlobalMaxPooling2D(), features),
        _ => throw NoSuchPooling(),
    };

    private protected InvalidOperationException NoSuchPooling() =>
        new($"{GetType().Name} has no pooling '{Pooling}': use {nameof(FeaturePooling.Average)}, {nameof(FeaturePooling.Max)} or {nameof(FeaturePooling.None)}.");

    /// <summary>(pixels / 255 - mean) / deviation, per channel.</summary>
    private protected static Normalization Normalization(float[] mean, float[] deviation) => new(
        mean: [.. mean.Select(value => 255 * value)],
        variance: [.. deviation.Select(value => (float)Math.Pow(255.0 * value, 2))]);

    /// <summary>A number of channels times the width multiplier, rounded, and at least 1.</summary>
    private protected int Scaled(int channels) => Math.Max(1, (int)MathF.Round(channels * WidthMultiplier));

    private (Network Network, BackboneBuilder Builder) Define()
    {
        BackboneBuilder builder = CreateBuilder();
        var pixels = new Input(InputShape) { Name = "pixels" };
        builder.Begin("stem");
        LayerOutput x = IncludePreprocessing ? builder.Apply("preprocessing", CreatePreprocessing(), pixels) : pixels;
        x = Features(builder, x);
        builder.Begin("head", isHead: true);
        var network = new Network(pixels, IncludeTop ? Top(builder, x) : Pool(builder, x));
        _ = network.Graph.InferShapes([InputShape]);
        return (network, builder);
    }

    private static int AtLeastOne(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        return value;
    }
}
