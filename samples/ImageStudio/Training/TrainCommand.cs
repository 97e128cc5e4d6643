using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Layers;
using ScriptedTraining;

namespace ImageStudio.Training;

/// <summary>Trains a model on a folder of images, measures it on images that were held out, saves it.</summary>
internal sealed record TrainCommand
{
    public required string ImageFolder { get; init; }

    public required string ModelPath { get; init; }

    public required string BackboneName { get; init; }

    public required string? WeightsPath { get; init; }

    public required int Size { get; init; }

    public required float Width { get; init; }

    public required int Epochs { get; init; }

    public required int BatchSize { get; init; }

    public required float LearningRate { get; init; }

    public required float TestFraction { get; init; }

    public required int Seed { get; init; }

    public required bool Flips { get; init; }

    public required bool SkipsUnreadable { get; init; }

    private ImageErrors Errors => SkipsUnreadable ? ImageErrors.Skip : ImageErrors.Fail;

    public void Run(CommandContext context)
    {
        // All that can be wrong with the arguments is found out before any work.
        OutputFile.Check(ModelPath);
        Backbone? backbone = BackboneName == BackboneChoice.Small ? null : BackboneChoice.Create(BackboneName, Size, Width);
        NetworkWeights? weights = ReadWeights(backbone);
        MLContext ml = context.CreateMLContext(Seed);
        IDataView images = List(ml);
        Describe(context.Output, images, weights is not null);
        DataOperationsCatalog.TrainTestData split = Split(ml, images);

        ITransformer model = Pipeline(ml, backbone, weights, context.CancellationToken).Fit(split.TrainSet);
        HeldOut.Measure(ml, model.Transform(split.TestSet), context.Output);
        ml.Model.SaveAtomically(model, images.Schema, ModelPath);
        context.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"\nSaved {ModelPath}, {new FileInfo(ModelPath).Length / 1024.0 / 1024:0.0} MB. To try it in a browser: serve --model {ModelPath}"));
    }

    /// <summary>From the path of an image to the name of its class.</summary>
    private IEstimator<ITransformer> Pipeline(MLContext ml, Backbone? backbone, NetworkWeights? weights, CancellationToken cancellationToken)
    {
        Layer[] augmentation = Flips ? [new RandomFlip(FlipMode.Horizontal)] : [];
        IEstimator<ITransformer> trainer = backbone is null
            ? ml.MulticlassClassification.Trainers.NeuralNetwork(SmallNetwork.Create(Size, augmentation), new NeuralNetworkOptions
            {
                FeatureColumnName = "Pixels",
                Epochs = Epochs,
                BatchSize = BatchSize,
                Optimizer = Optimizer(),
                CancellationToken = cancellationToken,
            })
            : ml.MulticlassClassification.Trainers.ImageClassification(backbone, new ImageTrainingOptions
            {
                Weights = weights,
                Augmentation = augmentation,
                Epochs = Epochs,
                BatchSize = BatchSize,
                Optimizer = Optimizer(),
                ValidationFraction = 0,
                CancellationToken = cancellationToken,
            });
        return ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.LoadPixels("Pixels", Size, Size, "ImagePath", errors: Errors))
            .Append(trainer)
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    }

    private Adam Optimizer() => new(new CosineDecay(LearningRate));

    private NetworkWeights? ReadWeights(Backbone? backbone)
    {
        if (WeightsPath is null || backbone is null)
        {
            return null;
        }

        try
        {
            return (backbone with { IncludeTop = false }).LoadWeights(WeightsPath).Weights;
        }
        catch (Exception exception) when (exception is FormatException or WeightMismatchException)
        {
            throw new UserException($"The weights of '{WeightsPath}' are not those of {BackboneName} at width {Width.ToString(CultureInfo.InvariantCulture)}: {exception.Message}", exception);
        }
    }

    private IDataView List(MLContext ml)
    {
        try
        {
            return ml.Data.LoadImageFolder(ImageFolder, new ImageFolderOptions { Errors = Errors });
        }
        catch (InvalidOperationException exception)
        {
            throw new UserException(exception.Message, exception);
        }
    }

    private DataOperationsCatalog.TrainTestData Split(MLContext ml, IDataView images)
    {
        try
        {
            return ml.Data.StratifiedTrainTestSplit(images, testFraction: TestFraction);
        }
        catch (ArgumentException exception)
        {
            throw new UserException($"The images of '{ImageFolder}' cannot be split: {exception.Message}", exception);
        }
    }

    private void Describe(TextWriter output, IDataView images, bool isTransfer)
    {
        var classes = images.GetColumn<string>("Label").CountBy(label => label).ToList();
        if (classes.Count < 2)
        {
            throw new UserException($"The folder '{ImageFolder}' has images of one class only, '{classes[0].Key}': there is nothing to tell apart.");
        }

        output.WriteLine($"Images:  {ImageFolder}, {classes.Sum(pair => pair.Value)} of {classes.Count} classes: {string.Join(", ", classes.Select(pair => $"{pair.Key} {pair.Value}"))}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Network: {BackboneName}{(Width == 1 ? "" : $", width {Width}")}, reads {Size} × {Size} pixels, {(isTransfer ? $"starts from {WeightsPath}" : "starts from random weights")}\n"));
    }
}
