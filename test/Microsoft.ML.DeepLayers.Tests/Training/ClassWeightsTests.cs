using System.Text.Json;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class ClassWeightsTests
{
    private static readonly ClassWeights Given = new(new Dictionary<string, float> { ["no"] = 1, ["Yes"] = 2.5f });

    [TestMethod]
    public void Weights_compare_by_value_and_say_what_they_are()
    {
        var same = new ClassWeights(new Dictionary<string, float> { ["Yes"] = 2.5f, ["no"] = 1 });
        Assert.AreEqual(Given, same);
        Assert.AreEqual(Given.GetHashCode(), same.GetHashCode());
        Assert.AreNotEqual(Given, new ClassWeights(new Dictionary<string, float> { ["yes"] = 2.5f, ["no"] = 1 }));
        Assert.AreNotEqual(Given, ClassWeights.Balanced);
        Assert.AreEqual("Yes: 2.5, no: 1", Culture.Run("de-DE", Given.ToString));
        Assert.AreEqual("Balanced", ClassWeights.Balanced.ToString());
        Assert.IsTrue(ClassWeights.Balanced.IsBalanced);
        Assert.IsFalse(Given.IsBalanced);
    }

    [TestMethod]
    public void What_the_dictionary_becomes_later_does_not_matter()
    {
        var weights = new Dictionary<string, float> { ["a"] = 1 };
        var given = new ClassWeights(weights);
        weights["a"] = 2;
        Assert.AreEqual(1, given.Weights["a"]);
    }

    [TestMethod]
    public void Weights_that_cannot_be_are_refused()
    {
        foreach (float weight in new[] { -1, float.NaN, float.PositiveInfinity })
        {
            StringAssert.StartsWith(
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ClassWeights(new Dictionary<string, float> { ["a"] = weight })).Message,
                "The weight of the class 'a' must be at least 0, and finite.");
        }

        Assert.ThrowsExactly<ArgumentException>(() => new ClassWeights(new Dictionary<string, float>()));
        Assert.ThrowsExactly<ArgumentException>(() => new ClassWeights(new Dictionary<string, float> { ["a"] = 0 }));
        Assert.ThrowsExactly<ArgumentNullException>(() => new ClassWeights(null!));
    }

    [TestMethod]
    [DataRow("en-US")]
    [DataRow("de-DE")]
    public void Weights_are_written_and_read_as_Json(string culture) => Culture.Run(culture, () =>
    {
        foreach (ClassWeights weights in new[] { ClassWeights.Balanced, Given })
        {
            Assert.AreEqual(weights, JsonSerializer.Deserialize<ClassWeights>(JsonSerializer.Serialize(weights, ComponentJson.Options), ComponentJson.Options));
        }

        Assert.AreEqual("\"Balanced\"", JsonSerializer.Serialize(ClassWeights.Balanced, ComponentJson.Options));
        foreach (string wrong in new[] { "3", "\"balance\"", "[]", "{}", """{ "a": -1 }""", """{ "a": "x" }""" })
        {
            Assert.ThrowsExactly<JsonException>(() => JsonSerializer.Deserialize<ClassWeights>(wrong, ComponentJson.Options), wrong);
        }

        return 0;
    });

    [TestMethod]
    public void Options_go_through_Json()
    {
        var options = new NeuralNetworkOptions { ClassWeights = Given, StratifiedValidation = true, Sampling = ExampleSampling.ByWeight, ExampleWeightColumnName = "W", SamplingKeyColumnName = "P" };
        NeuralNetworkOptions read = JsonSerializer.Deserialize<NeuralNetworkOptions>(JsonSerializer.Serialize(options, ComponentJson.Options), ComponentJson.Options)!;
        Assert.AreEqual((Given, true, ExampleSampling.ByWeight, "P"), (read.ClassWeights, read.StratifiedValidation, read.Sampling, read.SamplingKeyColumnName));
        read = JsonSerializer.Deserialize<NeuralNetworkOptions>("{}", ComponentJson.Options)!;
        Assert.AreEqual((null, false, ExampleSampling.Uniform, null), (read.ClassWeights, read.StratifiedValidation, read.Sampling, read.SamplingKeyColumnName));
    }

    [TestMethod]
    public void Options_that_do_not_go_together_are_refused()
    {
        Refused("Sampling = ByWeight draws examples by their weights: say in ExampleWeightColumnName where they are.", new() { Sampling = ExampleSampling.ByWeight });
        Refused("The sampling must be one of Uniform, BalancedClasses, ByWeight.", new() { Sampling = (ExampleSampling)9 });
        Refused("Sampling = BalancedClasses draws examples at random, but Shuffle = false asks for the order of the data.", new() { Sampling = ExampleSampling.BalancedClasses, Shuffle = false });
        Refused(
            "Sampling = BalancedClasses and ClassWeights.Balanced both make up for rare classes, which would be twice too much: choose one.",
            new() { Sampling = ExampleSampling.BalancedClasses, ClassWeights = ClassWeights.Balanced });
        Refused(
            "StratifiedValidation and SamplingKeyColumnName do not go together: whole groups seldom have the shares of all classes. Choose one, or give a validation set: Fit(train, validation).",
            new() { StratifiedValidation = true, SamplingKeyColumnName = "Patient" });
        Refused("The value cannot be an empty string", new() { SamplingKeyColumnName = " " });
        Refused(
            "With Outputs, each output has ClassWeights of its own: give them there.",
            new() { ClassWeights = Given, Outputs = { new OutputOptions("dense", "Label") } });
        new NeuralNetworkOptions { Sampling = ExampleSampling.BalancedClasses, ClassWeights = Given }.Validate();
    }

    [TestMethod]
    public void Regression_has_no_classes()
    {
        var ml = new MLContext();
        string Message(NeuralNetworkOptions options) =>
            Assert.ThrowsExactly<ArgumentException>(() => ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(1) }, options)).Message;
        Assert.AreEqual(
            "ClassWeights weigh classes, but label column 'Label' is for Regression, which has none. Give examples weights instead: ExampleWeightColumnName.",
            Message(new() { ClassWeights = ClassWeights.Balanced }));
        Assert.AreEqual(
            "StratifiedValidation keeps the shares of classes, but Regression has none. Leave it off, or give a validation set: Fit(train, validation).",
            Message(new() { StratifiedValidation = true }));
        Assert.AreEqual(
            "Sampling = BalancedClasses draws the classes of one label equally often, but Regression has none.", Message(new() { Sampling = ExampleSampling.BalancedClasses }));
    }

    private static void Refused(string message, NeuralNetworkOptions options) =>
        StringAssert.StartsWith(Assert.Throws<ArgumentException>(options.Validate).Message, message);
}
