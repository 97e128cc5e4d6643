using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

[TestClass]
public sealed class NetworkJsonTests
{
    public static IEnumerable<Type[]> Layers => ComponentGen.Types(typeof(Layer)).Select(type => new[] { type });

    public static IEnumerable<Type[]> OtherComponents =>
        new[] { typeof(Activation), typeof(Initializer), typeof(Regularizer), typeof(Constraint), typeof(Optimizer), typeof(Callback), typeof(LearningRateSchedule) }
            .SelectMany(kind => ComponentGen.Types(kind).Where(type => !TakesFunction(type)), (kind, type) => new[] { kind, type });

    /// <summary>Functions cannot be written.</summary>
    private static bool TakesFunction(Type type) =>
        type.GetConstructors().Any(constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType.IsAssignableTo(typeof(Delegate))));

    [TestMethod]
    [DynamicData(nameof(Layers))]
    public void Every_layer_reads_back_equal_whatever_its_options(Type type) => Property.Holds(Gen.Int, seed =>
    {
        var layer = (Layer)ComponentGen.Make(type, new Random(seed));
        if (layer.OutputCount != 1)
        {
            var input = new Input(3);
            AssertRoundTrip(new Network([input], [layer.Apply(input), layer.Apply(input).Output(1)]));
            return;
        }

        AssertRoundTrip(new Sequential { layer });
        AssertRoundTrip(new Sequential { layer with { Name = "named \"so\" ı" } });
    });

    [TestMethod]
    [DynamicData(nameof(OtherComponents))]
    public void Every_other_component_reads_back_equal_whatever_its_options(Type kind, Type type) => Property.Holds(Gen.Int, seed =>
    {
        object component = ComponentGen.Make(type, new Random(seed));
        string json = JsonSerializer.Serialize(component, kind, ComponentJson.Options);
        Assert.AreEqual(component, JsonSerializer.Deserialize(json, kind, ComponentJson.Options), json);
    });

    [TestMethod]
    public void Every_network_reads_back_equal() => Property.Holds(ComponentGen.Network, AssertRoundTrip);

    [TestMethod]
    [DynamicData(nameof(Layers))]
    public void A_layer_with_defaults_is_written_as_its_required_parameters_alone(Type type)
    {
        if (type == typeof(Discretization) || type == typeof(IntegerLookup))
        {
            return; // These need one of two optional parameters.
        }

        string[] required = [.. type.GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)!.GetParameters()
            .Where(parameter => !parameter.HasDefaultValue && !parameter.IsDefined(typeof(ParamArrayAttribute), false))
            .Select(parameter => parameter.Name!)];
        var layer = (Layer)ComponentGen.Make(type, new Random(1), requiredOnly: true);
        JsonNode written = JsonSerializer.SerializeToNode(layer, ComponentJson.Options)!;
        if (type == typeof(Reshape) || type == typeof(Permute) || type == typeof(Input) || type == typeof(StackedRNNCells))
        {
            Assert.HasCount(2, written.AsObject());
        }
        else if (required.Length == 0)
        {
            Assert.AreEqual(type.Name, written.GetValue<string>());
        }
        else
        {
            CollectionAssert.AreEquivalent(required.Append("type").ToArray(), written.AsObject().Select(member => member.Key).ToArray());
        }
    }

    [TestMethod]
    public void Json_is_compact_and_in_order()
    {
        var network = new Sequential
        {
            new Input(28, 28, 1),
            new Conv2D(32, kernelSize: 3, padding: Padding.Same, activation: Activation.ReLU, kernelInitializer: VarianceScaling.HeNormal),
            new MaxPooling2D((2, 3)),
            new Flatten(),
            new Dense(10, Activation.LeakyReLU(0.1f)) { Name = "hidden" },
            new Dropout(0.5f),
            new ActivationLayer(Activation.ELU()),
        };
        const string Expected = """
            {
              "type": "Sequential",
              "layers": [
                {
                  "type": "Input",
                  "shape": [
                    28,
                    28,
                    1
                  ]
                },
                {
                  "type": "Conv2D",
                  "kernelSize": 3,
                  "filters": 32,
                  "kernelInitializer": "HeNormal",
                  "padding": "Same",
                  "activation": "ReLU"
                },
                {
                  "type": "MaxPooling2D",
                  "poolSize": [
                    2,
                    3
                  ]
                },
                "Flatten",
                {
                  "type": "Dense",
                  "units": 10,
                  "activation": {
                    "type": "LeakyReLU",
                    "negativeSlope": 0.1
                  },
                  "name": "hidden"
                },
                {
                  "type": "Dropout",
                  "rate": 0.5
                },
                {
                  "type": "Activation",
                  "activation": "ELU"
                }
              ]
            }
            """;
        Assert.AreEqual(Lines(Expected), Lines(network.ToJson()));
        Assert.AreEqual<Network>(network, Network.FromJson(Expected));
    }

    [TestMethod]
    public void An_empty_network_is_written_and_read()
    {
        AssertRoundTrip(new Sequential());
        Assert.AreEqual<Network>(new Sequential(), Network.FromJson("""{ "layers": [] }"""));
    }

    [TestMethod]
    public void Keras_spellings_are_read()
    {
        const string Json = """
            {
              // Comments and a trailing comma are welcome.
              "layers": [
                { "type": "dense", "units": 8, "activation": "relu", "kernelInitializer": "he_normal", "biasInitializer": "zeros" },
                { "type": "conv1d", "filters": 4, "kernelSize": 3, "padding": "causal", "activation": "leaky_relu" },
                { "type": "dense", "units": 8, "activation": "elu", "kernelInitializer": "glorot_uniform", "biasInitializer": "ones" },
                { "type": "max_pooling1d", "poolSize": 3, "padding": "same" },
                { "type": "Activation", "activation": "softmax" },
                { "type": "embedding", "inputDim": 5, "outputDim": 2, "embeddingsInitializer": "random_uniform" },
                "batch_normalization",
                "FLATTEN",
              ]
            }
            """;
        Network expected = new Sequential
        {
            new Dense(8, Activation.ReLU, kernelInitializer: VarianceScaling.HeNormal),
            new Conv1D(4, 3, padding: Padding.Causal, activation: Activation.LeakyReLU()),
            new Dense(8, Activation.ELU(), biasInitializer: Constant.Ones),
            new MaxPooling1D(3, padding: Padding.Same),
            new ActivationLayer(Activation.Softmax),
            new Embedding(5, 2),
            new BatchNormalization(),
            new Flatten(),
        };
        Assert.AreEqual(expected, Network.FromJson(Json));
    }

    [TestMethod]
    public void A_default_that_is_written_anyway_makes_no_difference() => Assert.AreEqual<Network>(
        new Sequential { new Dense(3), new MaxPooling2D() },
        Network.FromJson("""
            { "layers": [
                { "type": "Dense", "units": 3, "activation": { "type": "LinearActivation" }, "useBias": true, "kernelInitializer": null,
                  "biasInitializer": { "type": "Constant", "value": 0 } },
                { "type": "MaxPooling2D", "poolSize": [2, 2], "strides": null, "padding": "Valid" } ] }
            """));

    [TestMethod]
    public void Numbers_that_Json_has_no_word_for_read_back_too() =>
        AssertRoundTrip(new Sequential { new Dense(1, biasInitializer: new Constant(float.NegativeInfinity), kernelInitializer: new Orthogonal(float.NaN)) });

    [TestMethod]
    public void Layers_and_activations_of_an_application_are_written_and_read()
    {
        var network = new Sequential { new Twice(factor: 3), new Dense(2, new Swap("x")) };
        AssertRoundTrip(network);
        Assert.Contains("\"type\": \"Twice\"", network.ToJson());
    }

    [TestMethod]
    [DataRow("de-DE")]
    [DataRow("tr-TR")]
    [DataRow("sv-SE")]
    [DataRow("ar-SA")]
    public void Json_is_the_same_in_every_country(string culture)
    {
        var network = new Sequential
        {
            new Input(new Shape(28, 28, 1), "Pixels"), new Conv2D(1234, 3, padding: Padding.Valid, kernelInitializer: new RandomUniform(-0.25f, 1.5f)),
            new Dropout(0.125f), new Dense(1, Activation.Sigmoid, kernelInitializer: VarianceScaling.GlorotUniform),
        };
        string json = network.ToJson();
        Assert.AreEqual(json, Culture.Run(culture, network.ToJson));
        Assert.AreEqual<Network>(network, Culture.Run(culture, () => Network.FromJson(json)));
        Assert.AreEqual<Network>(
            new Sequential { new Dense(1, Activation.SiLU, kernelInitializer: VarianceScaling.LecunUniform) },
            Culture.Run(culture, () => Network.FromJson("""{ "layers": [ { "type": "dense", "units": 1, "activation": "silu", "kernelInitializer": "lecun_uniform" } ] }""")));
    }

    private static void AssertRoundTrip(Network network)
    {
        string json = network.ToJson();
        Network read = Network.FromJson(json);
        Assert.AreEqual<Network>(network, read, json);
        Assert.AreEqual(json, read.ToJson());
    }

    private static string Lines(string text) => text.ReplaceLineEndings("\n");
}
