using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Finds the largest batch that memory has room for, by trying.</summary>
internal static class BatchSizeSearch
{
    /// <summary>Doubles a size for as long as it fits; the largest power of two that did.</summary>
    /// <param name="initial">The size to begin with.</param>
    /// <param name="max">The largest size.</param>
    /// <param name="fits">Whether batches of a size fit.</param>
    /// <exception cref="InvalidOperationException">Not even the first one fits.</exception>
    internal static int Find(int initial, int max, Func<int, bool> fits)
    {
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)initial + 1) / 2;
        int found = 0;
        while (size <= max && fits(size))
        {
            (found, size) = (size, size * 2);
        }

        return found > 0 ? found : throw new InvalidOperationException(
            $"Not even batches of {size} examples fit into memory. Begin with fewer (initial), or make the network or its inputs smaller.");
    }

    /// <summary>Whether two steps with batches of a size find enough memory.</summary>
    /// <param name="plan">The plan of the training.</param>
    /// <param name="size">The number of examples.</param>
    /// <param name="memoryBytes">How many bytes the layers' outputs and their gradients may take; a GPU knows its own limit.</param>
    internal static bool Fits(TrainingPlan plan, int size, long memoryBytes)
    {
        const int Steps = 2; // The second finds the optimizer's memory taken, too.
        var meter = new ActivationMeter(
            plan.Device.type == DeviceType.CUDA ? null : memoryBytes, GraphSegment.Of(plan.Graph, plan.Shapes, plan.Options.Rematerialization));
        TrainingPlan trial = plan with
        {
            Examples = plan.Examples with { Validation = null },
            Checkpoint = null,
            CallbacksInstead = [],
            BatchSizeInstead = size,
            EpochsInstead = Steps,
            LengthInstead = plan.Length,
            RepeatedBatches = 1,
            Observer = meter,
            Log = _ => { },
        };
        try
        {
            TrainingLoop.Run(trial);
            return true;
        }
        catch (Exception exception) when (IsOutOfMemory(exception))
        {
            return false;
        }
        catch (InvalidOperationException) when (meter.HasRun)
        {
            // It diverged, which is no matter of memory.
            return true;
        }
    }

    /// <summary>Whether memory ran out: of a GPU, of the computer by libtorch's own word, or of the budget.</summary>
    internal static bool IsOutOfMemory(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is OutOfMemoryException
                || cause.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
                || cause.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)
                || cause.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds up what the layers' outputs and their gradients take, those that a step does not keep once.</summary>
    private sealed class ActivationMeter(long? limit, IReadOnlyList<GraphSegment> segments) : IStepObserver
    {
        internal bool HasRun { get; private set; }

        public bool LooksAtValues => limit is not null;

        public void OnForward(BatchTensorSet batch, IReadOnlyList<Tensor>[] values)
        {
            long bytes = 2 * GraphSegment.PeakBytes(
                segments, value => values[value.Node][value.Output].numel() * values[value.Node][value.Output].element_size(), node => values[node].Count);
            if (bytes > limit)
            {
                throw new InsufficientMemoryException($"The outputs of the layers and their gradients take {bytes} bytes; {limit} may be taken.");
            }
        }

        public void OnBackward(StepOutcome outcome, ParameterBuffer parameters) => HasRun = true;

        public void OnStep(ParameterBuffer parameters)
        {
        }
    }
}
