using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Architectures;

/// <summary>Attention over sentences of any length (Vaswani et al. 2017): which of two words comes first?</summary>
[TestClass]
public sealed class TransformerTests
{
    private static readonly string[] Fillers = ["and", "then", "once", "more", "they", "said", "so", "on"];

    [TestMethod]
    public void Finds_out_whether_two_words_are_in_order()
    {
        var ml = new MLContext(seed: 1);
        (IDataView train, IDataView test) = (Sentences(ml, 1200, seed: 1), Sentences(ml, 400, seed: 2));
        Network network = Transformer();
        ArchitectureCheck.Definition(network);

        ITransformer model = ml.Transforms.Text.TokenizeIntoWords("Words", "Sentence")
            .Append(ml.Transforms.Conversion.MapValueToKey("Tokens", "Words"))
            .Append(ml.BinaryClassification.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                LabelColumnName = "InOrder",
                FeatureColumnName = "Tokens",
                Epochs = 12,
                Optimizer = new Adam(0.005f),
            })).Fit(train);
        double accuracy = ml.BinaryClassification.Evaluate(model.Transform(test), "InOrder").Accuracy;
        ITransformer bag = ml.Transforms.Text.ProduceWordBags("Features", "Sentence", ngramLength: 1)
            .Append(ml.BinaryClassification.Trainers.LbfgsLogisticRegression("InOrder")).Fit(train);
        double linear = ml.BinaryClassification.Evaluate(bag.Transform(test), "InOrder").Accuracy;
        Console.WriteLine($"accuracy {accuracy:0.000}, of a bag of words {linear:0.000}");
        Assert.IsGreaterThan(0.95, accuracy);
        Assert.IsLessThan(0.65, linear);
        ArchitectureCheck.SavedAndLoaded(ml, model, test, "Score", "Probability");
    }

    private static Network Transformer()
    {
        var tokens = new Input(Shape.Variable);
        LayerOutput x = new TokenAndPositionEmbedding(vocabularySize: 11, sequenceLength: 16, embeddingDim: 16).Apply(tokens);
        x = new TransformerEncoder(intermediateDim: 32, numHeads: 2).Apply(x);
        x = new TransformerEncoder(intermediateDim: 32, numHeads: 2).Apply(x);
        return new Network(tokens, new GlobalAveragePooling1D().Apply(x));
    }

    /// <summary>2 to 12 words, among them "first" and "last" once each: their number says nothing, only their order.</summary>
    private static IDataView Sentences(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            string[] words = [.. Enumerable.Range(0, random.Next(2, 13)).Select(_ => Fillers[random.Next(Fillers.Length)])];
            int[] places = [.. Enumerable.Range(0, words.Length)];
            random.Shuffle(places);
            (words[places[0]], words[places[1]]) = ("first", "last");
            return new Text { Sentence = string.Join(' ', words), InOrder = places[0] < places[1] };
        }).ToArray());
    }

    private sealed class Text
    {
        public string Sentence { get; set; } = "";

        public bool InOrder { get; set; }
    }
}
