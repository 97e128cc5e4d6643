using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using ScriptedTraining;

namespace ImageStudio.Serving;

/// <summary>A model zip that answers for images in memory, from any number of threads.</summary>
internal sealed class ServedModel : IDisposable
{
    /// <summary>The most pixels of an image: those of large cameras.</summary>
    public const long MaxPixels = 60_000_000;

    /// <summary>Overlays of larger images are made smaller: nobody sees more of a map than that.</summary>
    private const int MaxOverlaySide = 1024;

    private readonly EnginePool engines;
    private readonly HeatMaps? heatMaps;

    private ServedModel(string name, PixelLoadingOptions pixels, IReadOnlyList<string> classes, EnginePool engines, HeatMaps? heatMaps, string? noOverlayReason)
    {
        Name = name;
        (Height, Width) = (pixels.ImageHeight, pixels.ImageWidth);
        Classes = classes;
        this.engines = engines;
        this.heatMaps = heatMaps;
        NoOverlayReason = noOverlayReason;
    }

    /// <summary>The name of the file.</summary>
    public string Name { get; }

    /// <summary>The size in which the network sees images.</summary>
    public int Height { get; }

    public int Width { get; }

    public IReadOnlyList<string> Classes { get; }

    /// <summary>Why there are no overlays; <see langword="null"/> where there are.</summary>
    public string? NoOverlayReason { get; }

    /// <summary>Loads a model.</summary>
    /// <exception cref="UserException">The file is none that can be served.</exception>
    public static ServedModel Load(MLContext ml, string path)
    {
        if (!File.Exists(path))
        {
            throw new UserException($"The model '{path}' does not exist.");
        }

        ITransformer model;
        DataViewSchema inputSchema;
        try
        {
            model = ml.Model.Load(path, out inputSchema);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What damaged or foreign files end in is not documented.
            throw new UserException($"'{path}' is not a model that ML.NET can load: {exception.Message}", exception);
        }

        if (model is not IEnumerable<ITransformer> chain
            || chain.OfType<PixelLoadingTransformer>().FirstOrDefault() is not { } loader
            || !chain.Any(transformer => transformer is NeuralNetworkTransformer))
        {
            throw new UserException($"'{path}' is an ML.NET model, but none of images: it has no LoadPixels with a network behind it, as this program's train command makes it.");
        }

        string[] classes = model.GetOutputSchema(inputSchema).GetColumnOrNull("Score") is { } score ? ClassNames.Of(score) : [];
        if (classes.Length < 2)
        {
            throw new UserException($"'{path}' is a model of images, but it tells no named classes apart, of which the page could show probabilities.");
        }

        EnginePool engines = new(ml, model, loader.Options);
        HeatMaps? heatMaps = HeatMaps.TryCreate(model, loader.Options, out string? reason);
        return new ServedModel(Path.GetFileName(path), loader.Options, classes, engines, heatMaps, reason);
    }

    /// <summary>What the model sees in a file.</summary>
    /// <param name="file">The content.</param>
    /// <param name="explained">The class that is explained; <see langword="null"/> for the likeliest.</param>
    /// <param name="cancellationToken">Ends the waiting for a free engine.</param>
    /// <exception cref="ImageLoadException">It is no image that can be read.</exception>
    public async Task<Prediction> PredictAsync(byte[] file, int? explained, CancellationToken cancellationToken)
    {
        // The size is in the file's first bytes, so that what is too large is found out before anything is decoded.
        using MLImage picture = ImageFiles.Decode(file, MaxOverlaySide, new PixelLoadingOptions { MaxPixels = MaxPixels });
        ImageOutput output = await engines.PredictAsync(file, cancellationToken);
        int likeliest = Array.IndexOf(output.Score, output.Score.Max());
        HeatMap? map = heatMaps?.Explain(output.Pixels, explained ?? likeliest);
        return new Prediction
        {
            Width = picture.Width,
            Height = picture.Height,
            Classes = [.. Classes.Zip(output.Score, (name, probability) => new ClassProbability(name, probability)).OrderByDescending(one => one.Probability)],
            Overlay = map is null ? null : new Overlay(Classes[map.ClassIndex], map.Peak > 0, $"data:image/png;base64,{Convert.ToBase64String(heatMaps!.Draw(map, picture))}"),
            NoOverlayReason = NoOverlayReason,
        };
    }

    public void Dispose()
    {
        engines.Dispose();
        heatMaps?.Dispose();
    }
}
