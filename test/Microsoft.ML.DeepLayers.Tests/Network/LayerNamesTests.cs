using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

[TestClass]
public sealed partial class LayerNamesTests
{
    [TestMethod]
    [DataRow("Dense", "dense")]
    [DataRow("Conv2D", "conv2d")]
    [DataRow("Conv2DTranspose", "conv2d_transpose")]
    [DataRow("MaxPooling1D", "max_pooling1d")]
    [DataRow("GlobalAveragePooling2D", "global_average_pooling2d")]
    [DataRow("BatchNormalization", "batch_normalization")]
    [DataRow("LSTM", "lstm")]
    [DataRow("SimpleRNN", "simple_rnn")]
    [DataRow("RNNCell", "rnn_cell")]
    public void Class_names_become_Kerass_layer_names(string className, string expected)
    {
        Assert.AreEqual(expected, LayerNames.SnakeCase(className));
        Assert.AreEqual(expected, KerasSnakeCase(className));
    }

    [TestMethod]
    public void Every_layer_is_named_as_Keras_would()
    {
        foreach (Type type in ComponentGen.Types(typeof(Layer)))
        {
            Assert.AreEqual(KerasSnakeCase(type.Name), LayerNames.SnakeCase(type.Name));
        }
    }

    [TestMethod]
    public void Any_class_name_becomes_what_Keras_makes_of_it() => Property.Holds(
        Gen.Char['A', 'Z'].Select(Gen.OneOf(Gen.Char['A', 'Z'], Gen.Char['a', 'z'], Gen.Char['0', '9']).Array[0, 12], (first, rest) => first + new string(rest)),
        name => Assert.AreEqual(KerasSnakeCase(name), LayerNames.SnakeCase(name), name));

    [TestMethod]
    public void Layers_without_a_name_are_numbered_by_kind() => CollectionAssert.AreEqual(
        new[] { "input", "dense", "dropout", "dense_1", "dropout_1", "dense_2" },
        Names(new Dense(1), new Dropout(0), new Dense(1), new Dropout(0), new Dense(1)));

    [TestMethod]
    public void A_number_that_is_taken_is_left_out() => CollectionAssert.AreEqual(
        new[] { "input", "dense", "dense_2", "dense_1", "dense_3" },
        Names(new Dense(1), new Dense(1) { Name = "dense_2" }, new Dense(1), new Dense(1)));

    [TestMethod]
    public void Names_differ_by_case() => CollectionAssert.AreEqual(
        new[] { "input", "Dense", "dense" },
        Names(new Dense(1) { Name = "Dense" }, new Dense(1)));

    [TestMethod]
    public void Two_layers_of_one_name_are_refused()
    {
        foreach (Layer[] layers in new Layer[][]
        {
            [new Dense(1) { Name = "hidden" }, new Dropout(0) { Name = "hidden" }],
            [new Dense(1), new Dense(1) { Name = "dense" }],
            [new Dense(1) { Name = "input" }],
        })
        {
            string name = layers[^1].Name!;
            InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => Names(layers));
            Assert.AreEqual($"Two layers of the network are named '{name}'. Give each layer a name of its own, or none.", error.Message);
        }
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("a/b")]
    [DataRow("dense:0")]
    public void Names_that_would_break_weight_names_are_refused(string name)
    {
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => Names(new Dense(1) { Name = name }));
        Assert.AreEqual($"A layer cannot be named '{name}': a name is not empty and has no '/' or ':'.", error.Message);
    }

    [TestMethod]
    public void Names_are_unique_in_every_network() => Property.Holds(
        ComponentGen.Layer.Where(layer => layer.OutputCount == 1).List[0, 12],
        layers => CollectionAssert.AllItemsAreUnique(Names([.. layers])));

    private static string[] Names(params Layer[] layers) => [.. new Sequential(layers).Graph.Nodes.Select(node => node.Name)];

    /// <summary>Keras's own rule: keras/src/utils/naming.py, to_snake_case.</summary>
    private static string KerasSnakeCase(string name) =>
        CapitalAfterSmall().Replace(Word().Replace(name, "$1_$2"), "$1_$2").ToLowerInvariant();

    [GeneratedRegex("(.)([A-Z][a-z]+)")]
    private static partial Regex Word();

    [GeneratedRegex("([a-z])([A-Z])")]
    private static partial Regex CapitalAfterSmall();
}
