using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What a layer computes in training: tensors in, tensors out, each with the batch dimension first.</summary>
/// <param name="inputs">The inputs, <c>[batch, ...]</c>, channels last.</param>
/// <param name="context">Whether this is training, the masks of the inputs and the random generator to use.</param>
public delegate IReadOnlyList<Tensor> LayerFunction(IReadOnlyList<Tensor> inputs, ForwardContext context);

/// <summary>What a layer with one input and one output computes in training.</summary>
/// <param name="input">The input, <c>[batch, ...]</c>, channels last.</param>
/// <param name="context">Whether this is training, the mask of the input and the random generator to use.</param>
public delegate Tensor TensorFunction(Tensor input, ForwardContext context);
