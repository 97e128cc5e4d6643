namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Bounds on what a file may make the reading application do: model zips with networks, and ONNX files that weights are read
/// from. The bounds of <see cref="Default"/> let everything pass that this library writes.
/// </summary>
/// <remarks>
/// <c>mlContext.Model.Load</c> takes no settings, so the application sets <see cref="Default"/> once, at its start:
/// <code>
/// ModelFileLimits.Default = ModelFileLimits.Default with { AllowedOperatorDomains = ["com.microsoft"] };
/// </code>
/// </remarks>
public sealed record ModelFileLimits
{
    private static volatile ModelFileLimits current = new();

    /// <summary>The bounds that this process applies wherever a call takes none. Loading a model reads it once.</summary>
    public static ModelFileLimits Default
    {
        get => current;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            current = value;
        }
    }

    /// <summary>
    /// The ONNX operator domains that are accepted beside ONNX's own, e.g. <c>com.microsoft</c>. Default: none. A network with
    /// such operators can take any amount of memory, because their sizes are not known.
    /// </summary>
    public IReadOnlyCollection<string> AllowedOperatorDomains
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = [];

    /// <summary>
    /// Accepts ONNX files whose tensors lie in other files of the same folder, where weights are imported
    /// (<see cref="NetworkWeights.LoadOnnx(string, ModelFileLimits)"/>). Links and other folders are refused either way, and so
    /// are model zips whose tensors lie elsewhere. Default: <see langword="false"/>.
    /// </summary>
    public bool AllowExternalData { get; init; }

    /// <summary>
    /// Accepts ONNX files with control flow (If, Loop, Scan), where weights are imported. Nothing of such a file is run. Model
    /// zips with control flow are refused either way. Default: <see langword="false"/>.
    /// </summary>
    public bool AllowControlFlow { get; init; }

    /// <summary>
    /// Accepts model zips whose images are in a folder of another machine (<c>\\server\share</c>). Opening a file there tells
    /// that machine who asks. Default: <see langword="false"/>.
    /// </summary>
    public bool AllowNetworkFolders { get; init; }

    /// <summary>
    /// The bytes that scoring with a loaded network may take for the values inside it, in any case: 1 row of a large network, or
    /// a batch of a small one. A network may take more in proportion to its size: 64 bytes for each byte of its weights and of a
    /// row. Default: 512 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long ScoringBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 512L << 20;
}
