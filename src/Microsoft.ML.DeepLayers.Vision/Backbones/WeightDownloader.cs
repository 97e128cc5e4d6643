using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// One download: into a <c>.part</c> file beside the wanted one, going on from what is there, checked, and then moved to its
/// place, so that the wanted name never stands for half a file.
/// </summary>
internal sealed class WeightDownloader
{
    private const int BufferBytes = 1 << 16;

    /// <summary>How often a connection that broke off is taken up again within a call.</summary>
    private const int MostBreaks = 4;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    /// <summary>Time is limited by what arrives, not as a whole: some files are large and some lines slow.</summary>
    private static readonly HttpClient Client = new() { Timeout = Timeout.InfiniteTimeSpan };

    private readonly Uri url;
    private readonly string? sha256;
    private readonly WeightDownloadOptions options;
    private readonly IProgress<WeightDownloadProgress>? progress;
    private readonly string path;
    private readonly string part;

    internal WeightDownloader(Uri url, string fileName, string? sha256, WeightDownloadOptions options, IProgress<WeightDownloadProgress>? progress)
    {
        this.url = url;
        this.sha256 = sha256?.ToLowerInvariant();
        this.options = options;
        this.progress = progress;
        path = Path.Combine(Path.GetFullPath(options.Folder), fileName);
        part = $"{path}.part";
    }

    private string Advice => $"Download {url} elsewhere and put it at '{path}'{(sha256 is null ? "" : $" (its SHA-256 begins with {sha256})")}, or set {WeightDownloadOptions.CacheFolderVariable} to a folder that has it.";

    /// <summary>The path of the file, once it is there.</summary>
    /// <exception cref="IOException">The file cannot be had, or is another one.</exception>
    internal async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        if (await IsThereAsync(cancellationToken).ConfigureAwait(false))
        {
            return path;
        }

        if (options.Offline)
        {
            throw new IOException($"'{path}' is not there, and nothing is to be downloaded. {Advice}");
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            FileStream? file = await OpenPartAsync(cancellationToken).ConfigureAwait(false);
            if (file is null)
            {
                return path;
            }

            await FillAndCloseAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"The weights cannot be written to '{part}': {exception.Message} Give another folder, by {nameof(WeightDownloadOptions)}.{nameof(WeightDownloadOptions.CacheFolder)} or the environment variable {WeightDownloadOptions.CacheFolderVariable}.", exception);
        }

        await MoveAsync(cancellationToken).ConfigureAwait(false);
        return path;
    }

    private async Task MoveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                File.Move(part, path, overwrite: true);
                return;
            }
            catch (IOException) when (File.Exists(path))
            {
                return; // Another download has found the part file whole, and was faster.
            }
            catch (IOException exception) when (IsInUse(exception))
            {
                await Task.Delay(BetweenLooks, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        FileStream file = File.OpenRead(path);
        await using (file.ConfigureAwait(false))
        {
            string? wrong = await WrongHashAsync(file, cancellationToken).ConfigureAwait(false);
            return wrong is null
                ? true
                : throw new IOException($"'{path}' is not the file of {url}: its SHA-256 is {wrong} and does not begin with {sha256}. Delete it, and it will be downloaded anew.");
        }
    }

    /// <summary>The part file, for this process alone; nothing where another process has brought the whole file meanwhile.</summary>
    private async Task<FileStream?> OpenPartAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, BufferBytes, FileOptions.Asynchronous);
                if (!File.Exists(path))
                {
                    return file;
                }

                await file.DisposeAsync().ConfigureAwait(false);
                File.Delete(part);
                return null;
            }
            catch (IOException exception) when (IsInUse(exception) || File.Exists(part))
            {
                // Another download holds it; once it has ended, either the file is there or this one goes on.
                await Task.Delay(BetweenLooks, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether another one holds the file: what .NET says of that on Windows, Linux and macOS.</summary>
    private static bool IsInUse(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;

    private async Task FillAndCloseAsync(FileStream file, CancellationToken cancellationToken)
    {
        bool isEmpty = true;
        try
        {
            await using (file.ConfigureAwait(false))
            {
                try
                {
                    await FillAsync(file, cancellationToken).ConfigureAwait(false);
                    file.Flush(flushToDisk: true);
                }
                finally
                {
                    isEmpty = file.Length == 0;
                }
            }
        }
        finally
        {
            // Only by who held it: another one's may be empty for a moment.
            if (isEmpty)
            {
                File.Delete(part);
            }
        }
    }

    /// <summary>Brings the whole file, and checks it; of a file that began in an earlier call, a second time where it turns out to be another one.</summary>
    private async Task FillAsync(FileStream file, CancellationToken cancellationToken)
    {
        // What cannot be checked might be half of one file and half of another.
        bool isContinued = sha256 is not null && file.Length > 0;
        if (!isContinued)
        {
            file.SetLength(0);
        }

        while (true)
        {
            await FetchAsync(file, cancellationToken).ConfigureAwait(false);
            if (file.Length == 0)
            {
                throw new IOException($"{url} sent an empty file. {Advice}");
            }

            string? wrong = await WrongHashAsync(file, cancellationToken).ConfigureAwait(false);
            if (wrong is null)
            {
                return;
            }

            file.SetLength(0);
            if (!isContinued)
            {
                throw new IOException($"What came from {url} is not the file that was wanted: its SHA-256 is {wrong} and does not begin with {sha256}. It was thrown away. {Advice}");
            }

            isContinued = false;
        }
    }

    /// <summary>Brings what is missing, over several connections if they break off.</summary>
    private async Task FetchAsync(FileStream file, CancellationToken cancellationToken)
    {
        for (int breaks = 0; ; breaks++)
        {
            long before = file.Length;
            try
            {
                await RequestAsync(file, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (IsBreak(exception) && !cancellationToken.IsCancellationRequested)
            {
                // A second try makes sense where something came the last time, and the rest can be asked for alone.
                if (file.Length > before && sha256 is not null && breaks < MostBreaks)
                {
                    continue;
                }

                throw new IOException(
                    file.Length > 0 && sha256 is not null
                        ? $"The connection to {url} broke off: {exception.Message} {file.Length} bytes are in '{part}'; the next call goes on from there. {Advice}"
                        : $"{url} could not be downloaded: {exception.Message} {Advice}",
                    exception);
            }
        }
    }

    /// <summary>What becomes of connections; not what the disk says.</summary>
    private static bool IsBreak(Exception exception) => exception is HttpRequestException { StatusCode: null } or HttpIOException or TimeoutException;

    private async Task RequestAsync(FileStream file, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            stall.CancelAfter(options.StallTimeout);
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            if (file.Length > 0)
            {
                request.Headers.Range = new RangeHeaderValue(file.Length, null);
            }

            using HttpResponseMessage response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && file.Length > 0)
            {
                // Nothing is missing; whether it is the right file is checked next.
                return;
            }

            if (!response.IsSuccessStatusCode)
            {
                throw new IOException($"{url} answers {(int)response.StatusCode} ({response.ReasonPhrase}). {Advice}");
            }

            // A server without ranges, or with a wrong one, sends all from the beginning.
            bool goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == file.Length;
            if (!goesOn && response.StatusCode == HttpStatusCode.PartialContent)
            {
                throw new IOException($"{url} sent another part of the file than was asked for. {Advice}");
            }

            if (!goesOn)
            {
                file.SetLength(0);
            }

            file.Position = file.Length;
            long? total = response.Content.Headers.ContentLength is { } length ? file.Length + length : null;
            Stream content = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
            {
                await CopyAsync(content, file, total, stall).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException exception) when (stall.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"the server sent nothing for {options.StallTimeout.TotalSeconds:0.#} seconds.", exception);
        }
    }

    private async Task CopyAsync(Stream content, FileStream file, long? total, CancellationTokenSource stall)
    {
        byte[] buffer = new byte[BufferBytes];
        progress?.Report(new WeightDownloadProgress(file.Position, total));
        while (true)
        {
            stall.CancelAfter(options.StallTimeout);
            int count = await content.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            await file.WriteAsync(buffer.AsMemory(0, count), stall.Token).ConfigureAwait(false);
            progress?.Report(new WeightDownloadProgress(file.Position, total));
        }
    }

    /// <summary>The SHA-256 of a file where it is not the wanted one; nothing where it is, or where none is wanted.</summary>
    private async Task<string?> WrongHashAsync(FileStream file, CancellationToken cancellationToken)
    {
        if (sha256 is null)
        {
            return null;
        }

        file.Position = 0;
        string found = Convert.ToHexString(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false)).ToLowerInvariant();
        return found.StartsWith(sha256, StringComparison.Ordinal) ? null : found;
    }
}
