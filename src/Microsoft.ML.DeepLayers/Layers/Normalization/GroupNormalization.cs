using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Divides the channels into groups, brings each group of each example, over all positions, to mean 0 and variance 1,
/// then scales and shifts channel by channel: gamma · (x - mean) / sqrt(variance + epsilon) + beta (Wu and He 2018).
/// Training and scoring do the same. With as many groups as channels it is instance normalization.
/// <para>Input and output <c>[batch, ..., channels]</c>, the same shape. Gamma and beta are <c>[channels]</c>.</para>
/// <para>Keras: <c>GroupNormalization</c>; ONNX: InstanceNormalization between Reshapes, Mul and Add.</para>
/// </summary>
/// <example><c>new GroupNormalization(groups: 8)</c> normalizes images <c>[32, 32, 64]</c> in groups of 8 channels.</example>
public sealed record GroupNormalization : AffineNormalization
{
    /// <summary>Creates the layer.</summary>
    /// <param name="groups">The number of groups, which divides that of the channels; -1 for a group a channel. Default: 32.</param>
    /// <param name="axis">The axis of the channels; 0 is the batch, as in Keras. Default: -1, the last.</param>
    /// <param name="epsilon">What is added to the variance; above 0. Default: 0.001.</param>
    /// <param name="center">Whether a trained beta is added. Default: <see langword="true"/>.</param>
    /// <param name="scale">Whether a trained gamma multiplies. Default: <see langword="true"/>.</param>
    /// <param name="betaInitializer">How beta starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="gammaInitializer">How gamma starts. Default: <see cref="Constant.Ones"/>.</param>
    /// <param name="betaRegularizer">What the size of beta adds to the loss. Default: nothing.</param>
    /// <param name="gammaRegularizer">What the size of gamma adds to the loss. Default: nothing.</param>
    /// <param name="betaConstraint">What beta must satisfy. Default: anything.</param>
    /// <param name="gammaConstraint">What gamma must satisfy. Default: anything.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of groups, the axis or epsilon is out of range.</exception>
    public GroupNormalization(
        int groups = 32,
        int axis = -1,
        float epsilon = 1e-3f,
        bool center = true,
        bool scale = true,
        Initializer? betaInitializer = null,
        Initializer? gammaInitializer = null,
        Regularizer? betaRegularizer = null,
        Regularizer? gammaRegularizer = null,
        Constraint? betaConstraint = null,
        Constraint? gammaConstraint = null)
        : base(epsilon, center, scale, betaInitializer, gammaInitializer, betaRegularizer, gammaRegularizer, betaConstraint, gammaConstraint)
    {
        if (groups is not (-1 or >= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(groups), groups, "The number of groups must be at least 1, or -1 for a group a channel.");
        }

        ArgumentOutOfRangeException.ThrowIfZero(axis);
        (Groups, Axis) = (groups, axis);
    }

    /// <summary>The number of groups; -1 for a group a channel.</summary>
    public int Groups { get; }

    /// <summary>The axis of the channels.</summary>
    public int Axis { get; }

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        int channels = input[Position(input)];
        if (channels == Shape.Variable)
        {
            throw new LayerShapeException(this, [input], $"a known number of channels, along axis {Axis}");
        }

        return channels % GroupsOf(channels) == 0
            ? input
            : throw new LayerShapeException(
                this, [input], $"a number of channels that is a multiple of groups ({Groups})",
                channels < Groups ? $"There are {channels} channels: give a smaller number of groups." : null);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => Weights(new Shape(input[Position(input)]));

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor? gamma = Scale ? builder.Weight("gamma") : null;
        Tensor? beta = Center ? builder.Weight("beta") : null;
        long axis = Position(input) + 1;
        int groups = GroupsOf(input[Position(input)]);
        long[] places = [-1, .. Enumerable.Repeat(1L, input.Rank - 1)];
        return (x, _) =>
        {
            Tensor channelsFirst = x.movedim([axis], [1]);
            Tensor result = IsFused(x, gamma, beta)
                ? nn.functional.group_norm(channelsFirst, groups, gamma, beta, Epsilon)
                : Affine(nn.functional.group_norm(channelsFirst, groups, eps: Epsilon), gamma?.reshape(places), beta?.reshape(places));
            return result.movedim([1], [axis]);
        };
    }

    // libtorch's backward pass of all in one ends the process, or fails, unless the input, gamma and beta all want gradients.
    private static bool IsFused(Tensor x, Tensor? gamma, Tensor? beta) =>
        !is_grad_enabled() || (x.requires_grad && gamma is { requires_grad: true } && beta is { requires_grad: true });

    private static Tensor Affine(Tensor x, Tensor? gamma, Tensor? beta)
    {
        Tensor scaled = gamma is null ? x : x.mul(gamma);
        return beta is null ? scaled : scaled.Add(beta);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        Shape shape = input.Shape;
        int position = Position(shape);
        int channels = shape[position];
        int groups = GroupsOf(channels);
        bool isLast = position == shape.Rank - 1;
        int[] places = [.. shape.Where((_, index) => index != position)];
        long[] permutation = [0, position + 1, .. Enumerable.Range(1, shape.Rank).Where(axis => axis != position + 1)];

        // Now [batch, channels, ...]: by the layout where the channels are last, else by hand.
        OnnxValue value = isLast || position == 0 ? input : onnx.Transpose(input, shape, permutation);
        if (groups == channels && shape.Rank > 1)
        {
            value = Node("InstanceNormalization", value, Weight("gamma", 1, channels), Weight("beta", 0, channels));
        }
        else
        {
            value = Node("Reshape", value, onnx.Constant(0, groups, -1));
            value = Node("InstanceNormalization", value, Filled(1, groups), Filled(0, groups));
            value = Node("Reshape", value, onnx.Constant([0, channels, .. places]));
            value = Scale ? Node("Mul", value, ByChannel("gamma")) : value;
            value = Center ? Node("Add", value, ByChannel("beta")) : value;
        }

        return isLast || position == 0 ? value : onnx.Transpose(value, shape, [.. permutation.Select((_, axis) => (long)Array.IndexOf(permutation, axis))]);

        OnnxValue Node(string operation, params OnnxValue[] inputs)
        {
            OnnxAttribute[] attributes = operation == "InstanceNormalization" ? [OnnxAttribute.Float("epsilon", Epsilon)] : [];
            return isLast ? onnx.ChannelsFirstNode(operation, inputs, shape, attributes) : onnx.Node(operation, inputs, shape, attributes);
        }

        OnnxValue Filled(float number, int count) => onnx.Constant(Enumerable.Repeat(number, count).ToArray(), count);

        OnnxValue Weight(string name, float otherwise, int count) =>
            (name == "gamma" ? Scale : Center) ? onnx.Weight(name) : Filled(otherwise, count);

        OnnxValue ByChannel(string name) =>
            onnx.Node("Reshape", [onnx.Weight(name), onnx.Constant([channels, .. places.Select(_ => 1L)])], new Shape(channels));
    }

    private int Position(Shape input) => Axes.Position(this, [input], input, Axis);

    private int GroupsOf(int channels) => Groups == -1 ? channels : Groups;
}
