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

    /// <summary>Creates the exception; the message names the first problems, and how many more there are.</summary>
    internal WeightMismatchException(string introduction, IReadOnlyList<string> problems, string? advice = null)
        : base(Text(introduction, problems) + (advice is null ? "" : $" {advice}")) => Problems = problems;

    /// <summary>What does not fit, one text each.</summary>
    public IReadOnlyList<string> Problems { get; } = [];

    private static string Text(string introduction, IReadOnlyList<string> problems)
    {
        const int MostInMessage = 20;
        string more = problems.Count > MostInMessage ? $"; and {problems.Count - MostInMessage} more ({nameof(Problems)} lists all)" : "";
        return $"{introduction}: {string.Join("; ", problems.Take(MostInMessage))}{more}.";
    }
}
