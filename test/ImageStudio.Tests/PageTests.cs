using System.Globalization;
using System.Text.Json.Nodes;
using ImageStudio.Tests.Browser;
using ScriptedTraining.Tests;

namespace ImageStudio.Tests;

/// <summary>The page in a browser, as somebody uses it.</summary>
[TestClass]
public sealed class PageTests
{
    private static Chromium? s_browser;

    [ClassInitialize]
    public static async Task Start(TestContext context) => s_browser = Chromium.Find() is { } program ? await Chromium.Start(program) : null;

    [ClassCleanup]
    public static void End() => s_browser?.Dispose();

    [TestMethod]
    public async Task AnImageThatIsChosenIsShownWithItsClassesAndItsOverlay()
    {
        Page page = await Open();
        await page.WaitFor("document.getElementById('model').innerText.includes('circle, cross, ring')", "the model is described");
        await page.Picture("start");
        (string path, string kind) = Studio.NewImages.First(image => image.Class == "star");

        await page.Choose(path);

        await ShowsPrediction(page, path);
        StringAssert.StartsWith(await page.Text("answer"), $"{kind}, ");
        StringAssert.Contains(await page.Text("overlay-caption"), $"“{kind}”");
        StringAssert.Contains(await page.Text("image-caption"), Path.GetFileName(path));
        await page.Picture("result");
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task AnImageThatIsDroppedIsShownToo()
    {
        Page page = await Open();
        (string path, _) = Studio.NewImages.First(image => image.Class == "ring");

        await page.Drop("#drop", path);

        await ShowsPrediction(page, path);
        Assert.AreEqual("drop", await page.Evaluate("document.getElementById('drop').className") is { } name ? (string)name! : "");

        // Another one beside the field, and not alone: the browser does not leave the page.
        (string next, _) = Studio.NewImages.First(image => image.Class == "cross");
        await page.Drop("h1", next, path);
        await page.WaitFor($"document.getElementById('image-caption').innerText === '{Path.GetFileName(next)}. Of 2 files, this is the first.'", "the second image is shown");
        await ShowsPrediction(page, next);
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task AnotherClassIsExplainedByTheKeyboard()
    {
        Page page = await Open();
        (string path, _) = Studio.NewImages.First(image => image.Class == "triangle");
        await page.Choose(path);
        await ShowsPrediction(page, path);
        string before = (string)(await page.Evaluate("document.getElementById('overlay').src"))!;
        string second = (string)(await page.Evaluate("document.querySelectorAll('#classes button')[1].dataset.name"))!;

        // From the field for files, the next stops of the tabulator key are the classes.
        await page.Evaluate("document.getElementById('file').focus()");
        await page.Press("Tab", 9);
        await page.Press("Tab", 9);
        await page.Press("Enter", 13, "\r");

        await page.WaitFor($"document.getElementById('overlay-caption').innerText.includes('“{second}”')", "the second class is explained");
        await page.WaitFor("document.getElementById('overlay').complete && document.getElementById('overlay').naturalWidth > 0", "the overlay is loaded");
        Assert.AreNotEqual(before, (string)(await page.Evaluate("document.getElementById('overlay').src"))!);
        Assert.AreEqual(second, (string?)await page.Evaluate("document.activeElement.dataset.name"), "the focus stays where it was");
        Assert.AreEqual(second, (string?)await page.Evaluate("document.querySelector('[aria-pressed=true]').dataset.name"));
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task WhatIsNoImageIsSaidAndTheNextOneIsShown()
    {
        using var folder = new TemporaryFolder();
        Page page = await Open();
        (string image, _) = Studio.NewImages[0];
        await page.Choose(image);
        await ShowsPrediction(page, image);

        await page.Drop("#drop", folder.Write("notes.txt", "This is no image."));

        await page.WaitFor("!document.getElementById('error').hidden", "an error is shown");
        StringAssert.StartsWith(await page.Text("error"), "'notes.txt' is no image of a format that is read. Expected is a JPEG");
        Assert.AreEqual("", await page.Text("result"), "the answer about another image would mislead");
        await page.Picture("error");
        Assert.IsTrue(page.Complaints.All(complaint => complaint.Contains("415", StringComparison.Ordinal)), string.Join(" | ", page.Complaints));

        await page.Choose(image);
        await ShowsPrediction(page, image);
        Assert.AreEqual("", await page.Text("error"));
    }

    [TestMethod]
    public async Task AFileThatIsTooLargeIsNotEvenSent()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["large.png"], new byte[(16 << 20) + 1]);
        Page page = await Open();
        await page.WaitFor("document.title === 'shapes.zip – ImageStudio'", "the model is described");

        await page.Choose(folder["large.png"]);

        await page.WaitFor("!document.getElementById('error').hidden", "an error is shown");
        StringAssert.Contains(await page.Text("error"), "at most 16 MiB");
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task WithoutOverlaysThePageShowsProbabilitiesAndSaysWhy()
    {
        RequireBrowser();
        Page page = await s_browser!.Open((await Studio.DenseServer).Address);

        await page.Choose(Studio.NewImages[0].Path);

        await page.WaitFor("!document.getElementById('result').hidden", "an answer is shown");
        StringAssert.StartsWith(await page.Text("no-overlay"), "No heat map: Grad-CAM explains networks by the feature map of a convolution");
        Assert.AreEqual(6, (int)(await page.Evaluate("document.querySelectorAll('#classes .bar').length"))!);
        Assert.AreEqual(0, (int)(await page.Evaluate("document.querySelectorAll('#classes button').length"))!);
        Assert.AreEqual("", await page.Text("overlay"));
        await page.Picture("no-overlay");
        Assert.IsEmpty(page.Complaints);
    }

    [TestMethod]
    public async Task AServerThatDoesNotAnswerIsSaid()
    {
        Page page = await Open();
        await page.WaitFor("document.title === 'shapes.zip – ImageStudio'", "the model is described");
        await page.Send("Network.enable");
        await page.Send("Network.emulateNetworkConditions", new { offline = true, latency = 0, downloadThroughput = -1, uploadThroughput = -1 });

        await page.Choose(Studio.NewImages[0].Path);

        await page.WaitFor("!document.getElementById('error').hidden", "an error is shown");
        StringAssert.Contains(await page.Text("error"), "Is it still running?");
    }

    private static void RequireBrowser()
    {
        if (s_browser is null)
        {
            Assert.Inconclusive("There is no chromium, chromium-browser or google-chrome on the PATH.");
        }
    }

    private static async Task<Page> Open()
    {
        RequireBrowser();
        return await s_browser!.Open(Studio.Server.Address);
    }

    /// <summary>The page has the answer that the server gives for the file.</summary>
    private static async Task ShowsPrediction(Page page, string path)
    {
        JsonNode answer = await UploadTests.Predict(await File.ReadAllBytesAsync(path));
        JsonArray classes = answer["classes"]!.AsArray();
        string[] expected = [.. classes.Select(one => $"{one!["name"]} {Percent((float)one["probability"]!)}")];
        await page.WaitFor("!document.getElementById('result').hidden && !document.getElementById('result').hasAttribute('aria-busy')", "an answer is shown");
        await page.WaitFor("['image', 'overlay'].every(id => document.getElementById(id).complete && document.getElementById(id).naturalWidth > 0)", "both pictures are loaded");
        string[] shown = [.. (await page.Evaluate("[...document.querySelectorAll('#classes .bar')].map(bar => bar.querySelector('.name').innerText + ' ' + bar.querySelector('.percent').innerText)"))!.AsArray().Select(text => (string)text!)];
        CollectionAssert.AreEqual(expected, shown);
        Assert.AreEqual($"{classes[0]!["name"]}, {Percent((float)classes[0]!["probability"]!)}", await page.Text("answer"));
        Assert.AreEqual((string)answer["overlay"]!["png"]!, (string?)await page.Evaluate("document.getElementById('overlay').src"));
        double width = (double)(await page.Evaluate("document.querySelector('#classes .fill').getBoundingClientRect().width / document.querySelector('#classes .track').getBoundingClientRect().width"))!;
        Assert.AreEqual((double)classes[0]!["probability"]!, width, 0.01, "the bar is as long as the class is likely");
    }

    private static string Percent(float probability) =>
        probability is > 0 and < 0.0005f ? "< 0.1 %" : (100.0 * probability).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
