using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the layers that make one output of several inputs have in common.</summary>
public abstract record Merge : Layer
{
    private protected Merge()
    {
    }

    /// <inheritdoc/>
    public sealed override int OutputCount => 1;

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        return inputShapes.Count > 0
            ? [OutputShape(inputShapes)]
            : throw new LayerShapeException(this, inputShapes, "at least one input");
    }

    /// <inheritdoc/>
    public sealed override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Func<IReadOnlyList<Tensor>, ForwardContext, Tensor> function = BuildMerge(builder.InputShapes);
        return (inputs, context) => [function(inputs, context)];
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        return [ExportMerge(onnx, inputs, OutputShape([.. inputs.Select(input => input.Shape)]))];
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(masks);
        return [MergeMasks(inputs, masks)];
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        return [ExportMergedMask(onnx, inputs)];
    }

    private protected abstract Shape OutputShape(IReadOnlyList<Shape> inputs);

    private protected abstract Func<IReadOnlyList<Tensor>, ForwardContext, Tensor> BuildMerge(IReadOnlyList<Shape> inputShapes);

    private protected abstract OnnxValue ExportMerge(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, Shape output);

    private protected abstract Tensor? MergeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks);

    private protected abstract OnnxValue? ExportMergedMask(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs);
}
