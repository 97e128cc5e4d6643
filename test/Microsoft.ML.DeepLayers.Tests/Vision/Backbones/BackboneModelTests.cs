using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Tests.Architectures;
using Microsoft.ML.DeepLayers.Tests.Weights;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>Backbones train, are exported, and score the same by ONNX Runtime, by libtorch, and from a model zip.</summary>
[TestClass]
public sealed class BackboneModelTests
{
    public static IEnumerable<object[]> Names => BackboneTable.Names;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Trains_and_scores_alike_by_both_engines_and_from_a_zip(string name)
    {
        BackboneRow row = BackboneTable.Row(name);
        Backbone backbone = row.Small;
        var ml = new MLContext(seed: 1);
        (IDataView data, byte[][] images) = Images(ml, backbone.InputShape, count: 6);
        NeuralNetworkTransformer model = ml.MulticlassClassification.Trainers.NeuralNetwork(backbone.ToNetwork(), new NeuralNetworkOptions
        {
            FeatureColumnName = "Pixels",
            AddOutputLayer = false,
            Epochs = 2,
            BatchSize = 3,
            Optimizer = new Adam(1e-3f),
            Device = Device.Cpu,
        }).Fit(data);

        float[] scores = [.. model.Transform(data).GetColumn<float[]>("Score").SelectMany(score => score)];
        Assert.IsTrue(scores.All(float.IsFinite));
        Assert.IsGreaterThan(6, scores.Distinct().Count(), "The scores do not depend on the images.");
        float[] logits = WeightFiles.Run(
            model.Network, model.Model.GetWeights(),
            new WeightTensor("pixels", new Shape([images.Length, .. backbone.InputShape]), [.. images.SelectMany(image => image).Select(pixel => (float)pixel)]));
        float[] expected = [.. logits.Chunk(3).SelectMany(Softmax)];
        WeightFiles.AreClose(expected, scores, row.Tolerance);

        var chain = new TransformerChain<ITransformer>(model);
        ArchitectureCheck.SavedAndLoaded(ml, chain, data, "Score");
    }

    private static IEnumerable<float> Softmax(float[] logits)
    {
        float[] exponentials = [.. logits.Select(logit => MathF.Exp(logit - logits.Max()))];
        return exponentials.Select(value => value / exponentials.Sum());
    }

    private static (IDataView Data, byte[][] Images) Images(MLContext ml, Shape shape, int count)
    {
        var random = new Random(1);
        byte[][] images = [.. Enumerable.Range(0, count).Select(_ => new byte[shape.Size])];
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Picture));
        schema[nameof(Picture.Pixels)].ColumnType = new VectorDataViewType(NumberDataViewType.Byte, shape.ToArray());
        schema[nameof(Picture.Label)].ColumnType = new KeyDataViewType(typeof(uint), 3);
        Array.ForEach(images, random.NextBytes);
        Picture[] pictures = [.. images.Select((pixels, i) => new Picture { Pixels = pixels, Label = (uint)(i % 3) })];
        return (ml.Data.LoadFromEnumerable(pictures, schema), images);
    }

    private sealed class Picture
    {
        public byte[] Pixels { get; set; } = [];

        /// <summary>Counted from 0, as ML.NET reads keys of objects.</summary>
        public uint Label { get; set; }
    }
}
