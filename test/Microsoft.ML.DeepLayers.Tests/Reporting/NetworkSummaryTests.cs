using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Reporting;
using Microsoft.ML.DeepLayers.Tests.Networks;

namespace Microsoft.ML.DeepLayers.Tests.Reporting;

[TestClass]
public sealed class NetworkSummaryTests
{
    /// <summary>The network of Keras's example mnist_mlp, which Keras reports with 669,706 parameters.</summary>
    [TestMethod]
    public void A_perceptron_as_Keras_counts_it() => AssertSummary(
        """
         Layer (type)         Output shape  Param #
        ────────────────────────────────────────────
         input (Input)        (batch, 784)        0
         dense (Dense)        (batch, 512)  401,920
         dropout (Dropout)    (batch, 512)        0
         dense_1 (Dense)      (batch, 512)  262,656
         dropout_1 (Dropout)  (batch, 512)        0
         dense_2 (Dense)      (batch, 10)     5,130
        ────────────────────────────────────────────
        Total params: 669,706 (2.6 MB)
        Trainable params: 669,706 (2.6 MB)
        Non-trainable params: 0 (0 B)

        """,
        new Sequential { new Dense(512, Activation.ReLU), new Dropout(0.2f), new Dense(512, Activation.ReLU), new Dropout(0.2f), new Dense(10, Activation.Softmax) },
        784);

    /// <summary>The network of Keras's example mnist_convnet, which Keras reports with 34,826 parameters (136.04 KB).</summary>
    [TestMethod]
    public void A_convolutional_network_as_Keras_counts_it() => AssertSummary(
        """
         Layer (type)                    Output shape         Param #
        ──────────────────────────────────────────────────────────────
         input (Input)                   (batch, 28, 28, 1)         0
         conv2d (Conv2D)                 (batch, 26, 26, 32)      320
         max_pooling2d (MaxPooling2D)    (batch, 13, 13, 32)        0
         conv2d_1 (Conv2D)               (batch, 11, 11, 64)   18,496
         max_pooling2d_1 (MaxPooling2D)  (batch, 5, 5, 64)          0
         flatten (Flatten)               (batch, 1600)              0
         dropout (Dropout)               (batch, 1600)              0
         dense (Dense)                   (batch, 10)           16,010
        ──────────────────────────────────────────────────────────────
        Total params: 34,826 (136.0 KB)
        Trainable params: 34,826 (136.0 KB)
        Non-trainable params: 0 (0 B)

        """,
        new Sequential
        {
            new Input(28, 28, 1), new Conv2D(32, 3, activation: Activation.ReLU), new MaxPooling2D(2), new Conv2D(64, 3, activation: Activation.ReLU),
            new MaxPooling2D(2), new Flatten(), new Dropout(0.5f), new Dense(10, Activation.Softmax),
        });

    /// <summary>Keras's example bidirectional_lstm_imdb: 2,560,000 + 98,816 + 98,816 + 129 parameters.</summary>
    [TestMethod]
    public void A_recurrent_network_as_Keras_counts_it()
    {
        string summary = new Sequential
        {
            new Embedding(20_000, 128), new Bidirectional(new LSTM(64, returnSequences: true)), new Bidirectional(new LSTM(64)), new Dense(1, Activation.Sigmoid),
        }.Summary(200);
        AssertHas(summary, "embedding (Embedding)", "(batch, 200, 128)", "2,560,000");
        AssertHas(summary, "bidirectional (Bidirectional)", "(batch, 200, 128)", "98,816");
        AssertHas(summary, "bidirectional_1 (Bidirectional)", "(batch, 128)", "98,816");
        AssertHas(summary, "dense (Dense)", "(batch, 1)", "129");
        Assert.Contains("Total params: 2,757,761 (10.5 MB)", summary);
    }

    [TestMethod]
    public void Further_layers_as_Keras_counts_them()
    {
        // GRU with reset_after: 3 · (8 · 32 + 32 · 32 + 2 · 32); SimpleRNN: 8 · 32 + 32 · 32 + 32; grouped: 5 · 2 · 4 + 4; no bias: 6 · 7.
        AssertHas(new Sequential { new GRU(32) }.Summary(10, 8), "gru (GRU)", "(batch, 32)", "4,032");
        AssertHas(new Sequential { new SimpleRNN(32) }.Summary(10, 8), "simple_rnn (SimpleRNN)", "(batch, 32)", "1,312");
        AssertHas(new Sequential { new Conv1D(4, 5, groups: 2) }.Summary(10, 4), "conv1d (Conv1D)", "(batch, 6, 4)", "44");
        AssertHas(new Sequential { new Dense(7, useBias: false) }.Summary(6), "dense (Dense)", "(batch, 7)", "42");
    }

    [TestMethod]
    public void Moving_statistics_are_not_trainable() => AssertSummary(
        """
         Layer (type)                              Output shape  Param #
        ─────────────────────────────────────────────────────────────────
         input (Input)                             (batch, 64)         0
         batch_normalization (BatchNormalization)  (batch, 64)       256
        ─────────────────────────────────────────────────────────────────
        Total params: 256 (1.0 KB)
        Trainable params: 128 (512 B)
        Non-trainable params: 128 (512 B)

        """,
        new Sequential { new BatchNormalization() },
        64);

    [TestMethod]
    public void Names_and_types_of_ones_own_are_shown()
    {
        string summary = new Sequential { new Dense(3) { Name = "hidden" }, new Twice() }.Summary(2);
        AssertHas(summary, "hidden (Dense)", "(batch, 3)", "9");
        AssertHas(summary, "twice (Twice)", "(batch, 3)", "1");
    }

    [TestMethod]
    public void An_empty_network_has_a_summary() => AssertHas(new Sequential().Summary(2, 3), "input (Input)", "(batch, 2, 3)", "0");

    [TestMethod]
    [DataRow(255, "255 (1020 B)")]
    [DataRow(256, "256 (1.0 KB)")]
    [DataRow(2_500, "2,500 (9.8 KB)")]
    [DataRow(262_144, "262,144 (1.0 MB)")]
    [DataRow(400_000_000, "400,000,000 (1525.9 MB)")]
    public void Sizes_are_those_of_four_bytes_a_parameter(int parameters, string expected) =>
        Assert.Contains($"Total params: {expected}\n", new Sequential { new Dense(parameters, useBias: false) }.Summary(1));

    [TestMethod]
    public void Counts_beyond_an_integer_are_right() => Assert.Contains(
        "Total params: 4,000,000,000 (15258.8 MB)\n", new Sequential { new Dense(2_000_000_000, useBias: false) }.Summary(2));

    [TestMethod]
    public void Several_inputs_are_listed_with_their_shapes()
    {
        Layer a = new Input(2) { Name = "a" }, b = new Input(3, 3) { Name = "b" };
        var graph = new NetworkGraph([new GraphNode("a", a, []), new GraphNode("b", b, [])], [new NodeOutput(0), new NodeOutput(1)]);
        string summary = NetworkSummary.Write(graph, [new Shape(2), new Shape(9)]);
        AssertHas(summary, "a (Input)", "(batch, 2)", "0");
        AssertHas(summary, "b (Input)", "(batch, 3, 3)", "0");
    }

    [TestMethod]
    public void The_input_shape_is_asked_for_where_nobody_states_it()
    {
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => new Sequential { new Dense(3) }.Summary());
        Assert.AreEqual(
            "The network does not say the shape of its input 'input'. Give it to Summary, e.g. Summary(4), or begin the network with new Input(4).",
            error.Message);
    }

    [TestMethod]
    public void A_shape_that_does_not_fit_names_the_layer() => Assert.StartsWith(
        "Layer Conv2D 'conv2d' expects an input of shape [height, width, channels], but was given [784] (shapes without the batch dimension).",
        Assert.ThrowsExactly<LayerShapeException>(() => new Sequential { new Conv2D(4, 3) }.Summary(784)).Message);

    [TestMethod]
    public void A_flat_shape_fits_an_Input_of_as_many_values() =>
        AssertHas(new Sequential { new Input(28, 28, 1) }.Summary(784), "input (Input)", "(batch, 28, 28, 1)", "0");

    [TestMethod]
    [DataRow("de-DE")]
    [DataRow("tr-TR")]
    [DataRow("ar-SA")]
    public void A_summary_is_the_same_in_every_country(string culture)
    {
        var network = new Sequential { new Input(28, 28, 1), new Conv2D(32, 3), new Flatten(), new Dense(1000), new BatchNormalization() };
        Assert.AreEqual(network.Summary(), Culture.Run(culture, () => network.Summary()));
    }

    [TestMethod]
    public void A_summary_needs_no_libtorch()
    {
        var library = new WithoutNativeLibraries();
        const string Json = """
            { "layers": [ { "type": "Input", "shape": [8, 8, 1] }, { "type": "Conv2D", "filters": 4, "kernelSize": 3, "activation": "relu" },
              "Flatten", "BatchNormalization", { "type": "Dense", "units": 2, "activation": "softmax", "kernelInitializer": "he_normal" } ] }
            """;
        string summary = library.Summary(Json);
        Assert.AreEqual(Network.FromJson(Json).Summary(), summary);
        Assert.IsEmpty(library.NativeLibraries);

        // The same library does need it for more than that: what was asked here would have been noticed.
        library.UseTorch();
        Assert.Contains("LibTorchSharp", library.NativeLibraries);
    }

    private static void AssertSummary(string expected, Sequential network, params int[] inputShape) =>
        Assert.AreEqual(expected.ReplaceLineEndings("\n"), network.Summary(inputShape));

    /// <summary>Checks that a row of the table has these cells.</summary>
    private static void AssertHas(string summary, string layer, string output, string parameters)
    {
        string[] rows = summary.Split('\n');
        string row = rows.Single(candidate => candidate.StartsWith($" {layer} ", StringComparison.Ordinal));
        CollectionAssert.AreEqual(new[] { layer, output, parameters }, row.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), row);
    }
}
