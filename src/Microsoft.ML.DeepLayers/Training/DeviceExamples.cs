using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// Cached examples in the memory of the device, a tensor for each column, so that batches are put together there. Copied over
/// batch by batch they would have to wait for the device, and it for them. What was cached as bytes stays bytes.
/// </summary>
/// <param name="layout">The columns of the examples.</param>
/// <param name="shapes">The shapes of the inputs.</param>
/// <param name="device">The device.</param>
internal sealed class DeviceExamples(ExampleLayout layout, IReadOnlyList<Shape> shapes, torch.Device device) : IDisposable
{
    /// <summary>How much of the free memory examples may take: the network needs it more.</summary>
    private const double MostOfFreeMemory = 0.25;

    /// <summary>The examples that are copied over at a time.</summary>
    private const int BytesAtATime = 1 << 24;

    private readonly Dictionary<RowStore, BatchTensorSet?> stores = [];

    /// <summary>Whether examples of a layout can be held: sequences differ in length, so that their batches are put together by the processor.</summary>
    internal static bool CanHold(ExampleLayout layout, torch.Device device) => device.type == DeviceType.CUDA && !layout.HasSequences;

    /// <summary>Goes through rows; <see langword="null"/> where the device has no room for them.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="batchSize">How many make a batch.</param>
    internal IEnumerable<DeviceBatch>? Read(StoredRows rows, int batchSize)
    {
        if (!stores.TryGetValue(rows.Store, out BatchTensorSet? held))
        {
            held = HasRoom(rows.Store) ? TryUpload(rows.Store) : null;
            stores.Add(rows.Store, held);
        }

        return held is null ? null : Batches(held, rows.Order, batchSize);
    }

    public void Dispose()
    {
        foreach (BatchTensorSet? held in stores.Values)
        {
            foreach (Tensor? tensor in held is null ? [] : held.Inputs.Concat(held.Labels).Append(held.Weights))
            {
                tensor?.Dispose();
            }
        }
    }

    private IEnumerable<DeviceBatch> Batches(BatchTensorSet held, int[] rows, int batchSize)
    {
        using Tensor order = tensor(Array.ConvertAll(rows, row => (long)row), device: device).DetachFromDisposeScope();
        for (int start = 0; start < rows.Length; start += batchSize)
        {
            yield return new DeviceBatch(held, order, start, Math.Min(batchSize, rows.Length - start));
        }
    }

    private bool HasRoom(RowStore store)
    {
        long bytes = store.Count * (layout.Inputs.Select((input, i) => input.Size * (layout.IsPacked(i) ? 1L : sizeof(float))).Sum()
            + ((layout.Labels.Sum(label => label.Size) + 1L) * sizeof(float)));
        return device.type != DeviceType.CUDA || bytes < MostOfFreeMemory * GraphicsMemory.Free(device);
    }

    private BatchTensorSet? TryUpload(RowStore store)
    {
        try
        {
            return Upload(store);
        }
        catch (ExternalException)
        {
            return null; // Others took the memory meanwhile: then batch by batch.
        }
    }

    private BatchTensorSet Upload(RowStore store)
    {
        int count = store.Count;
        int capacity = (int)Math.Clamp(BytesAtATime / Math.Max(1, BatchPipeline.BytesOf(layout, 1)), 1, count);
        var pipeline = new BatchPipeline(layout, capacity);
        Batch batch = pipeline.Batches[0];
        using var here = new BatchTensors(pipeline, shapes, CPU);
        var held = new BatchTensorSet(
            [.. shapes.Select((shape, i) => Column(shape.WithBatch(count), layout.IsPacked(i) ? ScalarType.Byte : ScalarType.Float32))],
            [.. layout.Labels.Select(label => Column(label.VectorSize > 0 ? [count, label.VectorSize] : [count], ScalarType.Float32))],
            layout.HasWeight ? Column([count], ScalarType.Float32) : null);
        int[] rows = [.. Enumerable.Range(0, count)];
        for (int start = 0; start < count; start += batch.Count)
        {
            batch.Clear();
            store.AddTo(batch, rows.AsSpan(start), Math.Min(capacity, count - start));
            using DisposeScope scope = NewDisposeScope();
            BatchTensorSet part = here[batch];
            foreach ((Tensor to, Tensor from) in held.Inputs.Concat(held.Labels).Zip(part.Inputs.Concat(part.Labels)))
            {
                to.narrow(0, start, batch.Count).copy_(from);
            }

            held.Weights?.narrow(0, start, batch.Count).copy_(part.Weights!);
        }

        return held;
    }

    private Tensor Column(long[] shape, ScalarType type) => empty(shape, type, device).DetachFromDisposeScope();
}

/// <summary>A batch of examples that the device holds.</summary>
/// <param name="Held">All examples that it holds.</param>
/// <param name="Order">The rows of the pass.</param>
/// <param name="Start">Where in it the batch begins.</param>
/// <param name="Count">The number of examples.</param>
internal readonly record struct DeviceBatch(BatchTensorSet Held, Tensor Order, int Start, int Count)
{
    /// <summary>Puts the batch together; the tensors belong to the current dispose scope.</summary>
    internal BatchTensorSet Take()
    {
        Tensor rows = Order.narrow(0, Start, Count);
        return new BatchTensorSet(
            [.. Held.Inputs.Select(input => input.dtype == ScalarType.Byte ? input.index_select(0, rows).to(ScalarType.Float32) : input.index_select(0, rows))],
            [.. Held.Labels.Select(label => label.index_select(0, rows))],
            Held.Weights?.index_select(0, rows));
    }
}
