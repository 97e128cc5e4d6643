using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ImageStudio.Tests.Browser;

/// <summary>A page in a tab.</summary>
internal sealed class Page
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>A folder for pictures of the pages that tests see, for people to look at; none by default.</summary>
    private static readonly string? s_pictures = Environment.GetEnvironmentVariable("IMAGE_STUDIO_SCREENSHOTS");

    private readonly DevTools tools;
    private readonly string session;

    private Page(DevTools tools, string session) => (this.tools, this.session) = (tools, session);

    /// <summary>What the page and the browser complained about: exceptions, console errors, refused contents, failed requests.</summary>
    public string[] Complaints => [.. tools.Events.Where(one => (string?)one["sessionId"] == session).Select(Complaint).OfType<string>()];

    public static async Task<Page> Open(DevTools tools, Uri address)
    {
        JsonNode target = await tools.Send("Target.createTarget", new { url = "about:blank" });
        JsonNode attached = await tools.Send("Target.attachToTarget", new { targetId = (string)target["targetId"]!, flatten = true });
        var page = new Page(tools, (string)attached["sessionId"]!);
        foreach (string domain in new[] { "Page", "Runtime", "Log", "DOM" })
        {
            await page.Send($"{domain}.enable");
        }

        await page.Send("Page.navigate", new { url = address.AbsoluteUri });
        await page.WaitFor("document.readyState === 'complete' && location.href !== 'about:blank'", "the page is loaded");
        return page;
    }

    public Task<JsonNode> Send(string method, object? parameters = null) => tools.Send(method, parameters, session);

    /// <summary>The value of an expression.</summary>
    public async Task<JsonNode?> Evaluate(string expression)
    {
        JsonNode result = await Send("Runtime.evaluate", new { expression, returnByValue = true, awaitPromise = true, userGesture = true });
        return result["exceptionDetails"] is { } exception ? throw new InvalidOperationException($"{expression}: {exception.ToJsonString()}") : result["result"]!["value"];
    }

    /// <summary>The text of an element as it is seen; empty where it is not.</summary>
    public async Task<string> Text(string id) => (string)(await Evaluate($"(element => element.checkVisibility() ? element.innerText : '')(document.getElementById('{id}'))"))!;

    public async Task WaitFor(string condition, string what)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < s_limit; await Task.Delay(20))
        {
            if ((bool)(await Evaluate($"!!({condition})"))!)
            {
                return;
            }
        }

        string text = (string)(await Evaluate("document.body.innerText"))!;
        Assert.Fail($"In {s_limit.TotalSeconds} s it never was so that {what}. The page: {text} The console: {string.Join(" | ", Complaints)}");
    }

    /// <summary>Chooses a file in the form's field, as the dialog of the browser does.</summary>
    public async Task Choose(string path)
    {
        JsonNode document = await Send("DOM.getDocument");
        JsonNode input = await Send("DOM.querySelector", new { nodeId = (int)document["root"]!["nodeId"]!, selector = "#file" });
        await Send("DOM.setFileInputFiles", new { files = new[] { path }, nodeId = (int)input["nodeId"]! });
    }

    /// <summary>Drags files over an element and drops them there.</summary>
    public async Task Drop(string selector, params string[] paths)
    {
        JsonNode place = (await Evaluate($"(() => {{ const box = document.querySelector('{selector}').getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"))!;
        foreach (string type in new[] { "dragEnter", "dragOver", "drop" })
        {
            await Send("Input.dispatchDragEvent", new
            {
                type,
                x = (double)place[0]!,
                y = (double)place[1]!,
                data = new { items = Array.Empty<object>(), files = paths, dragOperationsMask = 1 },
            });
        }
    }

    public async Task Press(string key, int code, string? text = null)
    {
        await Send("Input.dispatchKeyEvent", new { type = text is null ? "rawKeyDown" : "keyDown", key, code = key, windowsVirtualKeyCode = code, text = text ?? "" });
        await Send("Input.dispatchKeyEvent", new { type = "keyUp", key, code = key, windowsVirtualKeyCode = code });
    }

    /// <summary>Keeps pictures of the page, light, dark and as wide as a phone, where a folder for them is named.</summary>
    public async Task Picture(string name)
    {
        if (s_pictures is null)
        {
            return;
        }

        foreach ((string look, int width) in new[] { ("light", 1000), ("dark", 1000), ("light", 390), ("dark", 390) })
        {
            await Send("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = look } } });
            await Send("Emulation.setDeviceMetricsOverride", new { width, height = 800, deviceScaleFactor = 1, mobile = false });
            JsonNode picture = await Send("Page.captureScreenshot", new { captureBeyondViewport = true });
            Directory.CreateDirectory(s_pictures);
            await File.WriteAllBytesAsync(Path.Combine(s_pictures, $"{name}-{look}-{width}.png"), Convert.FromBase64String((string)picture["data"]!));
        }

        await Send("Emulation.clearDeviceMetricsOverride");
    }

    private static string? Complaint(JsonNode one) => (string?)one["method"] switch
    {
        "Runtime.exceptionThrown" => one["params"]!["exceptionDetails"]!.ToJsonString(),
        "Runtime.consoleAPICalled" when (string?)one["params"]!["type"] is "error" or "warning" or "assert" => one["params"]!["args"]!.ToJsonString(),
        "Log.entryAdded" when (string?)one["params"]!["entry"]!["level"] is "error" or "warning" => (string?)one["params"]!["entry"]!["text"],
        _ => null,
    };
}
