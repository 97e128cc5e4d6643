namespace Microsoft.ML.DeepLayers;

/// <summary>Weights do not fit a network. All that does not fit is listed at once.</summary>
public sealed class WeightMismatchException : InvalidOperationException
{
    /// <summary>Creates the exception without details.</summary>
    public WeightMismatchException()
        : this("The weights do not fit the network.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What does not fit.</param>
    public WeightMismatchException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What does not fit.</param>
    /// <param name="innerException">What led to it.</param>
    public WeightMismatchException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal WeightMismatchException(string introduction, IReadOnlyList<string> problems)
        : base($"{introduction}: {string.Join("; ", problems)}.") => Problems = problems;

    /// <summary>What does not fit, one text each.</summary>
    public IReadOnlyList<string> Problems { get; } = [];
}
