using System.Text;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>
/// A text file that gets one line an epoch. Each is written in one piece and handed to the disk at once, so that a crash
/// costs at most the line of its epoch; half a line that one has left behind goes when the file is opened again.
/// </summary>
internal sealed class EpochLog : IDisposable
{
    private readonly FileStream stream;

    private EpochLog(FileStream stream, string? firstLine) => (this.stream, FirstLine) = (stream, firstLine);

    /// <summary>The line that the file began with when it was opened; <see langword="null"/> where it had none.</summary>
    internal string? FirstLine { get; }

    /// <summary>Opens a file, and makes its folder where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="append">Whether what it holds stays.</param>
    /// <param name="resumedAt">
    /// The epoch that a resumed training goes on with: lines at the end that are of this epoch or of later ones go, since
    /// these epochs come again. <see langword="null"/> where training begins.
    /// </param>
    /// <param name="epochOf">The epoch that a line is of, if any.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    internal static EpochLog Open(string path, bool append, int? resumedAt, Func<string, int?> epochOf)
    {
        FileStream? stream = null;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            // Others may look on while training goes on.
            stream = new FileStream(path, append ? FileMode.OpenOrCreate : FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            var log = new EpochLog(stream, append ? Trim(stream, resumedAt, epochOf) : null);
            stream = null;
            return log;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException or NotSupportedException or ArgumentException)
        {
            throw new IOException($"The log '{path}' cannot be written: {exception.Message}", exception);
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>Writes a line to the disk.</summary>
    /// <param name="line">The line, without its end.</param>
    internal void Write(string line)
    {
        stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        stream.Flush(flushToDisk: true);
    }

    public void Dispose() => stream.Dispose();

    /// <summary>Cuts off what does not stay; returns the first line of what does.</summary>
    private static string? Trim(FileStream stream, int? resumedAt, Func<string, int?> epochOf)
    {
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        int end = content.AsSpan().LastIndexOf((byte)'\n') + 1;
        while (resumedAt is { } epoch && end > 0)
        {
            int start = content.AsSpan(0, end - 1).LastIndexOf((byte)'\n') + 1;
            if (epochOf(Encoding.UTF8.GetString(content, start, end - 1 - start)) is not { } written || written < epoch)
            {
                break;
            }

            end = start;
        }

        stream.SetLength(end);
        stream.Position = end;
        return end == 0 ? null : Encoding.UTF8.GetString(content, 0, content.AsSpan().IndexOf((byte)'\n')).TrimEnd('\r').TrimStart('\uFEFF');
    }
}
