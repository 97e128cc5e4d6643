using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ImageStudio.Tests.Browser;

/// <summary>The DevTools protocol over a WebSocket: commands that are answered, and events.</summary>
internal sealed class DevTools : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly ClientWebSocket socket = new();
    private readonly CancellationTokenSource ended = new();
    private readonly SemaphoreSlim sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> waiting = new();
    private readonly ConcurrentQueue<JsonNode> events = new();
    private Task receiving = Task.CompletedTask;
    private int commands;

    private DevTools()
    {
    }

    /// <summary>What happened so far.</summary>
    public IEnumerable<JsonNode> Events => events;

    public static async Task<DevTools> Connect(Uri address)
    {
        var tools = new DevTools();
        await tools.socket.ConnectAsync(address, tools.ended.Token);
        tools.receiving = tools.Receive();
        return tools;
    }

    /// <summary>Sends a command, to a tab where a session is given, and waits for what it returns.</summary>
    public async Task<JsonNode> Send(string method, object? parameters = null, string? session = null)
    {
        int id = Interlocked.Increment(ref commands);
        var answer = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[id] = answer;
        byte[] message = JsonSerializer.SerializeToUtf8Bytes(session is null
            ? new Dictionary<string, object> { ["id"] = id, ["method"] = method, ["params"] = parameters ?? new object() }
            : new Dictionary<string, object> { ["id"] = id, ["method"] = method, ["params"] = parameters ?? new object(), ["sessionId"] = session });
        await sending.WaitAsync(ended.Token);
        try
        {
            await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, ended.Token);
        }
        finally
        {
            sending.Release();
        }

        JsonNode result = await answer.Task.WaitAsync(s_limit);
        return result["error"] is { } error ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}") : result["result"]!;
    }

    public void Dispose()
    {
        ended.Cancel();
        receiving.Wait(TimeSpan.FromSeconds(5));
        socket.Dispose();
        sending.Dispose();
        ended.Dispose();
    }

    private async Task Receive()
    {
        byte[] buffer = new byte[64 << 10];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                WebSocketReceiveResult part = await socket.ReceiveAsync(buffer, ended.Token);
                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    Handle(JsonNode.Parse(message.ToArray())!);
                    message.SetLength(0);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException or JsonException)
        {
            // Disposed, or the browser has ended; who still waits shall know.
            foreach (TaskCompletionSource<JsonNode> answer in waiting.Values)
            {
                answer.TrySetException(new InvalidOperationException("The browser does not answer any more.", exception));
            }
        }
    }

    private void Handle(JsonNode message)
    {
        if (message["id"] is { } id && waiting.TryRemove((int)id, out TaskCompletionSource<JsonNode>? answer))
        {
            answer.SetResult(message);
        }
        else
        {
            events.Enqueue(message);
        }
    }
}
