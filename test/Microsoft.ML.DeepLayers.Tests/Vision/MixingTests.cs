using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Training on columns of bytes with all that changes images: augmentation in the network, mixup and CutMix as options.</summary>
[TestClass]
public sealed class MixingTests
{
    [TestMethod]
    public void Bytes_are_augmented_mixed_and_learned()
    {
        var ml = new MLContext(seed: 3);
        var options = new NeuralNetworkOptions { Epochs = 16, Optimizer = new Adam(3e-3f), MixUpAlpha = 0.2f, CutMixAlpha = 1, ValidationFraction = 0.1f };
        ITransformer model = ShapeImages.Train(
            ml, ShapeImages.Network(new RandomFlip(FlipMode.Horizontal), new RandAugment(1, 0.2f), new RandomErasing((0.1f, 0.1f), (0.02f, 0.05f))), options);
        using var folder = new TemporaryFolder();
        IDataView test = ml.Data.LoadFromEnumerable(ShapeModel.Pictures);
        ml.Model.Save(model, test.Schema, folder["model.zip"]);
        IDataView scored = ml.Model.Load(folder["model.zip"], out _).Transform(test);
        Assert.IsGreaterThan(0.9, ml.MulticlassClassification.Evaluate(scored).MicroAccuracy);
    }
}
