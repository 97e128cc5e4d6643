using System.Diagnostics;
using System.Globalization;

namespace ImageStudio.Tests.Browser;

/// <summary>A browser without a window, which is driven by the DevTools protocol and ends when it is disposed.</summary>
internal sealed class Chromium : IDisposable
{
    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo profile = Directory.CreateTempSubdirectory("image-studio-chromium-");
    private Process? process;
    private DevTools? tools;

    private Chromium()
    {
    }

    /// <summary>The program; <see langword="null"/> where there is none.</summary>
    public static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => s_names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    public static async Task<Chromium> Start(string program)
    {
        var browser = new Chromium();
        try
        {
            await browser.Launch(program);
            return browser;
        }
        catch
        {
            browser.Dispose();
            throw;
        }
    }

    /// <summary>Opens a page in a tab of its own.</summary>
    public Task<Page> Open(Uri address) => Page.Open(tools!, address);

    public void Dispose()
    {
        tools?.Dispose();
        if (process is not null)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        DeleteProfile();
    }

    private async Task Launch(string program)
    {
        var start = new ProcessStartInfo(program,
        [
            "--headless=new", "--remote-debugging-port=0", $"--user-data-dir={profile.FullName}", "--no-sandbox", "--no-first-run",
            "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "about:blank",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process = Process.Start(start)!;
        // Read, or the browser would wait for somebody to do so.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        tools = await DevTools.Connect(await WaitForEndpoint());
    }

    /// <summary>The browser writes down where it listens, in two lines: the port and the path.</summary>
    private async Task<Uri> WaitForEndpoint()
    {
        string file = Path.Combine(profile.FullName, "DevToolsActivePort");
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < s_limit; await Task.Delay(50))
        {
            if (File.Exists(file) && await File.ReadAllLinesAsync(file) is [string port, string path, ..])
            {
                return new Uri(string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{port}{path}"));
            }

            Assert.IsFalse(process!.HasExited, "the browser ended at once");
        }

        throw new TimeoutException("The browser did not say where it listens.");
    }

    /// <summary>Processes that are ending may still write.</summary>
    private void DeleteProfile()
    {
        for (int attempt = 0; attempt < 20; attempt++)
        {
            try
            {
                profile.Delete(recursive: true);
                return;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(100);
            }
        }
    }
}
