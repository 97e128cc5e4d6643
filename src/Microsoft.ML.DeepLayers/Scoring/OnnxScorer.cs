using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// Runs a trained network by ONNX Runtime. Threads may share it. Sessions are made when they are first needed, freed by
/// <see cref="Dispose"/> and made again from the kept bytes if somebody goes on: a PredictionEngine disposes the model
/// that it was made of, though others may still use it.
/// </summary>
internal sealed class OnnxScorer : NetworkScorer
{
    /// <summary>Larger networks are not held twice, once for batches and once for single rows; and their runs use several threads well.</summary>
    private const int ParallelBytes = 16 << 20;

    /// <summary>Each batch that is scored at the same time as others takes memory of its own.</summary>
    private const int MaxParallelism = 16;

    private readonly TrainedNetwork network;
    private readonly string[] inputNames;
    private readonly object gate = new();
    private readonly SharedSession?[] sessions = new SharedSession?[(int)SessionUse.SmallRows + 1];
    private readonly Lazy<RowCost?> cost;
    private TensorShapes? shapes;

    internal OnnxScorer(TrainedNetwork network)
    {
        this.network = network;
        inputNames = [.. network.GraphInputNames];
        cost = new Lazy<RowCost?>(() => RowCost.Read(network.Onnx));
        // What a batch of sequences of any length takes is not known before they are read: one at a time is enough of it.
        bool isParallel = network.Onnx.Length <= ParallelBytes && !network.Inputs.Any(input => input.IsSequence);
        Parallelism = isParallel ? Math.Min(Environment.ProcessorCount, MaxParallelism) : 1;
    }

    /// <summary>What a session is for.</summary>
    private enum SessionUse
    {
        /// <summary>Batches, each of which has all cores.</summary>
        Batches,

        /// <summary>Batches of which several are scored at the same time, by a thread each.</summary>
        ParallelBatches,

        /// <summary>Single rows of a small network. The last one: there is room for as many sessions.</summary>
        SmallRows,
    }

    /// <summary>
    /// Has ONNX Runtime's native library loaded on another thread, while ML.NET is still busy with the rest of a model zip and with
    /// its own start. Should that fail, whoever scores hears of it.
    /// </summary>
    internal static void Warm() => ThreadPool.UnsafeQueueUserWorkItem(
        _ =>
        {
            using NativeWork.Scope work = NativeWork.Begin();
            try
            {
                OnnxRuntimeLibrary.Load();
            }
            catch (Exception exception) when (exception is OnnxRuntimeException or DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
            {
            }
        },
        null);

    internal override RowCost? Cost => cost.Value;

    internal override ScoringBuffer CreateBuffer(int capacity, bool[] neededOutputs, bool isOneOfSeveral = false)
    {
        if (shapes is null)
        {
            using NativeWork.Scope work = NativeWork.Begin();
            Acquire(UseOf(capacity, isOneOfSeveral)).Release();
        }

        return new ScoringBuffer(shapes!, capacity, neededOutputs, [.. network.Outputs.Select(output => output.ScoreName)], isOneOfSeveral);
    }

    /// <exception cref="InvalidOperationException">ONNX Runtime failed; the message says what to look at.</exception>
    internal override void Run(ScoringBuffer buffer, int rows)
    {
        using NativeWork.Scope work = NativeWork.Begin();
        SharedSession session = Acquire(UseOf(buffer.Capacity, buffer.IsOneOfSeveral));
        try
        {
            (OrtValue[] inputs, OrtValue[] outputs) = buffer.Tensors(rows);
            session.Session.Run(session.RunOptions, inputNames, inputs, buffer.OutputNames, outputs);
            CountRun();
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidOperationException(
                $"ONNX Runtime could not score the network on {rows} rows of {Describe()}. Check that memory suffices and that the model works with the installed Microsoft.ML.OnnxRuntime: {exception.Message}",
                exception);
        }
        finally
        {
            session.Release();
        }
    }

    /// <summary>Frees the native sessions, once running scorings are done. It may be called often, and scoring may go on.</summary>
    public override void Dispose()
    {
        using NativeWork.Scope work = NativeWork.Begin();
        lock (gate)
        {
            foreach (SharedSession? session in sessions)
            {
                session?.Release();
            }

            Array.Clear(sessions);
        }
    }

    private SessionUse UseOf(int capacity, bool isOneOfSeveral)
    {
        if (isOneOfSeveral)
        {
            return SessionUse.ParallelBatches;
        }

        return capacity == 1 && network.Onnx.Length <= SharedSession.SmallBytes ? SessionUse.SmallRows : SessionUse.Batches;
    }

    private SharedSession Acquire(SessionUse use)
    {
        lock (gate)
        {
            SharedSession session = sessions[(int)use] ??= CreateSession(use);
            session.Retain();
            return session;
        }
    }

    private SharedSession CreateSession(SessionUse use)
    {
        SharedSession session;
        try
        {
            session = new SharedSession(network.Onnx, use);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
        {
            throw new InvalidOperationException(
                $"ONNX Runtime could not load the network that reads {Describe()}. Check that the native library of Microsoft.ML.OnnxRuntime for this system is beside the application, and that its version is not older than the one that the model was made with: {exception.Message}",
                exception);
        }

        try
        {
            shapes ??= TensorShapes.Read(session.Session, network);
            return session;
        }
        catch
        {
            session.Release();
            throw;
        }
    }

    private string Describe() => string.Join(", ", network.Inputs.Select(input => $"'{input.Name}' {input.Shape}"));

    /// <summary>A session that is freed when its owner and all who run it have let go.</summary>
    private sealed class SharedSession
    {
        /// <summary>
        /// Microseconds for which ONNX Runtime's threads wait for more work by spinning. Within a run, one node follows another
        /// faster than this. By default it is milliseconds, in which they keep others from their work: the reader of the next rows,
        /// or other requests of a service.
        /// </summary>
        private const string SpinMicroseconds = "100";

        /// <summary>
        /// Up to here a row takes microseconds, and threads with one each would wait for each other at the session's arena, which has
        /// one lock: two were slower than one. The C library's memory has none for small pieces; for batches the arena is faster.
        /// </summary>
        internal const int SmallBytes = 1 << 20;

        private int holders = 1;

        internal SharedSession(byte[] onnx, SessionUse use)
        {
            using SessionOptions options = OnnxRuntimeLibrary.CreateOptions();
            options.EnableCpuMemArena = use != SessionUse.SmallRows;
            // ONNX Runtime counts half the processors where a virtual machine hides what they are, and more than a container may use.
            options.IntraOpNumThreads = use switch
            {
                SessionUse.ParallelBatches => 1,
                SessionUse.Batches => Processor.Cores ?? 0,
                _ => 0,
            };

            options.AddSessionConfigEntry("session.intra_op.spin_duration_us", SpinMicroseconds);
            // Else the bytes decide, and might be taken for a model in ONNX Runtime's own format.
            options.AddSessionConfigEntry("session.load_model_format", "ONNX");
            Session = new InferenceSession(onnx, options);
        }

        internal InferenceSession Session { get; }

        internal RunOptions RunOptions { get; } = new();

        // Only under the scorer's lock, where the owner still holds on.
        internal void Retain() => Interlocked.Increment(ref holders);

        internal void Release()
        {
            if (Interlocked.Decrement(ref holders) == 0)
            {
                RunOptions.Dispose();
                Session.Dispose();
            }
        }
    }
}
