using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>
/// An HTTP server on the loopback that hands out one file, and can misbehave as servers and lines do. It writes its answers
/// itself: a framework's server would not cut one off.
/// </summary>
internal sealed class WeightServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ended = new();
    private readonly List<string> ranges = [];
    private readonly Task accepting;

    internal WeightServer(byte[] content)
    {
        Content = content;
        listener.Start();
        accepting = AcceptAsync();
    }

    internal Uri Url => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/files/model.safetensors");

    internal byte[] Content { get; set; }

    /// <summary>Whether parts can be asked for.</summary>
    internal bool HasRanges { get; set; } = true;

    /// <summary>How many bytes of a body are sent before the connection is cut, for the first answers; all of it afterwards.</summary>
    internal Queue<int> Cuts { get; } = [];

    /// <summary>Whether the connection is held open, silent, instead of being cut.</summary>
    internal bool Stalls { get; set; }

    internal string? Status { get; set; }

    /// <summary>The ranges that were asked for, one a request; empty for the whole file.</summary>
    internal IReadOnlyList<string> Ranges
    {
        get
        {
            lock (ranges)
            {
                return [.. ranges];
            }
        }
    }

    public void Dispose()
    {
        ended.Cancel();
        listener.Stop();
        accepting.Wait(TimeSpan.FromSeconds(5));
        ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(ended.Token);
                await AnswerAsync(client);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        NetworkStream stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        string range = "";
        while (await reader.ReadLineAsync(ended.Token) is { Length: > 0 } line)
        {
            range = line.StartsWith("Range: ", StringComparison.OrdinalIgnoreCase) ? line["Range: ".Length..] : range;
        }

        lock (ranges)
        {
            ranges.Add(range);
        }

        int from = HasRanges && range.Length > 0 ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
        bool isPart = HasRanges && range.Length > 0;
        string status = Status ?? (from >= Content.Length ? "416 Range Not Satisfiable" : isPart ? "206 Partial Content" : "200 OK");
        byte[] body = status[0] == '2' ? Content[from..] : [];
        string header = $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n{(status.StartsWith("206", StringComparison.Ordinal) ? $"Content-Range: bytes {from}-{Content.Length - 1}/{Content.Length}\r\n" : "")}Connection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(header), ended.Token);
        int sent = body.Length > 0 && Cuts.TryDequeue(out int cut) ? Math.Min(cut, body.Length) : body.Length;
        await stream.WriteAsync(body.AsMemory(0, sent), ended.Token);
        await stream.FlushAsync(ended.Token);
        if (sent < body.Length && Stalls)
        {
            await Task.Delay(Timeout.Infinite, ended.Token);
        }
    }
}
