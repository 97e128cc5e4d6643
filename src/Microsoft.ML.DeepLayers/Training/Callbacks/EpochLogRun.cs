using Microsoft.ML.DeepLayers.Reporting;

namespace Microsoft.ML.DeepLayers;

/// <summary>Writes a line an epoch to a file.</summary>
/// <param name="path">The file.</param>
/// <param name="append">Whether what it holds stays.</param>
internal abstract class EpochLogRun(string path, bool append) : CallbackRun
{
    private EpochLog? log;
    private bool isResumed;

    public override void OnEpochBegin(int epoch)
    {
        // Only now is it known whether training was resumed; and a file that cannot be written still shows before it begins.
        if (log is null)
        {
            log = EpochLog.Open(path, append || isResumed, isResumed ? epoch : null, EpochOf);
            Opened(log);
        }
    }

    public override void OnEpochEnd(EpochResult result) => log!.Write(Line(result));

    /// <summary>Something must be remembered for a resumed run to learn that it is one.</summary>
    public override IReadOnlyDictionary<string, double> GetState() => new Dictionary<string, double> { ["resumes"] = 1 };

    public override void SetState(IReadOnlyDictionary<string, double> state) => isResumed = true;

    /// <summary>The epoch that a line is of, if any.</summary>
    protected abstract int? EpochOf(string line);

    /// <summary>The line of an epoch.</summary>
    protected abstract string Line(EpochResult result);

    /// <summary>Called once the file is open.</summary>
    protected virtual void Opened(EpochLog log)
    {
    }

    protected override void Dispose(bool disposing)
    {
        log?.Dispose();
        base.Dispose(disposing);
    }
}
