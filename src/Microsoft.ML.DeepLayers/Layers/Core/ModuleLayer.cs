using Microsoft.ML.DeepLayers.Modules;
using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A TorchSharp module of the application's own as a layer, named by what <see cref="Network.RegisterModule"/> or
/// <see cref="Network.FromModule"/> registered it as: definitions and models hold the name and the weights, not the code.
/// <para>
/// Input <c>[batch, ...]</c>, exactly what the layer before gives: images are <c>[batch, rows, columns, channels]</c>, so a
/// module of convolutions permutes them first (<c>x.permute(0, 3, 1, 2)</c>, or <c>new Permute(3, 1, 2)</c> before it), and
/// sequences are <c>[batch, steps, features]</c> (an LSTM wants <c>batchFirst: true</c>). Output: any shape whose first
/// dimension is the batch; the shape is found by running the module on zeros.
/// </para>
/// <para>
/// Weights: the module's named parameters and buffers, e.g. <c>module/0.weight</c>. Parameters that require no gradient
/// stay as they are; buffers must be changed in place (integer ones are stored as floats, exact up to 2^24). They start as
/// the module's constructor makes them, from the seed of the training run.
/// </para>
/// <para>
/// Such a network is trained and scored by libtorch, because a module cannot be written as ONNX: processes that score
/// it need libtorch and the registration. It takes no sequences of variable length: it would not see which steps count.
/// </para>
/// <para>Keras: <c>TorchModuleWrapper</c>; ONNX: none.</para>
/// </summary>
/// <remarks>
/// Dropout within a module draws from libtorch's generator, which the whole process shares. A fit of such a network seeds
/// it, and puts the CPU's state back afterwards: the same seed gives the same weights unless something else in the
/// process draws from it meanwhile, such as another training of a module.
/// </remarks>
/// <example><code>
/// Network.RegisterModule("tower", () => nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.BatchNorm1d(16)));
/// var network = new Sequential { new Dense(8), new ModuleLayer("tower"), new Dropout(0.2f) };
/// </code></example>
public sealed record ModuleLayer : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="moduleName">The name that the module is registered as, now or before the network is used.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public ModuleLayer(string moduleName)
    {
        ArgumentException.ThrowIfNullOrEmpty(moduleName);
        ModuleName = moduleName;
    }

    /// <summary>The name that the module is registered as.</summary>
    public string ModuleName { get; }

    /// <inheritdoc/>
    public override bool CanExport => false;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The module is not registered.</exception>
    /// <exception cref="LibTorchNotFoundException">The application references no libtorch package.</exception>
    public override Shape ComputeOutputShape(Shape input)
    {
        ModuleTrial trial = ModuleRegistry.Get(ModuleName).Try(input);
        return trial.Output
            ?? throw new LayerShapeException(this, [input], $"an input that its module '{ModuleName}' takes", $"Tried with one example of zeros: {trial.Problem}.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input)
    {
        RegisteredModule module = ModuleRegistry.Get(ModuleName);
        var start = new ModuleStart(module);
        return [.. module.Try(input).Weights.Select(weight =>
            new WeightSpec(weight.Name, weight.Shape, new ModuleInitializer(start, weight.Name)) { Trainable = weight.Trainable })];
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // What it starts with is overwritten by the initializers or by a trained model.
        ModuleHolder holder = builder.Own(ModuleRegistry.Get(ModuleName).Create(seed: 0, builder.TorchDevice, builder.NumberType));
        foreach ((string name, TorchSharp.torch.Tensor tensor) in holder.Weights)
        {
            builder.Bind(name, tensor);
        }

        return (x, context) => holder.Forward(x, context.Training);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: a module has no ONNX form.</exception>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        throw new NotSupportedException($"The TorchSharp module '{ModuleName}' cannot be written as ONNX.");
}
