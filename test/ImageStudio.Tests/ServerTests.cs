using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.ML.DeepLayers.Tests.Vision;

namespace ImageStudio.Tests;

/// <summary>What is served, and to whom.</summary>
[TestClass]
public sealed class ServerTests
{
    [TestMethod]
    [DataRow("", "text/html", "<title>ImageStudio</title>")]
    [DataRow("studio.css", "text/css", "prefers-color-scheme: dark")]
    [DataRow("studio.js", "text/javascript", "/api/predict")]
    [DataRow("favicon.svg", "image/svg+xml", "<svg")]
    public async Task ThePageAndItsFilesAreServedAndNeedNothingFromElsewhere(string path, string type, string part)
    {
        using HttpResponseMessage response = await Studio.Client.GetAsync(path);
        string content = await response.Content.ReadAsStringAsync();

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        Assert.AreEqual(type, response.Content.Headers.ContentType?.MediaType);
        StringAssert.Contains(content, part);
        Assert.DoesNotContain("https://", content);
        Assert.DoesNotContain("http://", content.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        string policy = response.Headers.GetValues("Content-Security-Policy").Single();
        StringAssert.Contains(policy, "default-src 'none'");
        Assert.DoesNotContain("unsafe", policy);
        Assert.AreEqual("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.IsEmpty(response.Headers.Server);
    }

    [TestMethod]
    public async Task TheModelIsDescribed()
    {
        JsonNode model = JsonNode.Parse(await Studio.Client.GetStringAsync("api/model"))!;

        Assert.AreEqual("""["circle","cross","ring","square","star","triangle"]""", model["classes"]!.ToJsonString());
        Assert.AreEqual("shapes.zip 32 32", $"{model["name"]} {model["width"]} {model["height"]}");
        Assert.IsNull(model["noOverlayReason"]);
        StringAssert.Contains(Studio.Server.Output, "circle, cross, ring, square, star, triangle");
    }

    [TestMethod]
    public async Task WhatIsNotThereIsAProblem()
    {
        using HttpResponseMessage missing = await Studio.Client.GetAsync("other"), wrong = await Studio.Client.GetAsync("api/predict");

        Assert.AreEqual((HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed), (missing.StatusCode, wrong.StatusCode));
        Assert.AreEqual("application/problem+json", missing.Content.Headers.ContentType?.MediaType);
    }

    [TestMethod]
    public async Task PagesOfOtherSitesAreNotAnswered()
    {
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "api/model") { Headers = { Host = "example.org" } };
        using HttpResponseMessage otherName = await Studio.Client.SendAsync(rebound);
        await UploadTests.IsProblem(otherName, HttpStatusCode.MisdirectedRequest, "127.0.0.1");

        using var embedded = new HttpRequestMessage(HttpMethod.Post, "api/predict") { Headers = { { "Sec-Fetch-Site", "cross-site" } } };
        using HttpResponseMessage otherSite = await Studio.Client.SendAsync(embedded);
        await UploadTests.IsProblem(otherSite, HttpStatusCode.Forbidden, "other sites");
    }

    [TestMethod]
    public async Task NothingListensBeyondTheLoopback()
    {
        int port = Studio.Server.Address.Port;
        IPAddress[] listening = [.. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(end => end.Port == port).Select(end => end.Address)];
        CollectionAssert.AreEqual(new[] { IPAddress.Loopback }, listening);
        IEnumerable<IPAddress> others = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(address => address.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
        foreach (IPAddress address in others)
        {
            using var client = new TcpClient();
            await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(address, port));
        }
    }

    [TestMethod]
    public async Task AModelWithoutAMapOfFeaturesGivesProbabilitiesAndSaysWhyNoOverlay()
    {
        ServerProcess server = await Studio.DenseServer;
        using var client = new HttpClient { BaseAddress = server.Address };
        using var form = new MultipartFormDataContent { { new ByteArrayContent(TestImages.Pattern(20, 20)), "image", "a.png" } };

        JsonNode answer = JsonNode.Parse(await (await client.PostAsync("api/predict", form)).Content.ReadAsStringAsync())!;

        Assert.HasCount(6, answer["classes"]!.AsArray());
        Assert.IsNull(answer["overlay"]);
        StringAssert.Contains((string)answer["noOverlayReason"]!, "convolution");
        StringAssert.Contains(server.Output, "No overlays: Grad-CAM");
    }
}
