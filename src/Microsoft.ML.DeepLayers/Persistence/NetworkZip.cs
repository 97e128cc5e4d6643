using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Onnx.Inspection;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>
/// A trained network in its folder of a model zip: <c>Model.key</c> (this format), <c>Model.onnx</c>, <c>Network.json</c>,
/// <c>Training.json</c> and <c>History.json</c>. A network that libtorch runs has <c>Model.weights</c> in the place of
/// <c>Model.onnx</c>: an ONNX model without nodes, whose initializers are the weights. Every byte is covered by a checksum.
/// </summary>
internal static class NetworkZip
{
    internal const string HeaderEntry = "Model.key";
    internal const string OnnxEntry = "Model.onnx";
    internal const string WeightsEntry = "Model.weights";
    internal const string DefinitionEntry = "Network.json";
    internal const string OptionsEntry = "Training.json";
    internal const string HistoryEntry = "History.json";

    /// <summary>Rather an error than a text that reads back differently.</summary>
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // *** Binary format *** (of Model.key, behind ML.NET's header)
    // int: length of the description
    // byte[32]: its SHA-256
    // byte[]: the description, see NetworkDescription; it names the other entries with lengths and checksums
    internal static void Write(ModelFolderWriter folder, TrainedNetwork network)
    {
        (string Entry, byte[] Content)[] parts =
        [
            (network.NeedsLibTorch ? WeightsEntry : OnnxEntry, network.Onnx),
            (DefinitionEntry, Utf8.GetBytes(network.DefinitionJson)),
            (OptionsEntry, Utf8.GetBytes(network.OptionsJson)),
            (HistoryEntry, Utf8.GetBytes(HistoryJson.Write(network.History))),
        ];
        byte[] description = new NetworkDescription(
            network.Outputs, network.Inputs,
            [.. parts.Select(part => NetworkPart.Of(part.Entry, part.Content))]).Write();
        folder.Header.Write(description.Length);
        folder.Header.Write(SHA256.HashData(description));
        folder.Header.Write(description);
        foreach ((string entry, byte[] content) in parts)
        {
            folder.WriteEntry(entry, content);
        }
    }

    // *** Binary format ***: see Write.
    /// <exception cref="FormatException">The model is damaged, or of a newer version; the message says which part.</exception>
    internal static TrainedNetwork Read(ModelFolderReader folder)
    {
        // The name alone, which the history that is read later holds on to.
        string name = folder.Name;
        // Before anything is read: no other work is as long.
        if (folder.Measure(WeightsEntry) is null)
        {
            OnnxScorer.Warm();
        }

        NetworkDescription description = Undamaged(name, HeaderEntry, () => ReadDescription(folder));
        byte[] Part(string entry) => Undamaged(name, entry, () => description.Parts.FirstOrDefault(part => part.Entry == entry) is { } part
            ? part.Load(folder)
            : throw new InvalidDataException("the header does not announce it"));

        bool needsLibTorch = description.Parts.Any(part => part.Entry == WeightsEntry);
        string model = needsLibTorch ? WeightsEntry : OnnxEntry;
        byte[] history = Part(HistoryEntry);
        int mostRows = 0;
        byte[] onnx = Undamaged(name, model, () =>
        {
            byte[] content = Part(model);
            mostRows = ModelInspection.Inspect(content, description, ModelFileLimits.Default);
            return content;
        });
        return new TrainedNetwork
        {
            Outputs = description.Outputs,
            Inputs = description.Inputs,
            Onnx = onnx,
            NeedsLibTorch = needsLibTorch,
            IsFromZip = true,
            MostRows = mostRows,
            DefinitionJson = Undamaged(name, DefinitionEntry, () => Utf8.GetString(Part(DefinitionEntry))),
            OptionsJson = Undamaged(name, OptionsEntry, () => Utf8.GetString(Part(OptionsEntry))),
            // Not parsed yet: JSON takes longer to get going than all else that scoring needs of us.
            ReadHistory = () => Undamaged(name, HistoryEntry, () => HistoryJson.Read(Utf8.GetString(history))),
        };
    }

    private static NetworkDescription ReadDescription(ModelFolderReader folder)
    {
        CheckVersion(folder);
        int length = folder.Header.ReadInt32();
        byte[] hash = folder.Header.ReadBytes(SHA256.HashSizeInBytes);
        long remaining = folder.Header.BaseStream.Length - folder.Header.BaseStream.Position;
        if (length < 0 || length > remaining)
        {
            throw new InvalidDataException($"it announces {length} bytes where {remaining} remain");
        }

        byte[] bytes = folder.Header.ReadBytes(length);
        return SHA256.HashData(bytes).AsSpan().SequenceEqual(hash)
            ? NetworkDescription.Read(bytes)
            : throw new InvalidDataException("its content is not what was saved (the checksum differs)");
    }

    private static void CheckVersion(ModelFolderReader folder)
    {
        try
        {
            folder.CheckVersion(NetworkLoader.Version);
        }
        catch (FormatException exception)
        {
            // ML.NET's message speaks of its own version, which is not the one to change.
            throw new FormatException(
                $"The network in '{folder.Name}' of the model was saved by a version of Microsoft.ML.DeepLayers that this one ({typeof(NetworkZip).Assembly.GetName().Name} {FileVersion}) cannot read. Update the package. {exception.Message}",
                exception);
        }
    }

    private static string FileVersion =>
        typeof(NetworkZip).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyFileVersionAttribute), inherit: false)
            .OfType<System.Reflection.AssemblyFileVersionAttribute>().FirstOrDefault()?.Version ?? "";

    /// <summary>Whatever goes wrong while a part is read, the message says which part of which model it was.</summary>
    private static T Undamaged<T>(string folder, string entry, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (RefusedModelException exception)
        {
            throw new FormatException($"The model is refused: '{Path.Combine(folder, entry)}' is not opened, because {exception.Message}.", exception);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException or JsonException or OverflowException or InvalidOperationException or NotSupportedException)
        {
            throw new FormatException(
                $"The model is damaged: '{Path.Combine(folder, entry)}' cannot be read: {exception.Message.TrimEnd('.')}. Save the model again, or take an undamaged copy.",
                exception);
        }
    }
}
