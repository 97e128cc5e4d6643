namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>Where downloaded weights are kept, and how long a silent server is waited for.</summary>
public sealed record WeightDownloadOptions
{
    private readonly TimeSpan stallTimeout = TimeSpan.FromSeconds(60);

    /// <summary>The environment variable that names the folder of downloaded weights: <c>DEEPLAYERS_WEIGHTS</c>.</summary>
    public const string CacheFolderVariable = "DEEPLAYERS_WEIGHTS";

    /// <summary>
    /// The folder of downloaded weights. <see langword="null"/> (the default) takes that of the environment variable
    /// <see cref="CacheFolderVariable"/>, else one in the user's own cache.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Whether nothing is downloaded: a file that is not there is an error at once. Default: <see langword="false"/>.</summary>
    public bool Offline { get; init; }

    /// <summary>How long a server may send nothing before the connection is given up. Default: a minute.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0.</exception>
    public TimeSpan StallTimeout
    {
        get => stallTimeout;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, nameof(StallTimeout));
            stallTimeout = value;
        }
    }

    /// <summary>The folder that these options mean.</summary>
    internal string Folder => CacheFolder
        ?? (Environment.GetEnvironmentVariable(CacheFolderVariable) is { Length: > 0 } named ? named : Path.Combine(UserCache, "Microsoft.ML.DeepLayers", "weights"));

    private static string UserCache
    {
        get
        {
            if (OperatingSystem.IsWindows())
            {
                return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            }

            if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache)
            {
                return cache;
            }

            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return home.Length == 0 ? Path.GetTempPath() : Path.Combine(home, OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache");
        }
    }
}
