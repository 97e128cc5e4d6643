using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>A channel whose messages a test can read.</summary>
internal sealed class LogOf : IDisposable
{
    private readonly List<string> lines = [];

    internal LogOf()
    {
        var ml = new MLContext();
        ml.Log += (_, message) =>
        {
            if (message.Source == "Tests; Reading" && message.Kind is ChannelMessageKind.Info or ChannelMessageKind.Warning)
            {
                lines.Add($"{message.Kind}: {message.RawMessage}");
            }
        };
        Channel = ((IHostEnvironment)ml).Register("Tests").Start("Reading");
    }

    internal IChannel Channel { get; }

    /// <summary>What was said, e.g. <c>Warning: Skipped 1 of 2 rows.</c></summary>
    internal IReadOnlyList<string> Lines => lines;

    public void Dispose() => Channel.Dispose();
}
