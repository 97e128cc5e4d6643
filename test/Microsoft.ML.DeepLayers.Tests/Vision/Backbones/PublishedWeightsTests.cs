using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.ML.DeepLayers.Backbones;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>Downloads end in the whole and right file, or in an error that says where to put it; against a server on the loopback.</summary>
[TestClass]
public sealed class PublishedWeightsTests : IDisposable
{
    private static readonly byte[] Content = MakeContent(300_000, 1);

    private readonly TemporaryFolder folder = new();
    private readonly WeightServer server = new(Content);

    private WeightDownloadOptions Options => new() { CacheFolder = folder["cache"] };

    private static string Hash => Convert.ToHexString(SHA256.HashData(Content));

    private string[] Files => Directory.Exists(folder["cache"]) ? [.. Directory.GetFiles(folder["cache"]).Select(file => Path.GetFileName(file)!).Order()] : [];

    public void Dispose()
    {
        server.Dispose();
        folder.Dispose();
    }

    [TestMethod]
    public async Task A_file_is_downloaded_once_with_progress_and_then_found()
    {
        var progress = new Progress();
        string path = await PublishedWeights.DownloadAsync(server.Url, Hash, Options, progress);
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(path));
        Assert.AreEqual(path, Path.Combine(folder["cache"], Files.Single()));
        Assert.EndsWith("-model.safetensors", path);
        Assert.AreEqual(new WeightDownloadProgress(0, Content.Length), progress.Reports[0]);
        Assert.AreEqual(new WeightDownloadProgress(Content.Length, Content.Length), progress.Reports[^1]);

        Assert.AreEqual(path, PublishedWeights.Download(server.Url, Hash[..8], Options));
        Assert.HasCount(1, server.Ranges);
    }

    [TestMethod]
    public async Task A_connection_that_is_cut_is_taken_up_where_it_broke()
    {
        server.Cuts.Enqueue(100_000);
        server.Cuts.Enqueue(50_000);
        string path = await PublishedWeights.DownloadAsync(server.Url, Hash, Options);
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(path));
        CollectionAssert.AreEqual(new[] { "", "bytes=100000-", "bytes=150000-" }, server.Ranges.ToArray());
        Assert.HasCount(1, Files);
    }

    [TestMethod]
    public async Task What_an_earlier_call_has_brought_is_not_asked_for_again()
    {
        // A connection of which nothing comes any more ends the call.
        server.Cuts.Enqueue(120_000);
        server.Cuts.Enqueue(0);
        IOException exception = await Assert.ThrowsExactlyAsync<IOException>(() => PublishedWeights.DownloadAsync(server.Url, Hash, Options));
        Assert.Contains("120000 bytes are in", exception.Message);
        Assert.Contains("the next call goes on from there", exception.Message);
        Assert.EndsWith(".part", Files.Single());

        var progress = new Progress();
        string path = await PublishedWeights.DownloadAsync(server.Url, Hash, Options, progress);
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(path));
        Assert.AreEqual("bytes=120000-", server.Ranges[^1]);
        Assert.AreEqual(new WeightDownloadProgress(120_000, Content.Length), progress.Reports[0]);
    }

    [TestMethod]
    public async Task A_server_without_ranges_sends_all_anew()
    {
        server.HasRanges = false;
        server.Cuts.Enqueue(100_000);
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(await PublishedWeights.DownloadAsync(server.Url, Hash, Options)));
        CollectionAssert.AreEqual(new[] { "", "bytes=100000-" }, server.Ranges.ToArray());
    }

    /// <summary>Without a hash, nothing tells whether the two halves are of one file.</summary>
    [TestMethod]
    public async Task A_file_without_a_hash_is_not_put_together()
    {
        server.Cuts.Enqueue(100_000);
        var downloader = new WeightDownloader(server.Url, "model.safetensors", null, Options, null);
        IOException exception = await Assert.ThrowsExactlyAsync<IOException>(() => downloader.RunAsync(default));
        Assert.Contains("could not be downloaded", exception.Message);
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(await downloader.RunAsync(default)));
        CollectionAssert.AreEqual(new[] { "", "" }, server.Ranges.ToArray());
    }

    [TestMethod]
    public async Task A_file_with_a_wrong_hash_is_thrown_away()
    {
        server.Content = MakeContent(1000, 2);
        IOException exception = await Assert.ThrowsExactlyAsync<IOException>(() => PublishedWeights.DownloadAsync(server.Url, Hash, Options));
        Assert.Contains("is not the file that was wanted", exception.Message);
        Assert.Contains(Convert.ToHexString(SHA256.HashData(server.Content)).ToLowerInvariant(), exception.Message);
        Assert.IsEmpty(Files);
        Assert.HasCount(1, server.Ranges);
    }

    [TestMethod]
    [DataRow(100_000)]
    [DataRow(300_000)]
    [DataRow(400_000)]
    public async Task What_another_file_has_left_is_replaced_by_the_whole_file(int left)
    {
        string path = await PublishedWeights.DownloadAsync(server.Url, Hash, Options);
        File.Delete(path);
        File.WriteAllBytes($"{path}.part", MakeContent(left, 3));
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(await PublishedWeights.DownloadAsync(server.Url, Hash, Options)));
        CollectionAssert.AreEqual(new[] { "", $"bytes={left}-", "" }, server.Ranges.ToArray());
        Assert.HasCount(1, Files);
    }

    [TestMethod]
    public async Task A_whole_part_file_only_needs_its_name()
    {
        string path = await PublishedWeights.DownloadAsync(server.Url, Hash, Options);
        File.Move(path, $"{path}.part");
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(await PublishedWeights.DownloadAsync(server.Url, Hash, Options)));
        Assert.AreEqual("bytes=300000-", server.Ranges[^1]);
    }

    [TestMethod]
    public async Task A_wrong_file_under_the_right_name_is_neither_taken_nor_deleted()
    {
        string path = await PublishedWeights.DownloadAsync(server.Url, Hash, Options);
        File.WriteAllText(path, "something of the user's");
        IOException exception = await Assert.ThrowsExactlyAsync<IOException>(() => PublishedWeights.DownloadAsync(server.Url, Hash, Options));
        Assert.Contains(path, exception.Message);
        Assert.Contains("Delete it", exception.Message);
        Assert.AreEqual("something of the user's", File.ReadAllText(path));
    }

    [TestMethod]
    [DataRow("404 Not Found")]
    [DataRow("503 Service Unavailable")]
    public async Task An_error_of_the_server_is_told_and_not_repeated(string status)
    {
        server.Status = status;
        IOException exception = await Assert.ThrowsExactlyAsync<IOException>(() => PublishedWeights.DownloadAsync(server.Url, Hash, Options));
        Assert.Contains($"answers {status[..3]}", exception.Message);
        Assert.Contains("put it at", exception.Message);
        Assert.HasCount(1, server.Ranges);
        Assert.IsEmpty(Files);
    }

    [TestMethod]
    public async Task Without_a_network_the_error_says_which_file_to_put_where()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var url = new Uri($"http://127.0.0.1:{((IPEndPoint)closed.LocalEndpoint).Port}/weights.pth");
        closed.Stop();
        IOException exception = await Assert.ThrowsExactlyAsync<IOException>(() => PublishedWeights.DownloadAsync(url, Hash, Options));
        Assert.Contains($"Download {url} elsewhere and put it at '{folder["cache"]}", exception.Message);
        Assert.Contains("-weights.pth' (its SHA-256 begins with " + Hash.ToLowerInvariant(), exception.Message);
        Assert.IsEmpty(Files);
    }

    [TestMethod]
    public void Offline_nothing_is_asked_for_but_what_is_there_is_found()
    {
        IOException exception = Assert.ThrowsExactly<IOException>(() => PublishedWeights.Download("resnet18", Options with { Offline = true }));
        Assert.Contains("https://download.pytorch.org/models/resnet18-f37072fd.pth", exception.Message);
        Assert.Contains(Path.Combine(folder["cache"], "resnet18-f37072fd.pth"), exception.Message);

        string path = PublishedWeights.Download(server.Url, Hash, Options);
        Assert.AreEqual(path, PublishedWeights.Download(server.Url, Hash, Options with { Offline = true }));
    }

    [TestMethod]
    public async Task A_silent_server_is_given_up()
    {
        server.Cuts.Enqueue(1000);
        server.Stalls = true;
        var downloader = new WeightDownloader(server.Url, "x", null, Options with { StallTimeout = TimeSpan.FromMilliseconds(200) }, null);
        Assert.Contains("the server sent nothing for 0.2 seconds", (await Assert.ThrowsExactlyAsync<IOException>(() => downloader.RunAsync(default))).Message);
    }

    [TestMethod]
    public async Task Cancelling_keeps_what_is_there()
    {
        server.Cuts.Enqueue(150_000);
        server.Stalls = true;
        using var cancel = new CancellationTokenSource();
        var progress = new Progress { At = report => { if (report.Bytes == 150_000) { cancel.Cancel(); } } };
        await Assert.ThrowsAsync<OperationCanceledException>(() => PublishedWeights.DownloadAsync(server.Url, Hash, Options, progress, cancel.Token));
        Assert.AreEqual(150_000, new FileInfo(Path.Combine(folder["cache"], Files.Single())).Length);
    }

    [TestMethod]
    public async Task Two_downloads_of_a_file_at_once_are_one()
    {
        for (int round = 1; round <= 5; round++)
        {
            string[] paths = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => PublishedWeights.DownloadAsync(server.Url, Hash, Options))));
            Assert.HasCount(1, paths.Distinct().ToArray());
            CollectionAssert.AreEqual(Content, File.ReadAllBytes(paths[0]));
            Assert.HasCount(round, server.Ranges.Where(range => range.Length == 0).ToArray());
            Assert.HasCount(1, Files);
            File.Delete(paths[0]);
        }
    }

    [TestMethod]
    public void Wrong_arguments_are_refused()
    {
        Assert.Contains("There are: resnet18, resnet34", Assert.ThrowsExactly<ArgumentException>(() => PublishedWeights.Download("resnet17", Options)).Message);
        Assert.AreEqual("url", Assert.ThrowsExactly<ArgumentException>(() => PublishedWeights.Download(new Uri("ftp://a/b"), Hash, Options)).ParamName);
        Assert.AreEqual("url", Assert.ThrowsExactly<ArgumentException>(() => PublishedWeights.Download(new Uri("b", UriKind.Relative), Hash, Options)).ParamName);
        Assert.AreEqual("url", Assert.ThrowsExactly<ArgumentException>(() => PublishedWeights.Download(server.Url, null, Options)).ParamName);
        Assert.AreEqual("sha256", Assert.ThrowsExactly<ArgumentException>(() => PublishedWeights.Download(server.Url, "1234567", Options)).ParamName);
        Assert.AreEqual("sha256", Assert.ThrowsExactly<ArgumentException>(() => PublishedWeights.Download(server.Url, "1234567x", Options)).ParamName);
        Assert.AreEqual("StallTimeout", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new WeightDownloadOptions { StallTimeout = TimeSpan.Zero }).ParamName);
    }

    [TestMethod]
    public void Known_files_are_of_backbones_and_checked_where_their_names_say_their_hash()
    {
        Assert.HasCount(PublishedWeights.All.Count, PublishedWeights.All.Select(file => file.Name).Distinct().ToArray());
        Assert.HasCount(PublishedWeights.All.Count, PublishedWeights.All.Select(file => file.FileName).Distinct().ToArray());
        foreach (PublishedWeights file in PublishedWeights.All)
        {
            Assert.IsTrue(BackboneTable.All.Any(row => row.Name == file.Backbone), file.Name);
            Assert.AreEqual(Uri.UriSchemeHttps, file.Url.Scheme);
            Assert.IsTrue(file.Sha256 is null ? file.Name.StartsWith("vit_", StringComparison.Ordinal) : file.FileName.EndsWith($"-{file.Sha256}.pth", StringComparison.Ordinal) && file.Sha256.Length == 8 && file.Sha256.All(char.IsAsciiHexDigitLower));
        }
    }

    [TestMethod]
    public void The_folder_is_the_options_else_the_environments_else_the_users()
    {
        Assert.AreEqual("here", new WeightDownloadOptions { CacheFolder = "here" }.Folder);
        string? before = Environment.GetEnvironmentVariable(WeightDownloadOptions.CacheFolderVariable);
        try
        {
            Environment.SetEnvironmentVariable(WeightDownloadOptions.CacheFolderVariable, "there");
            Assert.AreEqual("there", new WeightDownloadOptions().Folder);
            Environment.SetEnvironmentVariable(WeightDownloadOptions.CacheFolderVariable, null);
            Assert.EndsWith(Path.Combine("Microsoft.ML.DeepLayers", "weights"), new WeightDownloadOptions().Folder);
        }
        finally
        {
            Environment.SetEnvironmentVariable(WeightDownloadOptions.CacheFolderVariable, before);
        }
    }

    private static byte[] MakeContent(int length, int seed)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    /// <summary>Takes reports where they are made; the framework's own would pass them on later.</summary>
    private sealed class Progress : IProgress<WeightDownloadProgress>
    {
        internal List<WeightDownloadProgress> Reports { get; } = [];

        internal Action<WeightDownloadProgress>? At { get; init; }

        public void Report(WeightDownloadProgress value)
        {
            Reports.Add(value);
            At?.Invoke(value);
        }
    }
}
