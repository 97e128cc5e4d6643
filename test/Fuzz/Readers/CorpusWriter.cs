using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Fuzz.Readers;

/// <summary>Writes the part of the corpus that the library itself makes. The files are small, so that changes meet what matters.</summary>
internal static class CorpusWriter
{
    internal static void Write(string folder)
    {
        string Place(string reader, string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(folder, reader)).FullName, name);
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(Row.Make(48));
        new ResumedTraining().Write(Place("checkpoint", "{step}.safetensors"));
        Network[] networks = [.. Networks()];
        for (int i = 0; i < networks.Length; i++)
        {
            File.WriteAllText(Place("network-json", $"{i}.json"), networks[i].ToJson());
            NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(networks[i], new NeuralNetworkOptions { Epochs = 2, ValidationFraction = 0.2f }).Fit(data);
            ml.Model.Save(model, data.Schema, Place("model", $"regression{i}.zip"));
            model.Model.GetWeights().SaveSafeTensors(Place("safetensors", $"{i}.safetensors"));
            model.Model.GetWeights().SavePyTorch(Place("pytorch", $"written{i}.pt"));
            model.ExportOnnx(Place("onnx", $"{i}.onnx"));
        }

        IEstimator<ITransformer> classifier = ml.Transforms.Conversion.MapValueToKey("Key", nameof(Row.Kind))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(new Sequential { new Dense(3) }, new NeuralNetworkOptions { LabelColumnName = "Key", Epochs = 1 }));
        ml.Model.Save(classifier.Fit(data), data.Schema, Place("model", "classes.zip"));
        File.WriteAllLines(
            Place("scripted-table", "table.csv"),
            [string.Join(',', Enumerable.Range(0, 8).Select(i => $"x{i}").Append("Kind")), .. Row.Make(60).Select(row => FormattableString.Invariant($"{string.Join(',', row.Features.Select(value => FormattableString.Invariant($"{value:0.000}")))},{row.Kind}"))]);
        File.WriteAllText(Place("scripted-network", "small.json"), new Sequential { new Dense(4, Activation.ReLU) }.ToJson());
        int code = ScriptedTraining.CommandLine.RunAsync(
            ["train", "--data", Place("scripted-table", "table.csv"), "--label", "Kind", "--network", Place("scripted-network", "small.json"), "--out", Place("scripted-model", "model.zip"), "--epochs", "2"],
            Console.Out, Console.Error).GetAwaiter().GetResult();
        if (code != 0)
        {
            throw new InvalidOperationException($"The sample ended with exit code {code}.");
        }

        File.WriteAllText(Place("image-csv", "list.csv"), "ImagePath,Label\na.png,red\nb.png,\"green, light\"\n");
        File.WriteAllText(Place("image-csv", "numbers.csv"), "ImagePath,x,y\n/tmp/a.png,1,2\n\"b \"\"c\"\".jpg\",3,4.5\n");
    }

    private static IEnumerable<Network> Networks()
    {
        yield return new Sequential { new Dense(4, Activation.ReLU), new Dropout(0.1f), new BatchNormalization() };
        yield return new Sequential { new Reshape(8, 1), new Conv1D(3, 3), new MaxPooling1D(2), new Flatten() };
        yield return new Sequential { new Reshape(4, 2), new Bidirectional(new LSTM(2, returnSequences: true)), new GRU(2) };
        var input = new Input(8);
        LayerOutput left = new Dense(4).Apply(input);
        yield return new Network(input, new Concatenate().Apply(left, new Dense(2).Apply(left)));
    }
}
