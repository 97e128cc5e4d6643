using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Tests.Vision;
using SkiaSharp;

namespace ImageStudio.Tests;

/// <summary>Images that are sent to the server.</summary>
[TestClass]
public sealed class UploadTests
{
    private const int Limit = 16 << 20;

    [TestMethod]
    public async Task NewImagesGetTheirClassesWithTheProbabilitiesOfThePipeline()
    {
        var ml = new MLContext();
        IDataView scored = ml.Model.Load(Studio.Model, out _).Transform(ml.Data.LoadImageList(Studio.NewImages));
        float[][] expected = [.. scored.GetColumn<float[]>("Score")];
        string[] classes = ClassNames.Of(scored.Schema["Score"]);
        int right = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            (string path, string kind) = Studio.NewImages[i];
            JsonNode answer = await Predict(await File.ReadAllBytesAsync(path));
            JsonArray ranked = answer["classes"]!.AsArray();
            float[] probabilities = [.. ranked.Select(one => (float)one!["probability"]!)];
            right += (string?)ranked[0]!["name"] == kind ? 1 : 0;
            Assert.AreEqual(1, probabilities.Sum(), 1e-5);
            // One image alone may be added up in another order than among many.
            foreach ((float wanted, float probability) in expected[i].OrderDescending().Zip(probabilities))
            {
                Assert.AreEqual(wanted, probability, 1e-6f);
            }

            foreach (JsonNode? one in ranked)
            {
                Assert.AreEqual(expected[i][Array.IndexOf(classes, (string)one!["name"]!)], (float)one["probability"]!, 1e-6f);
            }
        }

        Assert.IsGreaterThanOrEqualTo(20, right, "of 24; it was 24 when this was written");
    }

    [TestMethod]
    public async Task TheOverlayIsAPictureOfTheImagesSizeThatShowsSomething()
    {
        (string path, string kind) = Studio.NewImages[0];
        byte[] file = await File.ReadAllBytesAsync(path);

        JsonNode answer = await Predict(file);
        JsonNode other = await Predict(file, explained: "ring");

        using SKBitmap overlay = Overlay(answer), image = SKBitmap.Decode(file);
        Assert.AreEqual((image.Width, image.Height), (overlay.Width, overlay.Height));
        Assert.AreNotEqual(0, Different(image, overlay));
        Assert.AreEqual(kind, (string?)answer["overlay"]!["className"]);
        Assert.AreEqual("ring", (string?)other["overlay"]!["className"]);
        using SKBitmap otherOverlay = Overlay(other);
        Assert.AreNotEqual(0, Different(overlay, otherOverlay), "another class is seen elsewhere");
        Assert.AreEqual(answer["classes"]!.ToJsonString(), other["classes"]!.ToJsonString());
    }

    [TestMethod]
    public async Task APhotographIsShownUprightAndALargeOneSmaller()
    {
        byte[] turned = TestImages.WithOrientation(TestImages.Encode(90, 50, (x, _) => x < 45 ? SKColors.White : SKColors.Black, SKEncodedImageFormat.Jpeg), 6);
        using SKBitmap upright = Overlay(await Predict(turned));
        Assert.AreEqual((50, 90), (upright.Width, upright.Height));

        using SKBitmap smaller = Overlay(await Predict(TestImages.Solid(1600, 800, SKColors.Orange, SKEncodedImageFormat.Jpeg)));
        Assert.AreEqual((1024, 512), (smaller.Width, smaller.Height));
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Jpeg)]
    [DataRow(SKEncodedImageFormat.Webp)]
    [DataRow(SKEncodedImageFormat.Png)]
    public async Task FormatsAreToldByTheirContent(SKEncodedImageFormat format)
    {
        JsonNode answer = await Predict(TestImages.Pattern(40, 30, format), fileName: "image.dat");
        Assert.AreEqual((40, 30), ((int)answer["width"]!, (int)answer["height"]!));
    }

    [TestMethod]
    [DataRow("a text", HttpStatusCode.UnsupportedMediaType, "no image of a format")]
    [DataRow("a drawing", HttpStatusCode.UnsupportedMediaType, "no image of a format")]
    [DataRow("an empty file", HttpStatusCode.BadRequest, "is empty")]
    [DataRow("half a PNG", HttpStatusCode.BadRequest, "truncated")]
    [DataRow("the beginning of a PNG", HttpStatusCode.BadRequest, "damaged")]
    [DataRow("a bomb", HttpStatusCode.RequestEntityTooLarge, "60 million")]
    [DataRow("too many bytes", HttpStatusCode.RequestEntityTooLarge, "more than 16 MiB")]
    public async Task AFileThatIsNoUseSaysWhatWasExpected(string file, HttpStatusCode status, string detail)
    {
        byte[] png = TestImages.Pattern(40, 30);
        byte[] content = file switch
        {
            "a text" => "This is no image."u8.ToArray(),
            "a drawing" => "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"u8.ToArray(),
            "an empty file" => [],
            "half a PNG" => png[..(png.Length / 2)],
            "the beginning of a PNG" => png[..9],
            "a bomb" => TestImages.Png(30_000, 30_000, 8, 0, new byte[30_001]),
            _ => new byte[Limit + 1],
        };

        using HttpResponseMessage response = await Studio.Client.PostAsync("api/predict", Form(content, "a strange näme.png"));

        await IsProblem(response, status, detail);
        await IsProblem(response, status, "JPEG, PNG, GIF, WebP or BMP file of at most 16 MiB");
        // And the next one is answered.
        await Predict(await File.ReadAllBytesAsync(Studio.NewImages[0].Path));
    }

    [TestMethod]
    public async Task ALargestFileIsStillRead()
    {
        using HttpResponseMessage response = await Studio.Client.PostAsync("api/predict", Form(new byte[Limit], "zeros.png"));
        await IsProblem(response, HttpStatusCode.UnsupportedMediaType, "zeros.png");
    }

    [TestMethod]
    public async Task ARequestThatIsNoFormSaysWhatWasExpected()
    {
        const string Form = "multipart/form-data; boundary=x";
        await Refused(new StringContent("{}", Encoding.UTF8, "application/json"), HttpStatusCode.UnsupportedMediaType, "multipart/form-data");
        await Refused(new ByteArrayContent([1, 2, 3]), HttpStatusCode.UnsupportedMediaType, "multipart/form-data");
        await Refused(Raw("--x", "multipart/form-data"), HttpStatusCode.BadRequest, "boundary");
        await Refused(Raw("", Form), HttpStatusCode.BadRequest, "field 'image'");
        await Refused(Raw("nothing of the kind", Form), HttpStatusCode.BadRequest, "field 'image'");
        await Refused(Raw("--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\ncut off", Form), HttpStatusCode.BadRequest, "field 'image'");
        await Refused(Raw($"--x\r\n{new string('h', 100_000)}", Form), HttpStatusCode.BadRequest, "field 'image'");
        await Refused(new MultipartFormDataContent { { new StringContent("text"), "image" } }, HttpStatusCode.BadRequest, "no file");
        await Refused(new MultipartFormDataContent { { new ByteArrayContent([1]), "picture", "a.png" } }, HttpStatusCode.BadRequest, "no file");
        byte[] png = TestImages.Pattern(8, 8);
        await Refused(UploadTests.Form(png, "a.png", "rings"), HttpStatusCode.BadRequest, "no class 'rings'");
        await Refused(UploadTests.Form(png, "a.png", new string('x', 2000)), HttpStatusCode.BadRequest, "1000 bytes");

        static StringContent Raw(string body, string type) => new(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

        static async Task Refused(HttpContent content, HttpStatusCode status, string detail)
        {
            using HttpResponseMessage response = await Studio.Client.PostAsync("api/predict", content);
            await IsProblem(response, status, detail);
        }
    }

    [TestMethod]
    public async Task ManyAtOnceGetTheAnswersThatTheyGetOneByOne()
    {
        byte[][] files = [.. Studio.NewImages.Select(image => File.ReadAllBytes(image.Path)), "no image"u8.ToArray()];
        var alone = new List<string>();
        foreach (byte[] file in files)
        {
            alone.Add(await Body(file));
        }

        string[] together = await Task.WhenAll(Enumerable.Range(0, 4 * files.Length).Select(i => Body(files[i % files.Length])));

        for (int i = 0; i < together.Length; i++)
        {
            Assert.AreEqual(alone[i % files.Length], together[i]);
        }

        // Problems also have an identifier of their own.
        static async Task<string> Body(byte[] file)
        {
            using HttpResponseMessage response = await Studio.Client.PostAsync("api/predict", Form(file, "image.png"));
            string body = await response.Content.ReadAsStringAsync();
            return response.IsSuccessStatusCode ? body : (string)JsonNode.Parse(body)!["detail"]!;
        }
    }

    internal static async Task<JsonNode> Predict(byte[] file, string? explained = null, string fileName = "image.png")
    {
        using HttpResponseMessage response = await Studio.Client.PostAsync("api/predict", Form(file, fileName, explained));
        string body = await response.Content.ReadAsStringAsync();
        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode, body);
        return JsonNode.Parse(body)!;
    }

    internal static async Task IsProblem(HttpResponseMessage response, HttpStatusCode status, string detail)
    {
        string body = await response.Content.ReadAsStringAsync();
        Assert.AreEqual(status, response.StatusCode, body);
        Assert.AreEqual("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(body);
        Assert.AreEqual((int)status, problem.RootElement.GetProperty("status").GetInt32());
        Assert.Contains(detail, problem.RootElement.GetProperty("detail").GetString()!);
        Assert.DoesNotContain("   at ", body, "no stack trace");
    }

    private static MultipartFormDataContent Form(byte[] file, string name, string? explained = null)
    {
        var form = new MultipartFormDataContent { { new ByteArrayContent(file), "image", name } };
        if (explained is not null)
        {
            form.Add(new StringContent(explained), "class");
        }

        return form;
    }

    private static SKBitmap Overlay(JsonNode answer)
    {
        const string Prefix = "data:image/png;base64,";
        string url = (string)answer["overlay"]!["png"]!;
        Assert.StartsWith(Prefix, url);
        byte[] png = Convert.FromBase64String(url[Prefix.Length..]);
        CollectionAssert.AreEqual("\u0089PNG".Select(letter => (byte)letter).ToArray(), png[..4]);
        return SKBitmap.Decode(png);
    }

    private static int Different(SKBitmap one, SKBitmap other) => one.Pixels.Zip(other.Pixels).Count(pair => pair.First != pair.Second);
}
