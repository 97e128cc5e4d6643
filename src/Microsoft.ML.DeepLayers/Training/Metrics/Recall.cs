using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// true positives / (true positives + false negatives): which part of what is true is predicted to be so; 0 where nothing is.
/// Keras: <c>Recall</c>, with one threshold.
/// </summary>
/// <example><c>new Recall(classId: 2, name: "recall_of_2")</c></example>
public sealed record Recall : PositivesMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="threshold">
    /// The probability above which a value is predicted to be true; from 0 to 1. <see langword="null"/> (the default) for
    /// 0.5, or for none with <paramref name="topK"/>.
    /// </param>
    /// <param name="topK">
    /// At least 1: the values of an example that are not among that many highest are predicted to be false.
    /// <see langword="null"/> (the default) for no such limit.
    /// </param>
    /// <param name="classId">The class that alone counts, from 0. <see langword="null"/> (the default) counts all.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>recall</c>.</param>
    /// <exception cref="ArgumentException">A number lies outside its range, or the name is empty.</exception>
    public Recall(float? threshold = null, int? topK = null, int? classId = null, string? name = null)
        : base(threshold, topK, classId, name, "recall")
    {
    }

    private protected override Tensor Among(Tensor predicted, Tensor actual) => actual;
}
