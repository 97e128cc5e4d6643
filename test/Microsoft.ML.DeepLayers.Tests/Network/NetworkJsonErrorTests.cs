namespace Microsoft.ML.DeepLayers.Tests.Networks;

/// <summary>What a reader of JSON is told when it is wrong: where, and why.</summary>
[TestClass]
public sealed class NetworkJsonErrorTests
{
    private const string KnownLayers =
        "Activation, AveragePooling1D, AveragePooling2D, BatchNormalization, Bidirectional, Conv1D, Conv2D, Dense, Dropout, Embedding, Flatten, GRU, GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalMaxPooling1D, GlobalMaxPooling2D, Input, LSTM, MaxPooling1D, MaxPooling2D, Permute, Reshape, SimpleRNN";

    private const string KnownActivations = "ELU, GELU, LeakyReLU, Linear, Mish, ReLU, SELU, SiLU, Sigmoid, Softmax, Softplus, Softsign, Tanh";

    private const string KnownInitializers =
        "Constant, GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform, Ones, Orthogonal, RandomNormal, RandomUniform, VarianceScaling, Zeros";

    [TestMethod]
    [DataRow("null", "A network is a JSON object: { \"type\": \"Sequential\", \"layers\": [ ... ] }.")]
    [DataRow("[]", "A network is a JSON object: { \"type\": \"Sequential\", \"layers\": [ ... ] }.")]
    [DataRow("""{ "type": "Functional", "layers": [] }""", "The network's type is 'Functional', but only 'Sequential' and 'Network' are known.")]
    [DataRow("""{ "type": "Sequential" }""", "The network has no \"layers\": [ ... ].")]
    [DataRow("""{ "layers": {} }""", "The network has no \"layers\": [ ... ].")]
    [DataRow("""{ "layers": [], "optimizer": "Adam" }""", "A network has \"type\" and \"layers\", but \"optimizer\" was found.")]
    [DataRow("""{ "layers": [ { "type": "Dense", "units": 1 }, "Input" ] }""", "The network cannot be read: In a Sequential network an Input can only come first.")]
    public void The_form_of_the_network(string json, string message) => AssertFails(json, message);

    [TestMethod]
    [DataRow("")]
    [DataRow("{")]
    [DataRow("Sequential")]
    [DataRow("{ \"layers\": [} }")]
    public void Text_that_is_no_json(string json) =>
        AssertFails(json, error => Assert.StartsWith("The network is not valid JSON: ", error), error => Assert.Contains("LineNumber: 0", error));

    [TestMethod]
    public void Members_twice()
    {
        AssertFails("""{ "layers": [], "layers": [] }""", error => Assert.Contains("Key: layers", error));
        AssertFails("""{ "layers": [ { "type": "Dense", "units": 1, "units": 2 } ] }""", error => Assert.Contains("Key: units", error), error => Assert.StartsWith("layers[0] ", error));
    }

    [TestMethod]
    public void A_type_that_is_no_text() =>
        AssertFails("""{ "type": 5, "layers": [] }""", error => Assert.StartsWith("The network cannot be read: ", error));

    [TestMethod]
    [DataRow("null", "layers[1] is null.")]
    [DataRow("7", "layers[1] cannot be read: a layer is a name or an object with a \"type\", but 7 was found.")]
    [DataRow("[]", "layers[1] cannot be read: a layer is a name or an object with a \"type\", but [] was found.")]
    [DataRow("""{ "type": "Dense", "unit": 3 }""", "layers[1] cannot be read: Dense has no \"unit\". It has: activation, activityRegularizer, biasConstraint, biasInitializer, biasRegularizer, kernelConstraint, kernelInitializer, kernelRegularizer, learningRateFactor, name, trainable, units, useBias.")]
    [DataRow("""{ "type": "Dense", "units": 3, "activation": 7 }""", "layers[1] cannot be read: Dense: an activation is a name or an object with a \"type\", but 7 was found.")]
    [DataRow("""{ "type": "Dense", "units": 3, "activation": { "type": "LeakyReLU", "slope": 1 } }""", "layers[1] cannot be read: Dense: LeakyReLUActivation has no \"slope\". It has: negativeSlope.")]
    public void Members_that_do_not_exist_and_things_that_are_no_layer(string layer, string message) => AssertFails($$"""{ "layers": [ "Flatten", {{layer}} ] }""", message);

    [TestMethod]
    [DataRow("\"Dens\"", "layers[1] cannot be read: there is no layer named 'Dens'.", KnownLayers)]
    [DataRow("""{ "type": "Dens" }""", "layers[1] cannot be read: there is no layer named 'Dens'.", KnownLayers)]
    [DataRow("""{ "type": "Layer" }""", "layers[1] cannot be read: there is no layer named 'Layer'.", KnownLayers)]
    [DataRow("""{ "type": "Dense", "units": 3, "activation": "rellu" }""", "layers[1] cannot be read: Dense: there is no activation named 'rellu'.", KnownActivations)]
    [DataRow("""{ "type": "Dense", "units": 3, "kernelInitializer": "xavier" }""", "layers[1] cannot be read: Dense: there is no initializer named 'xavier'.", KnownInitializers)]
    [DataRow("""{ "type": "Dense", "units": 3, "kernelInitializer": "unit_forget_bias" }""", "layers[1] cannot be read: Dense: there is no initializer named 'unit_forget_bias'.", KnownInitializers)]
    public void Names_that_do_not_exist_with_those_that_do(string layer, string message, string known) => AssertFails(
        $$"""{ "layers": [ "Flatten", {{layer}} ] }""",
        error => Assert.StartsWith(message + " Known: ", error),
        error =>
        {
            string[] listed = error[(message.Length + " Known: ".Length)..error.IndexOf(". (", StringComparison.Ordinal)].Split(", ");
            CollectionAssert.AreEqual(listed.Order(StringComparer.Ordinal).ToArray(), listed);
            // Those of other assemblies, as of this one, are known too.
            CollectionAssert.IsSubsetOf(known.Split(", "), listed);
            CollectionAssert.DoesNotContain(listed, "UnitForgetBias");
        });

    [TestMethod]
    [DataRow("\"Dense\"", "layers[0] cannot be read: Dense needs \"units\".")]
    [DataRow("""{ "type": "Dense", "activation": "relu" }""", "layers[0] cannot be read: Dense needs \"units\".")]
    [DataRow("\"Dropout\"", "layers[0] cannot be read: Dropout needs \"rate\".")]
    [DataRow("\"Conv2D\"", "layers[0] cannot be read: Conv2D needs \"filters\", \"kernelSize\".")]
    [DataRow("""{ "type": "Conv2D", "filters": 3 }""", "layers[0] cannot be read: Conv2D needs \"kernelSize\".")]
    [DataRow("\"Reshape\"", "layers[0] cannot be read: Reshape needs \"targetShape\".")]
    [DataRow("\"Permute\"", "layers[0] cannot be read: Permute needs \"dims\".")]
    [DataRow("\"Activation\"", "layers[0] cannot be read: ActivationLayer needs \"activation\".")]
    [DataRow("""{ "type": "Bidirectional", "layer": "LSTM" }""", "layers[0] cannot be read: Bidirectional: LSTM needs \"units\".")]
    public void Parameters_that_are_missing(string layer, string message) => AssertFails($$"""{ "layers": [ {{layer}} ] }""", message);

    [TestMethod]
    [DataRow("""{ "type": "Dense", "units": 0 }""", "layers[0] cannot be read: Dense: units ('0') must be greater than or equal to '1'. (Parameter 'units')\nActual value was 0.")]
    [DataRow("""{ "type": "Dropout", "rate": 1.5 }""", "layers[0] cannot be read: Dropout: The rate must be at least 0 and below 1. (Parameter 'rate')\nActual value was 1.5.")]
    [DataRow("""{ "type": "Dropout", "rate": "NaN" }""", "layers[0] cannot be read: Dropout: The rate must be at least 0 and below 1. (Parameter 'rate')\nActual value was NaN.")]
    [DataRow("""{ "type": "Conv2D", "filters": 3, "kernelSize": [1, 2, 3] }""", "layers[0] cannot be read: Conv2D's \"kernelSize\" cannot be [1,2,3]: it takes a whole number or a list of two.")]
    [DataRow("""{ "type": "Conv2D", "filters": 3, "kernelSize": 3, "strides": 2, "dilationRate": 2 }""", "layers[0] cannot be read: Conv2D: A convolution may have strides above 1 or a dilation rate above 1, not both. (Parameter 'dilationRate')")]
    [DataRow("""{ "type": "Reshape", "targetShape": [-1, -1] }""", "layers[0] cannot be read: Reshape: Every dimension must be at least 1, or -1 for at most one of them, but [-1, -1] was given. (Parameter 'targetShape')")]
    [DataRow("""{ "type": "Input", "shape": [0] }""", "layers[0] cannot be read: Input: Every dimension of a shape must be at least 1 (or the first Shape.Variable), but [0] was given. (Parameter 'dimensions')")]
    [DataRow("""{ "type": "Bidirectional", "layer": { "type": "Dense", "units": 1 } }""", "layers[0] cannot be read: Bidirectional: Bidirectional takes a recurrent layer, such as LSTM or GRU, but was given Dense. (Parameter 'layer')")]
    public void Values_out_of_range(string layer, string message) => AssertFails($$"""{ "layers": [ {{layer}} ] }""", message);

    [TestMethod]
    [DataRow("""{ "type": "Dense", "units": "many" }""", "Dense's \"units\" cannot be \"many\": it takes a whole number.")]
    [DataRow("""{ "type": "Dense", "units": 3.5 }""", "Dense's \"units\" cannot be 3.5: it takes a whole number.")]
    [DataRow("""{ "type": "Dense", "units": null }""", "Dense's \"units\" cannot be null: it takes a whole number.")]
    [DataRow("""{ "type": "Dense", "units": 99999999999 }""", "Dense's \"units\" cannot be 99999999999: it takes a whole number.")]
    [DataRow("""{ "type": "Dense", "units": 1, "useBias": "yes" }""", "Dense's \"useBias\" cannot be \"yes\": it takes true or false.")]
    [DataRow("""{ "type": "Dense", "units": 1, "name": 7 }""", "Dense's \"name\" cannot be 7: it takes a text.")]
    [DataRow("""{ "type": "Conv2D", "filters": 3, "kernelSize": 3, "padding": "full" }""", "Conv2D's \"padding\" cannot be \"full\": it takes Valid, Same, Causal.")]
    [DataRow("""{ "type": "Conv2D", "filters": 3, "kernelSize": 3, "padding": 1 }""", "Conv2D's \"padding\" cannot be 1: it takes Valid, Same, Causal.")]
    [DataRow("""{ "type": "Reshape", "targetShape": 4 }""", "Reshape's \"targetShape\" cannot be 4: it takes a list of whole numbers.")]
    [DataRow("""{ "type": "Dense", "units": 1, "kernelInitializer": { "type": "VarianceScaling", "mode": 9 } }""", "VarianceScaling's \"mode\" cannot be 9: it takes FanIn, FanOut, FanAverage.")]
    public void Values_of_a_wrong_type(string layer, string message) => AssertFails(
        $$"""{ "layers": [ "Flatten", {{layer}} ] }""",
        error => Assert.StartsWith("layers[1] cannot be read: ", error),
        error => Assert.EndsWith(message, error));

    [TestMethod]
    public void Nothing_at_all() => Assert.ThrowsExactly<ArgumentNullException>(() => Network.FromJson(null!));

    private static void AssertFails(string json, string message) =>
        AssertFails(json, error => Assert.AreEqual(message, error.ReplaceLineEndings("\n")));

    private static void AssertFails(string json, params Action<string>[] checks)
    {
        FormatException error = Assert.ThrowsExactly<FormatException>(() => Network.FromJson(json));
        Array.ForEach(checks, check => check(error.Message));
    }
}
