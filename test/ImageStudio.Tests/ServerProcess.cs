using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace ImageStudio.Tests;

/// <summary>The program as it serves a model, on a free port, until it is disposed.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly StringBuilder error = new();

    private ServerProcess(Process process) => this.process = process;

    /// <summary>Where it says that it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>What it wrote before it listened.</summary>
    public string Output { get; private set; } = "";

    /// <summary>What it wrote to the standard error so far.</summary>
    public string Error
    {
        get
        {
            lock (error)
            {
                return error.ToString();
            }
        }
    }

    public static async Task<ServerProcess> Start(string model)
    {
        var server = new ServerProcess(ProgramRun.Start("serve", "--model", model, "--port", "0"));
        try
        {
            await server.WaitForAddress();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private async Task WaitForAddress()
    {
        process.ErrorDataReceived += (_, line) =>
        {
            lock (error)
            {
                error.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(s_limit);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            Output += line + "\n";
            if (AddressLine().Match(line) is { Success: true } match)
            {
                Address = new Uri(match.Groups[1].Value);
                return;
            }
        }

        Assert.Fail($"The server ended before it listened: {Output}{Error}");
    }

    [GeneratedRegex(@"(http://127\.0\.0\.1:\d+/)")]
    private static partial Regex AddressLine();
}
