namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>A model of the shapes, trained once for all tests, and loaded from its zip as a user would.</summary>
internal static class ShapeModel
{
    private static readonly Lazy<(ITransformer Model, string Path)> Trained = new(() =>
    {
        var ml = new MLContext(seed: 1);
        ITransformer model = ShapeImages.Train(ml, ShapeImages.Network(), new NeuralNetworkOptions { Epochs = 12, Optimizer = new Adam(3e-3f) });
        string path = Path.Combine(Directory.CreateTempSubdirectory("shapes").FullName, "model.zip");
        ml.Model.Save(model, ml.Data.LoadFromEnumerable(ShapeImages.Make(1, 1)).Schema, path);
        return (new MLContext().Model.Load(path, out _), path);
    });

    internal static ITransformer Model => Trained.Value.Model;

    internal static string ZipPath => Trained.Value.Path;

    internal static NeuralNetworkTransformer Network => ((IEnumerable<ITransformer>)Model).OfType<NeuralNetworkTransformer>().Single();

    /// <summary>Pictures that were not trained on.</summary>
    internal static ShapeImage[] Pictures { get; } = ShapeImages.Make(150, seed: 2);

    internal static float[] Floats(ShapeImage picture) => [.. picture.Pixels.Select(pixel => (float)pixel)];
}
