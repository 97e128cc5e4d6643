using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ImageStudio;

/// <summary>Where a command writes, and what can stop it.</summary>
internal sealed record CommandContext(TextWriter Output, TextWriter Error, CancellationToken CancellationToken)
{
    /// <summary>A context whose training messages go to the output, and whose warnings to the error output.</summary>
    public MLContext CreateMLContext(int? seed = null)
    {
        var ml = new MLContext(seed);
        ml.Log += (_, message) =>
        {
            if (message.Kind >= ChannelMessageKind.Warning)
            {
                Error.WriteLine($"warning: {message.RawMessage}");
            }
            else if (message.Kind == ChannelMessageKind.Info && message.Source.Contains("NeuralNetwork", StringComparison.Ordinal))
            {
                Output.WriteLine($"  {message.RawMessage}");
            }
        };
        return ml;
    }
}
