namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>What the network said about the current row.</summary>
internal abstract class ScoreSource
{
    /// <summary>The scores of the current row, valid until the next one.</summary>
    /// <param name="output">Which of the network's outputs.</param>
    /// <exception cref="InvalidOperationException">There is no current row.</exception>
    internal abstract ReadOnlySpan<float> Current(int output);

    internal static InvalidOperationException NoRow() => new("There is no current row: call MoveNext first, and ask no more after it has said false.");
}
