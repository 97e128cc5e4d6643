using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers;

/// <summary>A training run as callbacks see it.</summary>
public sealed class TrainingRun
{
    private readonly TorchNetwork network;
    private readonly Action<string> log;
    private NetworkWeights? kept;

    internal TrainingRun(TorchNetwork network, bool hasValidation, IReadOnlyList<string> metrics, Action<string> log)
    {
        this.network = network;
        this.log = log;
        HasValidation = hasValidation;
        Metrics = metrics;
    }

    /// <summary>Whether there is a validation set, and so metrics that begin with <c>val_</c>.</summary>
    public bool HasValidation { get; }

    /// <summary>The names of the metrics that every epoch measures.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>The epoch whose weights were restored, if any.</summary>
    internal int? RestoredEpoch { get; private set; }

    internal bool StopRequested { get; private set; }

    private int KeptEpoch { get; set; }

    /// <summary>Ends training after this epoch.</summary>
    /// <param name="reason">Why, for the log.</param>
    public void Stop(string reason)
    {
        StopRequested = true;
        Log(reason);
    }

    /// <summary>Remembers the weights as they are now, in place of those remembered before.</summary>
    /// <param name="epoch">The number of the epoch that they come from.</param>
    public void KeepWeights(int epoch) => (kept, KeptEpoch) = (network.Snapshot(), epoch);

    /// <summary>Puts the remembered weights back; without any remembered, nothing changes.</summary>
    public void RestoreWeights()
    {
        if (kept is not null)
        {
            network.Load(kept);
            RestoredEpoch = KeptEpoch;
        }
    }

    /// <summary>Writes a line to <c>mlContext.Log</c>.</summary>
    /// <param name="message">The line.</param>
    public void Log(string message) => log(message);
}
