using Microsoft.ML.DeepLayers.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// Batches as tensors: the batches' memory is wrapped once, and copied only where the device is not the CPU. It is aligned as
/// libtorch's own, so that what is computed over it is the same to the bit.
/// </summary>
internal sealed class BatchTensors : IDisposable
{
    private readonly Dictionary<Batch, Wrapped> wrapped = [];
    private readonly torch.Device device;
    private readonly IReadOnlyList<Shape> shapes;

    internal BatchTensors(BatchPipeline pipeline, IReadOnlyList<Shape> shapes, torch.Device device)
    {
        this.device = device;
        this.shapes = shapes;
        foreach (Batch batch in pipeline.Batches)
        {
            wrapped.Add(batch, Wrap(batch));
        }
    }

    /// <summary>The tensors of a batch, owned by the current dispose scope and valid until the next batch is asked for.</summary>
    internal BatchTensorSet this[Batch batch]
    {
        get
        {
            Wrapped whole = wrapped[batch];
            return new BatchTensorSet(
                [.. whole.Inputs.Select((input, index) => input is null ? Sequences(batch, index) : Take(input, batch))],
                [.. whole.Labels.Select(label => Take(label, batch))],
                whole.Weights is null ? null : Take(whole.Weights, batch));
        }
    }

    public void Dispose()
    {
        foreach (Wrapped whole in wrapped.Values)
        {
            foreach (Tensor? tensor in whole.Inputs.Concat(whole.Labels))
            {
                tensor?.Dispose();
            }

            whole.Weights?.Dispose();
        }
    }

    private Wrapped Wrap(Batch batch)
    {
        Tensor Buffer(AlignedBuffer buffer, params long[] shape)
        {
            using Tensor all = frombuffer(buffer.Memory, ScalarType.Float32);
            using Tensor flat = all.narrow(0, buffer.Start, buffer.Length);
            return flat.view(shape).DetachFromDisposeScope();
        }

        return new Wrapped(
            [.. batch.Inputs.Select((buffer, index) => batch.Sequences[index] is null ? Buffer(buffer, shapes[index].WithBatch(batch.Capacity)) : null)],
            [.. batch.Labels.Zip(batch.Layout.Labels, (buffer, label) => label.VectorSize > 0
                ? Buffer(buffer, batch.Capacity, label.VectorSize)
                : Buffer(buffer, batch.Capacity))],
            batch.Weights is null ? null : Buffer(batch.Weights, batch.Capacity));
    }

    /// <summary>
    /// Sequences are as long as the longest of the batch, so that their tensor is a new one each time, in libtorch's own memory.
    /// </summary>
    private Tensor Sequences(Batch batch, int input)
    {
        SequenceBuffer sequences = batch.Sequences[input]!;
        long[] shape = [batch.Count, sequences.Steps, .. shapes[input].Skip(1).Select(dimension => (long)dimension)];
        Tensor tensor = frombuffer(sequences.Padded, ScalarType.Float32, shape.Aggregate(1L, (product, dimension) => product * dimension)).view(shape);
        return device.type == DeviceType.CPU ? tensor.clone() : tensor.to(device);
    }

    private Tensor Take(Tensor whole, Batch batch)
    {
        Tensor part = batch.IsFull ? whole.alias() : whole.narrow(0, 0, batch.Count);
        return device.type == DeviceType.CPU ? part : part.to(device);
    }

    private sealed record Wrapped(Tensor?[] Inputs, Tensor[] Labels, Tensor? Weights);
}

/// <summary>A batch as tensors.</summary>
/// <param name="Inputs">The inputs, each <c>[batch, ...]</c>.</param>
/// <param name="Labels">The labels of each output, <c>[batch]</c>, or <c>[batch, values]</c> where they are vectors.</param>
/// <param name="Weights">The weights, <c>[batch]</c>, or <see langword="null"/>.</param>
internal sealed record BatchTensorSet(Tensor[] Inputs, Tensor[] Labels, Tensor? Weights);
