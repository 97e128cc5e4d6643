using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using ScriptedTraining.Tests;

namespace ImageStudio.Tests;

/// <summary>A model of rendered shapes, trained once by the program itself, and a server of it.</summary>
[TestClass]
public static class Studio
{
    /// <summary>Of each class, for training and for its own test.</summary>
    private const int Images = 100;

    private static readonly Lazy<Task<ServerProcess>> s_denseServer = new(() => ServerProcess.Start(TrainDense(Folder["dense.zip"])));
    private static TemporaryFolder? s_folder;
    private static ServerProcess? s_server;
    private static HttpClient? s_client;

    internal static TemporaryFolder Folder => s_folder!;

    internal static string Model => Folder["shapes.zip"];

    internal static ServerProcess Server => s_server!;

    internal static HttpClient Client => s_client!;

    /// <summary>A server of a model that Grad-CAM cannot explain; started by who asks first.</summary>
    internal static Task<ServerProcess> DenseServer => s_denseServer.Value;

    /// <summary>The run that trained the model.</summary>
    internal static ProgramRun Training { get; private set; } = null!;

    /// <summary>Images that the model has not seen, with their classes.</summary>
    internal static IReadOnlyList<(string Path, string Class)> NewImages { get; private set; } = [];

    [AssemblyInitialize]
    public static async Task Start(TestContext context)
    {
        s_folder = new TemporaryFolder();
        await Render(Folder["seen"], Images, seed: 1);
        await Render(Folder["new"], 4, seed: 2);
        NewImages = [.. Directory.GetFiles(Folder["new"], "*.png", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(path => (path, Path.GetFileName(Path.GetDirectoryName(path)!)))];
        Training = await ProgramRun.Of("train", "--images", Folder["seen"], "--model", Model, "--size", "32", "--epochs", "10", "--batch-size", "16");
        Assert.AreEqual(0, Training.ExitCode, Training.Error);
        s_server = await ServerProcess.Start(Model);
        s_client = new HttpClient { BaseAddress = Server.Address };
    }

    [AssemblyCleanup]
    public static async Task End()
    {
        if (s_denseServer.IsValueCreated && s_denseServer.Value.IsCompletedSuccessfully)
        {
            (await s_denseServer.Value).Dispose();
        }

        s_client?.Dispose();
        s_server?.Dispose();
        s_folder?.Dispose();
    }

    private static async Task Render(string folder, int count, int seed)
    {
        ProgramRun run = await ProgramRun.Inside("render", "--out", folder, "--images-per-class", $"{count}", "--size", "64", "--seed", $"{seed}");
        Assert.AreEqual(0, run.ExitCode, run.Error);
    }

    /// <summary>A model without any convolution.</summary>
    private static string TrainDense(string path)
    {
        var ml = new MLContext(seed: 1);
        IDataView images = ml.Data.LoadImageList(NewImages);
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.LoadPixels("Pixels", 8, 8, "ImagePath"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(new Sequential { new Rescaling(1 / 255f), new Flatten() }, featureColumnName: "Pixels", epochs: 1))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(images);
        ml.Model.Save(model, images.Schema, path);
        return path;
    }
}
