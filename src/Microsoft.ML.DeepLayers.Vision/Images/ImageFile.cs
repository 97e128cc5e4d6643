using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Reads files of images into memory that is kept.</summary>
internal static unsafe class ImageFile
{
    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The most that it may have.</param>
    /// <param name="buffer">Where it is read to.</param>
    /// <exception cref="ImageProblem">It cannot be read.</exception>
    internal static ReadOnlySpan<byte> Read(string path, long maxBytes, NativeBuffer buffer)
    {
        try
        {
            // Asked before it is opened: opening a pipe would wait for a writer.
            var file = new FileInfo(path);
            long length = file.Exists ? file.Length
                : throw new ImageProblem(ImageDefect.Unreadable, Directory.Exists(path) ? "it is a directory" : "there is no such file");
            CheckLength(length, maxBytes);
            using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.SequentialScan);
            var content = new Span<byte>(buffer.Get(length), (int)length);
            int read = 0;
            while (read < content.Length && RandomAccess.Read(handle, content[read..], read) is > 0 and int more)
            {
                read += more;
            }

            return content[..read];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ImageProblem(ImageDefect.Unreadable, exception.Message.TrimEnd('.'), exception);
        }
    }

    /// <exception cref="ImageProblem">A file of that length is empty or too large.</exception>
    internal static void CheckLength(long length, long maxBytes)
    {
        if (length == 0)
        {
            throw new ImageProblem(ImageDefect.Empty, "the file is empty");
        }

        if (length > maxBytes || length > Array.MaxLength)
        {
            throw new ImageProblem(ImageDefect.TooLarge, string.Create(
                CultureInfo.InvariantCulture,
                $"the file has {length:N0} bytes, more than the {Math.Min(maxBytes, Array.MaxLength):N0} that are allowed ({nameof(PixelLoadingOptions)}.{nameof(PixelLoadingOptions.MaxFileBytes)})"));
        }
    }
}
