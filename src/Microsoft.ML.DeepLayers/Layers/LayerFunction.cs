using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What a layer computes in training: tensors in, tensors out, each with the batch dimension first.</summary>
/// <param name="inputs">The inputs, <c>[batch, ...]</c>, channels last.</param>
/// <param name="context">Whether this is training, and the random generator to use.</param>
public delegate IReadOnlyList<Tensor> LayerFunction(IReadOnlyList<Tensor> inputs, ForwardContext context);

/// <summary>What a layer with one input and one output computes in training.</summary>
/// <param name="input">The input, <c>[batch, ...]</c>, channels last.</param>
/// <param name="context">Whether this is training, and the random generator to use.</param>
public delegate Tensor TensorFunction(Tensor input, ForwardContext context);

/// <summary>What a layer's function may ask about the pass that it is part of.</summary>
/// <param name="Training"><see langword="true"/> in a training step; dropout and batch statistics are active only then.</param>
/// <param name="Generator">
/// The random generator of this training run, on the device of the tensors. libtorch's own generator is shared by the
/// whole process: use this one, or concurrent trainings disturb each other.
/// </param>
public sealed record ForwardContext(bool Training, Generator? Generator);
