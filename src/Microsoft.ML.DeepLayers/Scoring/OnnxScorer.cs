using System.Runtime.CompilerServices;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// Runs a trained network by ONNX Runtime. Threads may share it. The session is made when it is first needed, freed by
/// <see cref="Dispose"/> and made again from the kept bytes if somebody goes on: a PredictionEngine disposes the model
/// that it was made of, though others may still use it.
/// </summary>
internal sealed class OnnxScorer : NetworkScorer
{
    private readonly TrainedNetwork network;
    private readonly string[] inputNames;
    private readonly object gate = new();
    private SharedSession? current;
    private SharedSession? currentForRows;
    private TensorShapes? shapes;
    private RowCost? cost;

    internal OnnxScorer(TrainedNetwork network)
    {
        this.network = network;
        inputNames = [.. network.GraphInputNames];
    }

    /// <summary>
    /// Has ONNX Runtime's native library loaded on another thread, while ML.NET is still busy with the rest of a model zip and with
    /// its own start. Should that fail, whoever scores hears of it.
    /// </summary>
    internal static void Warm() => ThreadPool.UnsafeQueueUserWorkItem(
        _ =>
        {
            try
            {
                OrtEnv.Instance();
            }
            catch (Exception exception) when (exception is OnnxRuntimeException or DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
            {
            }
        },
        null);

    internal override RowCost? Cost
    {
        get
        {
            if (cost is null)
            {
                SharedSession session = Acquire(rowByRow: false);
                cost = RowCost.Read(session.Session.ModelMetadata.CustomMetadataMap);
                session.Release();
            }

            return cost;
        }
    }

    internal override ScoringBuffer CreateBuffer(int capacity, bool[] neededOutputs)
    {
        ReadModel(capacity == 1);
        return new ScoringBuffer(shapes!, capacity, neededOutputs, [.. network.Outputs.Select(output => output.ScoreName)]);
    }

    /// <exception cref="InvalidOperationException">ONNX Runtime failed; the message says what to look at.</exception>
    internal override void Run(ScoringBuffer buffer, int rows)
    {
        SharedSession session = Acquire(buffer.Capacity == 1);
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

    /// <summary>Frees the native session, once running scorings are done. It may be called often, and scoring may go on.</summary>
    public override void Dispose()
    {
        lock (gate)
        {
            current?.Release();
            currentForRows?.Release();
            (current, currentForRows) = (null, null);
        }
    }

    private void ReadModel(bool rowByRow)
    {
        if (shapes is null)
        {
            Acquire(rowByRow).Release();
        }
    }

    /// <param name="rowByRow">Whether for single rows: small models have a session of its own for them.</param>
    private SharedSession Acquire(bool rowByRow)
    {
        lock (gate)
        {
            ref SharedSession? session = ref rowByRow && network.Onnx.Length <= SharedSession.SmallBytes ? ref currentForRows : ref current;
            session ??= CreateSession(usesArena: Unsafe.AreSame(ref session, ref current));
            session.Retain();
            return session;
        }
    }

    private SharedSession CreateSession(bool usesArena)
    {
        SharedSession session;
        try
        {
            session = new SharedSession(network.Onnx, usesArena);
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

        internal SharedSession(byte[] onnx, bool usesArena)
        {
            using var options = new SessionOptions
            {
                // ONNX Runtime writes its warnings to the console, where they help nobody who made no ONNX.
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
                EnableCpuMemArena = usesArena,
            };
            options.AddSessionConfigEntry("session.intra_op.spin_duration_us", SpinMicroseconds);
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
