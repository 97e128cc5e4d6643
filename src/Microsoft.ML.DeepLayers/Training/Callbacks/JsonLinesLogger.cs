using System.Text;
using System.Text.Json;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Writes what training measured as JSON Lines: one object an epoch with its number, the metrics, the learning rate and the
/// seconds it took. Each line is on the disk before the next epoch begins. A value that is no number is <c>null</c>.
/// </summary>
/// <example>
/// <code>
/// new NeuralNetworkOptions { Callbacks = { new JsonLinesLogger("run/log.jsonl") } };
/// // {"epoch":1,"loss":0.523,"mae":0.601,"learning_rate":0.001,"seconds":0.21}
/// </code>
/// </example>
public sealed record JsonLinesLogger : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="path">The file; its folder is made where there is none.</param>
    /// <param name="append">
    /// Whether the lines of earlier runs stay in the file. Default: <see langword="false"/>, which begins a new file with
    /// each run. A training that is resumed from a checkpoint always goes on in its file, and lines of epochs that come again
    /// are replaced.
    /// </param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public JsonLinesLogger(string path, bool append = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        (Path, Append) = (path, append);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether the lines of earlier runs stay in the file.</summary>
    public bool Append { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training) => new Run(this);

    private sealed class Run(JsonLinesLogger settings) : EpochLogRun(settings.Path, settings.Append)
    {
        protected override int? EpochOf(string line)
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                return document.RootElement.ValueKind == JsonValueKind.Object
                    && document.RootElement.TryGetProperty("epoch", out JsonElement epoch) && epoch.TryGetInt32(out int number) ? number : null;
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                return null;
            }
        }

        protected override string Line(EpochResult result)
        {
            using var memory = new MemoryStream();
            using (var writer = new Utf8JsonWriter(memory))
            {
                writer.WriteStartObject();
                writer.WriteNumber("epoch", result.Epoch);
                foreach ((string name, double value) in result.Metrics.Append(new("learning_rate", result.LearningRate)).Append(new("seconds", result.Seconds)))
                {
                    writer.WritePropertyName(name);
                    if (double.IsFinite(value))
                    {
                        writer.WriteNumberValue(value);
                    }
                    else
                    {
                        writer.WriteNullValue();
                    }
                }

                writer.WriteEndObject();
            }

            return Encoding.UTF8.GetString(memory.ToArray());
        }
    }
}
