using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Tests.Networks;
using ModuleHost;
using OwnLayer;

namespace KeptFiles.Writing;

/// <summary>JSON: networks, components of every kind, and histories.</summary>
internal static class Definitions
{
    internal static void Write(KeptWriter writer)
    {
        var sequential = new Sequential
        {
            new Input(8, 8, 1),
            new Conv2D(4, kernelSize: 3, padding: Padding.Same, activation: Activation.ReLU, kernelInitializer: VarianceScaling.HeNormal),
            new MaxPooling2D((2, 3)),
            new Flatten(),
            new Dense(3, Activation.LeakyReLU(0.1f)) { Name = "hidden \"so\" ı" },
            new Dropout(0.5f),
        };
        Network(writer, "network-sequential", sequential);
        Network(writer, "network-functional", GraphModels.TwoInputs());
        Network(writer, "network-nested-shared", GraphModels.NestedAndShared());
        Network(writer, "network-own-layer", new Sequential { new GaussianUnits(6, gamma: 2, new RandomNormal(0, 0.5f)), new Dense(2) });
        Network(writer, "network-module", Microsoft.ML.DeepLayers.Network.FromModule(TestModules.Tower, TestModules.MakeTower));
        foreach (Type kind in KeptComponents.Kinds)
        {
            Components(writer, kind, kind == typeof(NeuralNetworkOptions) ? OptionExamples.Trainings : kind == typeof(OutputOptions) ? OptionExamples.Outputs : ComponentGen.Types(kind).SelectMany(Examples));
        }

        var ml = new MLContext(seed: 1);
        NeuralNetworkOptions options = TabularModels.Options("Number", epochs: 3);
        options.ValidationFraction = 0.25f;
        options.Callbacks.Add(new EarlyStopping());
        History history = ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(3) }, options).Fit(Rows.View(ml, 64, seed: 1)).History;
        History(writer, "history", history);
        var numbers = new Dictionary<string, double> { ["loss"] = double.NaN, ["val_loss"] = double.PositiveInfinity, ["mae"] = 0.1 + 0.2 };
        History(writer, "history-diverged", new History([new EpochResult(1, numbers, 1e-7, 0.1)], bestEpoch: 1) { WasCancelled = true });
    }

    private static void Network(KeptWriter writer, string name, Network network)
    {
        File.WriteAllText(writer[$"{name}.json"], network.ToJson().ReplaceLineEndings("\n") + "\n");
        writer.Json($"{name}.summary.json", KeptNetwork.Of(network), indented: true);
        writer.Add(name, KeptKind.Network, 0, $"{name}.json", $"{name}.summary.json");
    }

    private static void Components(KeptWriter writer, Type kind, IEnumerable<object> examples)
    {
        string name = $"components-{kind.Name.ToLowerInvariant()}";
        var components = new JsonArray([.. examples.Select(component => new JsonObject
        {
            ["json"] = KeptComponents.Write(component, kind),
            ["parameters"] = KeptComponents.Parameters(component),
        })]);
        writer.Json($"{name}.json", new JsonObject { ["kind"] = kind.Name, ["components"] = components });
        writer.Add(name, KeptKind.Components, 0, $"{name}.json");
    }

    /// <summary>A component with its defaults, and some in which together every parameter has another value.</summary>
    private static IEnumerable<object> Examples(Type type)
    {
        if (type.GetConstructors().Any(constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType.IsAssignableTo(typeof(Delegate)))))
        {
            yield break; // JSON cannot hold a function.
        }

        // These need one of two optional parameters.
        bool hasDefaults = type != typeof(Discretization) && type != typeof(IntegerLookup);
        object plain = ComponentGen.Make(type, new Random(1), requiredOnly: hasDefaults);
        yield return plain;
        PropertyInfo[] open = [.. type.GetProperties().Where(property => property.GetIndexParameters().Length == 0)];
        for (int seed = 2; seed < 60 && open.Length > 0; seed++)
        {
            object component = ComponentGen.Make(type, new Random(seed));
            PropertyInfo[] left = [.. open.Where(property => Equals(property.GetValue(component), property.GetValue(plain)))];
            if (left.Length < open.Length)
            {
                open = left;
                yield return component;
            }
        }
    }

    private static void History(KeptWriter writer, string name, History history)
    {
        File.WriteAllText(writer[$"{name}.json"], HistoryJson.Write(history));
        writer.Json($"{name}.values.json", KeptHistory.Of(history));
        writer.Add(name, KeptKind.History, 0, $"{name}.json", $"{name}.values.json");
    }
}
