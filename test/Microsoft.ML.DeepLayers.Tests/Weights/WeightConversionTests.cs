using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Weights.Conversion;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Weights;

/// <summary>Imported weights compute what the module computed that they come from.</summary>
[TestClass]
public sealed class WeightConversionTests
{
    private static readonly Shape Sequence = new(5, 6);

    /// <summary>Modules of libtorch beside the layers that stand for them, and whether the module wants channels first.</summary>
    private static readonly (string Name, Func<nn.Module> Module, Layer Layer, Shape Input, bool IsChannelsFirst)[] Pairs =
    [
        ("Linear", () => nn.Linear(6, 3), new Dense(3), new Shape(6), false),
        ("Linear without bias", () => nn.Linear(6, 3, hasBias: false), new Dense(3, useBias: false), new Shape(6), false),
        ("Conv1d", () => nn.Conv1d(6, 4, 3), new Conv1D(4, 3), Sequence, true),
        ("Conv2d", () => nn.Conv2d(2, 4, (3, 2)), new Conv2D(4, (3, 2)), new Shape(5, 4, 2), true),
        ("Conv2d in groups", () => nn.Conv2d(4, 6, 3, groups: 2), new Conv2D(6, 3, groups: 2), new Shape(5, 4, 4), true),
        ("BatchNorm1d", () => nn.BatchNorm1d(6), new BatchNormalization(epsilon: 1e-5f), new Shape(6), false),
        ("BatchNorm2d", () => nn.BatchNorm2d(3), new BatchNormalization(epsilon: 1e-5f), new Shape(4, 5, 3), true),
        ("RNN", () => nn.RNN(6, 4, batchFirst: true), new SimpleRNN(4, returnSequences: true), Sequence, false),
        ("LSTM", () => nn.LSTM(6, 4, batchFirst: true), new LSTM(4, returnSequences: true), Sequence, false),
        ("LSTM without bias", () => nn.LSTM(6, 4, bias: false, batchFirst: true), new LSTM(4, useBias: false, returnSequences: true), Sequence, false),
        ("GRU", () => nn.GRU(6, 4, batchFirst: true), new GRU(4, returnSequences: true), Sequence, false),
        ("LSTM both ways", () => nn.LSTM(6, 4, batchFirst: true, bidirectional: true), new Bidirectional(new LSTM(4, returnSequences: true)), Sequence, false),
        ("MultiheadAttention", () => nn.MultiheadAttention(6, 3), new MultiHeadAttention(3, 2), Sequence, false),
        ("MultiheadAttention without bias", () => nn.MultiheadAttention(6, 2, bias: false), new MultiHeadAttention(2, 3, useBias: false), Sequence, false),
        ("GRU both ways", () => nn.GRU(6, 4, batchFirst: true, bidirectional: true), new Bidirectional(new GRU(4, returnSequences: true)), Sequence, false),
    ];

    public static IEnumerable<object[]> PairNames => Pairs.Select(pair => new object[] { pair.Name });

    [TestMethod]
    [DynamicData(nameof(PairNames))]
    public void A_layer_computes_what_the_module_computes_that_its_weights_come_from(string name)
    {
        (_, Func<nn.Module> create, Layer layer, Shape shape, bool isChannelsFirst) = Pairs.Single(pair => pair.Name == name);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var generator = new Generator(1);
        nn.Module module = create();
        NetworkWeights state = State(module, generator);
        module.eval();
        Tensor x = randn([3, .. shape.Select(dimension => (long)dimension)], generator: generator);
        long[] first = [0, shape.Rank, .. Enumerable.Range(1, shape.Rank - 1).Select(axis => (long)axis)];
        Tensor y = Call(module, isChannelsFirst ? x.permute(first).contiguous() : x);
        float[] expected = WeightFiles.ChannelsLast(Out(y)).Values.ToArray();
        expected = isChannelsFirst ? expected : Out(y).Values.ToArray();

        Sequential network = [new Input(shape), layer];
        WeightConversion conversion = WeightConversion.FromPyTorch(state, network);
        WeightFiles.AreClose(expected, WeightFiles.Run(network, conversion.Weights, Out(x)));

        // Out again: the same tensors, except for what PyTorch divides between two biases, which computes the same.
        WeightConversion back = WeightExport.Run(conversion.Weights, ConversionTarget.Of(network, new()), new() { LayerNames = { [""] = network.Graph.Nodes[1].Name } }, new PyTorchConvention());
        Assert.IsTrue(state.Names.Where(tensor => tensor != "num_batches_tracked").ToHashSet().SetEquals(back.Weights.Names));
        Assert.IsTrue(back.Weights.All(tensor => tensor.Shape == state[tensor.Name].Shape));
        WeightFiles.AreSame(conversion.Weights, WeightConversion.FromPyTorch(back.Weights, network).Weights);
        if (!back.Report.Any(row => row.Action.StartsWith("zeros", StringComparison.Ordinal)))
        {
            WeightFiles.AreSame(new NetworkWeights(back.Weights.Select(tensor => state[tensor.Name])), back.Weights);
        }
    }

    [TestMethod]
    public void A_network_of_images_of_PyTorch_gives_the_same_outputs()
    {
        NetworkWeights file = NetworkWeights.LoadPyTorch(WeightFiles.Fixture("image.pt"));
        Sequential network = [new Input(8, 6, 2), .. Image];
        WeightConversion conversion = WeightConversion.FromPyTorch(file, network, new() { IgnoredLayers = ["input", "output"] });
        WeightFiles.AreClose(file["output"].Values.Span, WeightFiles.Run(network, conversion.Weights, WeightFiles.ChannelsLast(file["input"])));
        string[] table = [.. conversion.ToString().Split('\n').Select(line => string.Join(" | ", line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))];
        CollectionAssert.AreEqual(
            new[]
            {
                "source | shape | target | shape | what was done",
                "model.0.weight | [3, 2, 3, 3] | conv2d/kernel | [3, 2, 3, 3] | as it is (layer in order)",
                "model.0.bias | [3] | conv2d/bias | [3] | as it is (layer in order)",
                "model.1.weight | [3] | batch_normalization/gamma | [3] | as it is (layer in order)",
                "model.1.bias | [3] | batch_normalization/beta | [3] | as it is (layer in order)",
                "model.1.running_mean | [3] | batch_normalization/moving_mean | [3] | as it is (layer in order)",
                "model.1.running_var | [3] | batch_normalization/moving_variance | [3] | as it is (layer in order)",
                "model.1.num_batches_tracked | [] | - | - | ignored: a count that PyTorch keeps for itself",
                "model.5.weight | [18] | batch_normalization_1/gamma | [18] | values of [3, 2, 3] from channels first to channels last (layer in order)",
            },
            table[..9]);
        Assert.AreEqual("transposed, inputs [3, 2, 3] from channels first to channels last (layer in order)", conversion.Report.Single(row => row.Source == "model.6.weight").Action);
    }

    [TestMethod]
    public void A_network_of_words_of_PyTorch_gives_the_same_outputs()
    {
        NetworkWeights file = NetworkWeights.LoadPyTorch(WeightFiles.Fixture("text.pt"));
        Sequential network = [new Input(5), new Embedding(7, 5), new Bidirectional(new LSTM(4, returnSequences: true)), new GRU(3), new Dense(2)];
        WeightConversion conversion = WeightConversion.FromPyTorch(WeightFiles.Below(file, "model."), network);
        WeightFiles.AreClose(file["output"].Values.Span, WeightFiles.Run(network, conversion.Weights, file["input"]));
        Assert.AreEqual("added up (layer in order)", conversion.Report.Single(row => row.Source == "both.bias_hh_l0_reverse").Action);
    }

    [TestMethod]
    public void Flattening_channels_last_can_be_told()
    {
        NetworkWeights file = new([WeightFiles.Tensor("fc.weight", new Shape(2, 12)), WeightFiles.Tensor("fc.bias", new Shape(2))]);
        Sequential network = [new Input(2, 2, 3), new Flatten(), new Dense(2)];
        string[] Actions(bool? first) => [.. WeightConversion.FromPyTorch(file, network, new() { FlattensChannelsFirst = first }).Report.Select(row => row.Action)];
        Assert.Contains("channels first", Actions(null)[0]);
        Assert.Contains("channels first", Actions(true)[0]);
        Assert.AreEqual("transposed (layer in order)", Actions(false)[0]);
        // Behind a recurrent layer PyTorch has the features last, as here.
        Sequential recurrent = [new Input(4, 3), new LSTM(3, returnSequences: true), new Flatten(), new Dense(2)];
        NetworkWeights state = new(Names("lstm", "weight_ih_l0 12 3", "weight_hh_l0 12 3", "bias_ih_l0 12", "bias_hh_l0 12").Concat(file));
        Assert.AreEqual("transposed (layer in order)", WeightConversion.FromPyTorch(state, recurrent).Report[4].Action);
    }

    [TestMethod]
    public void Layers_are_found_as_the_user_says_then_by_name_then_in_order()
    {
        NetworkWeights file = new(Names("a", "weight 4 4", "bias 4").Concat(Names("b", "weight 4 4", "bias 4")).Concat(Names("c", "weight 4 4", "bias 4")));
        string Order(Sequential network, params (string File, string Ours)[] given)
        {
            var options = new WeightConversionOptions();
            Array.ForEach(given, pair => options.LayerNames.Add(pair.File, pair.Ours));
            return string.Join(" ", WeightConversion.FromPyTorch(file, network, options).Report.Where(row => row.Source.EndsWith("bias", StringComparison.Ordinal)).Select(row => $"{row.Source[0]}:{row.Target!.Split('/')[0]}"));
        }

        Assert.AreEqual("a:dense b:dense_1 c:dense_2", Order([new Input(4), new Dense(4), new Dense(4), new Dense(4)]));
        Assert.AreEqual("a:dense_1 b:dense_2 c:dense", Order([new Input(4), new Dense(4), new Dense(4), new Dense(4)], ("c", "dense")));
        Assert.AreEqual("a:dense b:b c:dense_1", Order([new Input(4), new Dense(4) { Name = "b" }, new Dense(4), new Dense(4)]));
    }

    [TestMethod]
    public void A_layer_of_the_file_is_not_taken_twice()
    {
        NetworkWeights file = new(Names("a", "weight 4 4", "bias 4").Concat(Names("b", "weight 4 4", "bias 4")));
        Sequential network = [new Input(4), new Dense(4) { Name = "a" }, new Dense(4) { Name = "b" }];
        WeightConversion conversion = WeightConversion.FromPyTorch(file, network, new() { LayerNames = { ["a"] = "b" } });
        CollectionAssert.AreEqual(new[] { "b/kernel", "b/bias", "a/kernel", "a/bias" }, conversion.Report.Select(row => row.Target).ToArray());
    }

    [TestMethod]
    public void Automatic_names_of_another_numbering_do_not_count()
    {
        // Keras numbers through a session: the file's dense_1 is the first of its network.
        NetworkWeights file = new(Names("dense_1", "weight 4 4", "bias 4").Concat(Names("dense_2", "weight 4 4", "bias 4")));
        WeightConversion conversion = WeightConversion.FromPyTorch(file, new Sequential { new Input(4), new Dense(4), new Dense(4) });
        CollectionAssert.AreEqual(new[] { "dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias" }, conversion.Report.Select(row => row.Target).ToArray());
    }

    [TestMethod]
    public void All_that_does_not_fit_is_listed_at_once()
    {
        NetworkWeights file = new(Names("a", "weight 4 5", "bias 4").Concat(Names("b", "weight 2 4")).Concat(Names("z", "weight 9")));
        WeightMismatchException exception = Assert.ThrowsExactly<WeightMismatchException>(() => WeightConversion.FromPyTorch(
            file, new Sequential { new Input(4), new Dense(4), new Dense(2) { Name = "b" }, new Reshape(2, 1), new GRU(2, resetAfter: false) }, new() { LayerNames = { ["a"] = "dense", ["q"] = "none" }, IgnoredLayers = ["y"] }));
        CollectionAssert.AreEquivalent(
            new[]
            {
                "the network has no layer 'none' with weights",
                "layer 'gru': PyTorch's GRU resets after the recurrent product; a GRU with resetAfter off has no counterpart",
                "layer 'dense': 'a.weight' has shape [4, 5] instead of [4, 4]",
                "layer 'b': 'b.bias' [2] is missing in the file",
                "the file has no layer 'y' to be ignored",
                "'z.weight' [9] of the file has no place in the network",
            },
            exception.Problems.ToArray());
        Assert.IsTrue(exception.Problems.All(problem => exception.Message.Contains(problem, StringComparison.Ordinal)));
    }

    [TestMethod]
    public void A_layer_without_counterpart_is_an_error_unless_allowed()
    {
        NetworkWeights file = new(Names("a", "weight 4 4", "bias 4"));
        Sequential network = [new Input(4), new Dense(4), new Dense(3)];
        Assert.Contains("layer 'dense_1' (weight [3, 4], bias [3]) has no counterpart", Assert.ThrowsExactly<WeightMismatchException>(() => WeightConversion.FromPyTorch(file, network)).Message);
        CollectionAssert.AreEqual(new[] { "dense/kernel", "dense/bias" }, WeightConversion.FromPyTorch(file, network, new() { AllowMissing = true }).Weights.Names.ToArray());
    }

    [TestMethod]
    public void A_network_that_does_not_say_its_input_asks_for_it()
    {
        NetworkWeights file = new(Names("a", "weight 4 4", "bias 4"));
        Assert.Contains("InputShapes", Assert.ThrowsExactly<InvalidOperationException>(() => WeightConversion.FromPyTorch(file, new Sequential { new Dense(4) })).Message);
        Assert.HasCount(2, WeightConversion.FromPyTorch(file, new Sequential { new Dense(4) }, new() { InputShapes = [new Shape(4)] }).Weights);
    }

    [TestMethod]
    public void Depthwise_kernels_of_Keras_have_the_multiplier_last()
    {
        // [channels 2 · multiplier 3, 1, 4, 5] and [4, 5, 2, 3].
        var layer = new WeightedLayer("a", new Conv2D(1, 1), new Shape(9, 9, 2), [("depthwise_kernel", new Shape(6, 1, 4, 5)), ("bias", new Shape(7))], null);
        IReadOnlyList<ForeignWeight> weights = new KerasConvention().Weights(layer);
        Rearrangement placing = weights[0].Placing;
        Assert.AreEqual(new Shape(4, 5, 2, 3), placing.Foreign);
        float[] ours = placing.ToOurs([.. Enumerable.Range(0, 120).Select(i => (float)i)]);
        for (int channel = 0; channel < 2; channel++)
        {
            for (int copy = 0; copy < 3; copy++)
            {
                Assert.AreEqual((((1 * 5 + 2) * 2 + channel) * 3) + copy, ours[((((channel * 3) + copy) * 4 + 1) * 5) + 2]);
            }
        }

        Assert.AreEqual(("vars/1", "as it is"), (weights[1].Foreign[0], weights[1].Placing.Description));
    }

    private static Layer[] Image =>
        [new Conv2D(3, 3), new BatchNormalization(epsilon: 1e-5f), new ActivationLayer(Activation.ReLU), new MaxPooling2D(2), new Flatten(), new BatchNormalization(epsilon: 1e-5f), new Dense(4)];

    private static IEnumerable<WeightTensor> Names(string layer, params string[] tensors) => tensors.Select(text =>
        WeightFiles.Tensor($"{layer}.{text.Split(' ')[0]}", new Shape([.. text.Split(' ').Skip(1).Select(int.Parse)])));

    private static WeightTensor Out(Tensor x) => new("x", new Shape([.. x.shape.Select(dimension => (int)dimension)]), [.. x.contiguous().data<float>()]);

    /// <summary>The state of a module with random numbers everywhere, variances included.</summary>
    private static NetworkWeights State(nn.Module module, Generator generator)
    {
        var tensors = new List<WeightTensor>();
        foreach ((string name, Tensor value) in module.state_dict())
        {
            if (value.dtype == ScalarType.Float32)
            {
                value.uniform_(name == "running_var" ? 0.5 : -0.5, name == "running_var" ? 2 : 0.5, generator);
            }

            Tensor floats = value.to(ScalarType.Float32);
            tensors.Add(new(name, new Shape([.. floats.shape.Select(dimension => (int)dimension)]), [.. floats.data<float>()]));
        }

        return new NetworkWeights(tensors);
    }

    private static Tensor Call(nn.Module module, Tensor x) => module switch
    {
        nn.Module<Tensor, Tensor> plain => plain.call(x),
        TorchSharp.Modules.LSTM lstm => lstm.call(x).Item1,
        TorchSharp.Modules.GRU gru => gru.call(x).Item1,
        TorchSharp.Modules.RNN rnn => rnn.call(x).Item1,
        // Steps first there.
        TorchSharp.Modules.MultiheadAttention attention => attention.call(x.transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1), null, false, null).Item1.transpose(0, 1),
        _ => throw new ArgumentException(module.GetName(), nameof(module)),
    };
}
