using System.Text.Json;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>Turns what damaged files lead to into one exception.</summary>
internal static class DamagedFile
{
    /// <summary>Opens a file and reads it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">The kind of file that is expected, for the message, e.g. <c>safetensors file</c>.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="FormatException">The file is damaged, or of another kind.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal static T Read<T>(string path, string kind, Func<FileStream, T> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        try
        {
            return read(stream);
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            throw new FormatException($"'{path}' is no {kind}, or damaged: {exception.Message}{(exception.Message.EndsWith('.') ? "" : ".")}", exception);
        }
    }

    /// <summary>Tells exceptions of damaged content from those of the disk and of this library's own faults.</summary>
    /// <param name="exception">The exception.</param>
    /// <returns>
    /// <see langword="true"/> for those that readers of this library, of JSON and of zips throw. Texts of JSON that are no
    /// Unicode are an <see cref="InvalidOperationException"/>.
    /// </returns>
    internal static bool IsDamage(Exception exception) =>
        exception is InvalidDataException or EndOfStreamException or JsonException or InvalidOperationException or NotSupportedException or ArgumentOutOfRangeException;
}
