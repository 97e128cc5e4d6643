using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using ModuleHost;

namespace KeptFiles.Writing;

/// <summary>Models of graphs, of sequences of different lengths and of TorchSharp modules.</summary>
internal static class GraphModels
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly IDataView Train = Rows.View(Ml, 160, seed: 1);
    private static readonly IDataView Some = Rows.View(Ml, 6, seed: 2);

    internal static void Write(KeptWriter writer)
    {
        void Keep(string name, IEstimator<ITransformer> pipeline) => writer.Model(name, pipeline.Fit(Train), Some);
        NeuralNetworkTrainer Number(Network network, string features) => Ml.Regression.Trainers.NeuralNetwork(network, Options("Number", features));

        Keep("several-outputs", SeveralOutputs());
        Keep("nested-shared", Number(NestedAndShared(), "Features"));
        Keep("sequence-lstm", Number(new Sequential { new Input(Shape.Variable, 2), new LSTM(6) }, "Steps"));
        Keep("sequence-stacked", Number(new Sequential { new Input(Shape.Variable, 2), new Bidirectional(new GRU(4, returnSequences: true)), new SimpleRNN(4) }, "Steps"));
        Keep("sequence-attention", Number(new Sequential { new Input(Shape.Variable, 2), new Dense(6), new TransformerEncoder(8, numHeads: 2), new GlobalAveragePooling1D() }, "Steps"));
        Keep("sequence-words", Ml.Transforms.Text.TokenizeIntoWords("Tokens", "Text")
            .Append(Ml.Transforms.Conversion.MapValueToKey("Keys", "Tokens"))
            .Append(Ml.BinaryClassification.Trainers.NeuralNetwork(
                new Sequential { new Input(Shape.Variable), new Embedding(10, 4, maskZero: true), new LSTM(5) }, Options("Flag", "Keys"))));

        Keep("module-tower", Number(Network.FromModule(TestModules.Tower, TestModules.MakeTower), "Features"));
        Network.RegisterModule(TestModules.Sequence, TestModules.MakeSequence);
        Keep("module-sequence", Ml.BinaryClassification.Trainers.NeuralNetwork(
            new Sequential { new Input(2, 2), new ModuleLayer(TestModules.Sequence) }, Options("Flag", "Features")));
    }

    /// <summary>A block that is a network of its own, applied twice with the same weights, and a residual connection.</summary>
    internal static Network NestedAndShared()
    {
        var entry = new Input(4);
        var block = new Network(entry, new Add().Apply(entry, new Dense(4).Apply(new Dense(6, Activation.Tanh).Apply(entry))));
        var input = new Input(4);
        return new Network(input, block.Apply(block.Apply(input)));
    }

    /// <summary>Two inputs, a shared body, and an output of each task.</summary>
    internal static Network TwoInputs()
    {
        Input features = new(new Shape(4), column: "Features"), more = new(new Shape(2), column: "More");
        LayerOutput body = new Dense(8, Activation.ReLU) { Name = "body" }.Apply(new Concatenate().Apply(features, more));
        LayerOutput narrow = new Dense(3, Activation.LeakyReLU(0.1f)).Apply(body);
        return new Network([features, more], new Dictionary<string, LayerOutput> { ["number"] = body, ["flag"] = narrow, ["kind"] = body, ["pair"] = narrow });
    }

    private static IEstimator<ITransformer> SeveralOutputs()
    {
        NeuralNetworkOptions options = TabularModels.Options("Number");
        foreach (OutputOptions output in new OutputOptions[]
        {
            new("number", "Number", loss: new Microsoft.ML.DeepLayers.Losses.Huber(0.5f)), new("flag", "Flag", PredictionTask.BinaryClassification),
            new("kind", "Kind", PredictionTask.MulticlassClassification, lossWeight: 0.5f), new("pair", "Pair"),
        })
        {
            options.Outputs.Add(output);
        }

        return Ml.Transforms.Conversion.MapValueToKey("Kind", "Class").Append(Ml.Regression.Trainers.NeuralNetwork(TwoInputs(), options));
    }

    private static NeuralNetworkOptions Options(string label, string features)
    {
        NeuralNetworkOptions options = TabularModels.Options(label);
        options.FeatureColumnName = features;
        return options;
    }
}
