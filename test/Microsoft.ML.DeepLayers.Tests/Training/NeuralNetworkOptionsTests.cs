using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class NeuralNetworkOptionsTests
{
    [TestMethod]
    public void Defaults_are_Kerass_and_names_MLNETs()
    {
        var options = new NeuralNetworkOptions();
        Assert.AreEqual(("Label", "Features", null), (options.LabelColumnName, options.FeatureColumnName, options.ExampleWeightColumnName));
        Assert.AreEqual((10, 32, 0f, true), (options.Epochs, options.BatchSize, options.ValidationFraction, options.Shuffle));
        Assert.AreEqual(new Adam(), options.Optimizer);
        Assert.AreEqual((MissingValues.Error, 1L << 30, true), (options.MissingValues, options.CacheBytes, options.AddOutputLayer));
        Assert.IsNull(options.Seed);
        Assert.IsEmpty(options.Callbacks);
        options.Validate();
    }

    [TestMethod]
    public void Values_out_of_range_are_named()
    {
        AssertRefused("LabelColumnName", options => options.LabelColumnName = " ");
        AssertRefused("FeatureColumnName", options => options.FeatureColumnName = "");
        AssertRefused("Epochs", options => options.Epochs = 0);
        AssertRefused("BatchSize", options => options.BatchSize = 0);
        AssertRefused("Optimizer", options => options.Optimizer = null!);
        AssertRefused("CacheBytes", options => options.CacheBytes = -1);
        AssertRefused("ValidationFraction", options => options.ValidationFraction = -0.1f);
        AssertRefused("ValidationFraction", options => options.ValidationFraction = 1);
        AssertRefused("ValidationFraction", options => options.ValidationFraction = float.NaN);
        Assert.AreEqual("Callbacks", Assert.ThrowsExactly<ArgumentNullException>(() => new NeuralNetworkOptions { Callbacks = null! }.Validate()).ParamName);
    }

    [TestMethod]
    public void Values_at_the_edge_are_taken() => new NeuralNetworkOptions { Epochs = 1, BatchSize = 1, CacheBytes = 0, ValidationFraction = 0.999f, Seed = int.MinValue }.Validate();

    [TestMethod]
    [DataRow("en-US")]
    [DataRow("de-DE")]
    public void Options_are_written_and_read_as_Json_but_for_what_is_no_setting(string culture)
    {
        var ml = new MLContext();
        ITransformer model = ml.Transforms.CopyColumns("B", "A").Fit(new Data.TestView(1).WithNumber("A", _ => 0));
        var options = new NeuralNetworkOptions
        {
            LabelColumnName = "Price",
            Epochs = 3,
            Optimizer = new SGD(0.5f, 0.25f),
            ValidationFraction = 0.125f,
            Seed = 4,
            Shuffle = false,
            Callbacks = { new EarlyStopping("loss", 2, 0.5f) },
            MissingValues = MissingValues.Skip,
            Device = Device.Cpu,
            CancellationToken = new CancellationToken(true),
            InitialModel = model,
        };
        string json = Culture.Run(culture, () => JsonSerializer.Serialize(options, ComponentJson.Options));
        JsonObject written = JsonNode.Parse(json)!.AsObject();
        Assert.IsFalse(written.ContainsKey("cancellationToken") || written.ContainsKey("initialModel"));
        Assert.IsTrue(JsonNode.DeepEquals(written["optimizer"], JsonNode.Parse("""{ "type": "SGD", "learningRate": 0.5, "momentum": 0.25 }""")), json);
        Assert.IsTrue(
            JsonNode.DeepEquals(written["callbacks"], JsonNode.Parse("""[ { "type": "EarlyStopping", "monitor": "loss", "patience": 2, "minDelta": 0.5 } ]""")), json);
        Assert.AreEqual("Skip", written["missingValues"]!.GetValue<string>());

        NeuralNetworkOptions read = Culture.Run(culture, () => JsonSerializer.Deserialize<NeuralNetworkOptions>(json, ComponentJson.Options)!);
        Assert.AreEqual(json, JsonSerializer.Serialize(read, ComponentJson.Options));
        Assert.AreEqual(options.Optimizer, read.Optimizer);
        CollectionAssert.AreEqual(options.Callbacks.ToArray(), read.Callbacks.ToArray());
    }

    /// <summary>A callback of an application may hold anything. What it cannot be written as must not cost the model.</summary>
    [TestMethod]
    public void A_callback_that_is_no_Json_does_not_cost_the_model()
    {
        var ml = new MLContext(seed: 1);
        var epochs = new List<int>();
        var options = new NeuralNetworkOptions { Epochs = 2, Callbacks = { new Calling(epochs.Add), new EarlyStopping("loss") } };
        var view = new Data.TestView(8).WithVector("Features", 2, (row, _) => row).WithNumber("Label", row => row);
        using NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, options).Fit(view);
        CollectionAssert.AreEqual(new[] { 1, 2 }, epochs);
        CollectionAssert.AreEqual(new Callback[] { new EarlyStopping("loss") }, model.Model.GetOptions().Callbacks.ToArray());
    }

    [TestMethod]
    public void Values_that_were_spoilt_later_are_refused_by_Fit()
    {
        var options = new NeuralNetworkOptions();
        NeuralNetworkTrainer trainer = new MLContext().Regression.Trainers.NeuralNetwork(new Sequential { new Dense(1) }, options);
        options.Epochs = 0;
        var view = new Data.TestView(8).WithVector("Features", 2, (row, _) => row).WithNumber("Label", row => row);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(view));
    }

    private static void AssertRefused(string name, Action<NeuralNetworkOptions> spoil)
    {
        var options = new NeuralNetworkOptions();
        spoil(options);
        Assert.AreEqual(name, Assert.Throws<ArgumentException>(options.Validate).ParamName);
        // A trainer says so when it is made, not when it is fitted.
        Assert.Throws<ArgumentException>(() => new MLContext().Regression.Trainers.NeuralNetwork(new Sequential { new Dense(1) }, options));
    }

    private sealed record Calling(Action<int> OnEpoch) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Run(OnEpoch);

        private sealed class Run(Action<int> onEpoch) : CallbackRun
        {
            public override void OnEpochEnd(EpochResult result) => onEpoch(result.Epoch);
        }
    }
}
