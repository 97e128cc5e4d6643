using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Networks;
using Microsoft.ML.DeepLayers.Tests.Persistence;
using Microsoft.ML.DeepLayers.Tests.Trainers;
using ModuleHost;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Modules;

/// <summary>A user's TorchSharp module trains, is saved, is loaded and scores like any other network.</summary>
[TestClass]
[DoNotParallelize]
public sealed class ModuleTests
{
    private readonly MLContext ml = new(seed: 1);

    internal static Network Tower => Network.FromModule(TestModules.Tower, TestModules.MakeTower);

    /// <summary>Four features as two steps of two.</summary>
    internal static Network Sequence
    {
        get
        {
            Network.RegisterModule(TestModules.Sequence, TestModules.MakeSequence);
            return new Sequential { new Input(2, 2), new ModuleLayer(TestModules.Sequence) };
        }
    }

    [TestMethod]
    public void A_module_keeps_the_contract_of_an_estimator_in_every_task()
    {
        IDataView data = TrainerData.View(ml, 70);
        IDataView withoutFeatures = ml.Transforms.DropColumns("Features").Fit(data).Transform(data);
        EstimatorConformance.Check(ml, ml.Regression.Trainers.NeuralNetwork(Tower, TrainerPipelines.Options("Number", epochs: 2)), data, withoutFeatures);
        EstimatorConformance.Check(ml, ml.BinaryClassification.Trainers.NeuralNetwork(Sequence, TrainerPipelines.Options("Flag", epochs: 2)), data, withoutFeatures);
        EstimatorConformance.Check(ml, Multiclass(ml, Sequence, epochs: 2), data, withoutFeatures);
    }

    [TestMethod]
    public void Modules_learn()
    {
        IDataView data = TrainerData.View(ml), test = TrainerData.View(ml, 200, seed: 2);
        Assert.IsGreaterThan(0.9, ml.Regression.Evaluate(Regression(ml, Tower, epochs: 20).Fit(data).Transform(test), "Number").RSquared);
        Assert.IsGreaterThan(0.85, ml.MulticlassClassification.Evaluate(Multiclass(ml, Sequence, epochs: 25).Fit(data).Transform(test)).MicroAccuracy);
        Assert.IsGreaterThan(0.9, ml.BinaryClassification.Evaluate(
            ml.BinaryClassification.Trainers.NeuralNetwork(Tower, TrainerPipelines.Options("Flag", epochs: 20)).Fit(data).Transform(test), "Flag").Accuracy);
    }

    [TestMethod]
    public void Probabilities_of_classes_are_those_of_a_softmax()
    {
        IDataView data = TrainerData.View(ml, 60);
        foreach (float[] row in TrainerPipelines.Scores(ml, Multiclass(ml, Tower, epochs: 2).Fit(data), data))
        {
            Assert.AreEqual(1f, row.Sum(), 1e-5f);
            Assert.IsTrue(Array.TrueForAll(row, score => score > 0));
        }
    }

    [TestMethod]
    public void A_zip_holds_weights_instead_of_onnx_and_scores_to_the_same_bits()
    {
        IDataView data = TrainerData.View(ml, 100);
        foreach (Network network in new[] { Tower, Sequence })
        {
            NeuralNetworkTransformer model = Regression(ml, network, epochs: 2).Fit(data);
            byte[] zip = ModelZips.Save(ml, model, data.Schema);
            string[] entries = [.. ModelZips.Entries(zip).Keys.Select(Path.GetFileName)!];
            CollectionAssert.Contains(entries, "Model.weights");
            CollectionAssert.DoesNotContain(entries, "Model.onnx");
            var loaded = (NeuralNetworkTransformer)ModelZips.Load(zip);
            CollectionAssert.AreEqual(Bits(model, data), Bits(loaded, data));
            Assert.AreEqual(network, loaded.Network);
            CollectionAssert.AreEqual(model.Model.WeightNames.ToArray(), loaded.Model.WeightNames.ToArray());
            loaded.Dispose();
            CollectionAssert.AreEqual(Bits(model, data), Bits(loaded, data), "after Dispose");
        }
    }

    [TestMethod]
    public void Weights_are_libtorchs_state_dictionary()
    {
        NeuralNetworkTransformer model = Regression(ml, Tower, epochs: 3).Fit(TrainerData.View(ml, 100));
        CollectionAssert.AreEqual(
            new[]
            {
                "module/0.weight", "module/0.bias", "module/2.weight", "module/2.bias", "module/4.weight", "module/4.bias",
                "module/2.running_mean", "module/2.running_var", "module/2.num_batches_tracked", "output/kernel", "output/bias",
            },
            model.Model.WeightNames.ToArray());
        Assert.AreEqual(new Shape(16, 4), model.Model.GetWeightShape("module/0.weight"));
        Assert.AreEqual(new Shape(), model.Model.GetWeightShape("module/2.num_batches_tracked"));
        // 100 examples in batches of 32, three times.
        CollectionAssert.AreEqual(new[] { 12f }, model.Model.GetWeight("module/2.num_batches_tracked"));
        Assert.AreNotEqual(0f, model.Model.GetWeight("module/2.running_mean")[0]);
    }

    [TestMethod]
    public void Scores_are_those_of_the_plain_TorchSharp_module_with_the_same_weights()
    {
        IDataView data = TrainerData.View(ml, 60);
        NeuralNetworkTransformer model = Regression(ml, Tower, epochs: 3).Fit(data);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        nn.Module<Tensor, Tensor> plain = TestModules.MakeTower();
        foreach ((string name, Tensor value) in plain.state_dict())
        {
            value.copy_(Weight($"module/{name}"));
        }

        plain.eval();
        Tensor features = torch.tensor(TrainerData.Rows(60).SelectMany(row => row.Features).ToArray()).reshape(60, 4);
        float[] expected = plain.call(features).matmul(Weight("output/kernel")).add(Weight("output/bias")).data<float>().ToArray();
        float[] scores = [.. TrainerPipelines.Scores(ml, model, data).Select(row => row[0])];
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], scores[i], 1e-5f);
        }

        Tensor Weight(string name) => torch.tensor(model.Model.GetWeight(name)).reshape([.. model.Model.GetWeightShape(name).Select(dimension => (long)dimension)]);
    }

    [TestMethod]
    public void The_best_epochs_weights_come_back_buffers_too()
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 60);
        options.ValidationFraction = 0.25f;
        options.Optimizer = new Adam(0.1f);
        options.Callbacks.Add(new EarlyStopping(patience: 2, restoreBestWeights: true));
        NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(Tower, options).Fit(TrainerData.View(ml, 128));
        Assert.IsLessThan(60, model.History.Epochs.Count);
        // Three batches an epoch.
        Assert.AreEqual(3f * model.History.BestEpoch!.Value, model.Model.GetWeight("module/2.num_batches_tracked")[0]);
    }

    [TestMethod]
    public void A_module_computes_in_double_precision_where_that_is_asked_for()
    {
        Network.RegisterModule("tests/square", static () => nn.Sequential(nn.Linear(2, 2), nn.Tanh()));
        using var harness = new Layers.LayerHarness([new ModuleLayer("tests/square")], new Shape(2), ScalarType.Float64, spec => spec.Name == "0.weight" ? [1, 2, 3, 4] : [5, 6]);
        using DisposeScope scope = NewDisposeScope();
        Tensor output = harness.Forward(torch.tensor(new[] { 0.1, -0.2 }, device: TestDevice.Torch).reshape(1, 2));
        Assert.AreEqual(ScalarType.Float64, output.dtype);
        Assert.AreEqual(Math.Tanh(0.1 - 0.4 + 5), output[0, 0].item<double>(), 1e-12);
        Assert.AreEqual(Math.Tanh(0.3 - 0.8 + 6), output[0, 1].item<double>(), 1e-12);
    }

    [TestMethod]
    public void Parameters_that_need_no_gradient_stay_and_buffers_are_saved()
    {
        NeuralNetworkTransformer model = Regression(ml, Sequence, epochs: 2).Fit(TrainerData.View(ml, 64));
        CollectionAssert.AreEqual(Enumerable.Repeat(0.25f, 6).ToArray(), model.Model.GetWeight("module/shift"));
        CollectionAssert.AreEqual(new[] { 4f }, model.Model.GetWeight("module/calls"));
        Assert.IsFalse(model.Model.GetWeight("module/scale").Contains(1f));
        StringAssert.Contains(model.Network.Summary(4), "Trainable");
    }

    [TestMethod]
    public void Training_continues_from_a_loaded_model()
    {
        IDataView data = TrainerData.View(ml);
        NeuralNetworkTransformer first = Regression(ml, Tower, epochs: 6).Fit(data);
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 2);
        options.InitialModel = ModelZips.Load(ModelZips.Save(ml, first, data.Schema));
        NeuralNetworkTransformer second = ml.Regression.Trainers.NeuralNetwork(Tower, options).Fit(data);
        Assert.HasCount(8, second.History.Epochs);
        Assert.IsLessThan(first.History["loss"][1], second.History["loss"][6]);
        Assert.AreEqual(8 * 13f, second.Model.GetWeight("module/2.num_batches_tracked")[0]);
    }

    [TestMethod]
    public void The_same_seed_gives_the_same_weights_and_the_processs_generator_goes_on_undisturbed()
    {
        IDataView data = TrainerData.View(ml, 100);
        foreach (Network network in new[] { Tower, Sequence })
        {
            manual_seed(77);
            byte[] first = Regression(new MLContext(seed: 5), network, 2).Fit(data).Model.Trained.Onnx;
            float next = rand(1).item<float>();
            manual_seed(1234);
            byte[] second = Regression(new MLContext(seed: 5), network, 2).Fit(data).Model.Trained.Onnx;
            CollectionAssert.AreEqual(first, second);
            CollectionAssert.AreNotEqual(first, Regression(new MLContext(seed: 6), network, 2).Fit(data).Model.Trained.Onnx);
            manual_seed(77);
            Assert.AreEqual(rand(1).item<float>(), next);
        }
    }

    [TestMethod]
    public void Where_the_batches_lie_in_memory_makes_no_difference()
    {
        Network network = Network.FromModule("tests/unaligned", static () => nn.Linear(4, 5));
        IDataView data = TrainerData.View(ml, 100);
        var room = new List<byte[]>();
        byte[] first = Regression(new MLContext(seed: 5), network, 1).Fit(data).Model.Trained.Onnx;
        for (int i = 0; i < 40; i++)
        {
            room.Add(GC.AllocateArray<byte>(8 + (8 * (i % 13)), pinned: true));
            CollectionAssert.AreEqual(first, Regression(new MLContext(seed: 5), network, 1).Fit(data).Model.Trained.Onnx, $"round {i}");
        }
    }

    [TestMethod]
    public void Weights_start_as_the_modules_own_code_makes_them()
    {
        Network network = Network.FromModule("tests/tied", static () => new TiedStart());
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 1);
        options.Optimizer = new SGD(1e-30f);
        NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(network, options).Fit(TrainerData.View(ml, 32));
        float[] first = model.Model.GetWeight("module/first.weight"), second = model.Model.GetWeight("module/second.weight");
        Assert.IsGreaterThan(0.01f, first.Max(Math.Abs));
        CollectionAssert.AreEqual(first.Select(value => -value).ToArray(), second, "one instance's weights, which depend on each other");
    }

    [TestMethod]
    public void Every_submodule_is_in_training_mode_in_training_steps_only()
    {
        Network network = Network.FromModule("tests/modes", static () => new ModeKeeper());
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 2);
        options.ValidationFraction = 0.25f;
        IDataView data = TrainerData.View(ml, 64);
        lock (ModeProbe.Seen)
        {
            ModeProbe.Seen.Clear();
            NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(network, options).Fit(data);
            // The trial of the shape and of the validation; then, twice, two batches of training and one of validation; then the evaluation.
            string[] seen = [.. ModeProbe.Seen.Select(mode => mode ? "train" : "eval")];
            Assert.AreEqual("train train eval train train eval eval", string.Join(' ', seen[^7..]));
            CollectionAssert.DoesNotContain(seen[..^7], "train");
            ModeProbe.Seen.Clear();
            TrainerPipelines.Scores(ml, model, data);
            Assert.AreNotEqual(0, ModeProbe.Seen.Count);
            CollectionAssert.DoesNotContain(ModeProbe.Seen, true);
        }
    }

    [TestMethod]
    public void Components_that_a_module_forgot_to_register_are_trained_and_saved()
    {
        IDataView data = TrainerData.View(ml, 64);
        foreach (Network network in new[]
        {
            Network.FromModule("tests/forgetful", static () => new Forgetful()),
            Network.FromModule("tests/forgetful in a chain", static () => nn.Sequential(new Forgetful(), nn.ReLU())),
        })
        {
            NeuralNetworkTransformer model = Regression(ml, network, epochs: 1).Fit(data);
            Assert.HasCount(4, model.Model.WeightNames, string.Join(", ", model.Model.WeightNames));
            CollectionAssert.AreEqual(Bits(model, data), Bits(ModelZips.Load(ModelZips.Save(ml, model, data.Schema)), data));
        }
    }

    [TestMethod]
    public void Training_scoring_and_disposing_leave_no_tensor_behind()
    {
        IDataView data = TrainerData.View(ml, 70);
        Assert.AreEqual(0, CountedModule.TensorsLeft("tests/counted tower", TestModules.MakeTower, () => Use(new Sequential { new ModuleLayer("tests/counted tower") })));
        Assert.AreEqual(0, CountedModule.TensorsLeft(
            "tests/counted sequence", TestModules.MakeSequence, () => Use(new Sequential { new Input(2, 2), new ModuleLayer("tests/counted sequence") })));

        void Use(Network network)
        {
            using NeuralNetworkTransformer model = Regression(ml, network, epochs: 2).Fit(data);
            TrainerPipelines.Scores(ml, model, data);
            model.Dispose();
            TrainerPipelines.Scores(ml, model, data);
        }
    }

    [TestMethod]
    public void Threads_share_a_model_that_is_disposed_meanwhile()
    {
        IDataView data = TrainerData.View(ml, 50);
        NeuralNetworkTransformer model = Regression(ml, Tower, epochs: 1).Fit(data);
        int[] expected = Bits(model, data);
        Parallel.For(0, 12, i =>
        {
            CollectionAssert.AreEqual(expected, Bits(model, data));
            model.Dispose();
        });
        using PredictionEngine<TrainerData.Row, Prediction> engine = ml.Model.CreatePredictionEngine<TrainerData.Row, Prediction>(model);
        TrainerData.Row[] rows = TrainerData.Rows(50);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.AreEqual(BitConverter.Int32BitsToSingle(expected[i]), engine.Predict(rows[i]).Score, 1e-5f);
        }
    }

    [TestMethod]
    public void Modules_stand_among_other_layers_shared_nested_and_with_several_outputs()
    {
        Network.RegisterModule("tests/linear", static () => nn.Linear(3, 3));
        var input = new Input(4);
        LayerOutput x = new Dense(3, Activation.Tanh).Apply(input);
        var shared = new ModuleLayer("tests/linear");
        LayerOutput twice = shared.Apply(shared.Apply(x));
        var inner = new Sequential { new ModuleLayer("tests/linear") { Name = "inside" }, new ActivationLayer(Activation.ReLU) };
        var network = new Network([input], new Dictionary<string, LayerOutput> { ["number"] = twice, ["kind"] = inner.Apply(x) });
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 10);
        options.Outputs.Add(new OutputOptions("number", "Number"));
        options.Outputs.Add(new OutputOptions("kind", "Key", PredictionTask.MulticlassClassification));
        IDataView raw = TrainerData.View(ml);
        IDataView data = ml.Transforms.Conversion.MapValueToKey("Key", "Class").Fit(raw).Transform(raw);
        var model = (NeuralNetworkTransformer)EstimatorConformance.Check(ml, ml.Regression.Trainers.NeuralNetwork(network, options), data);
        Assert.HasCount(1, model.Model.WeightNames.Where(name => name == "module/weight"));
        Assert.HasCount(1, model.Model.WeightNames.Where(name => name == "sequential/inside/weight" || name.EndsWith("/inside/weight", StringComparison.Ordinal)));
        IDataView scored = model.Transform(data);
        Assert.IsGreaterThan(0.9, ml.Regression.Evaluate(scored, "Number", "number").RSquared);
        Assert.IsGreaterThan(0.8, ml.MulticlassClassification.Evaluate(scored, "Key", "kind", "kind.PredictedLabel").MicroAccuracy);
        CollectionAssert.AreEqual(
            scored.GetColumn<float>("number").ToArray(), ModelZips.Load(ModelZips.Save(ml, model, data.Schema)).Transform(data).GetColumn<float>("number").ToArray());
    }

    [TestMethod]
    public void An_own_output_layer_behind_a_module_scores_probabilities()
    {
        Network.FromModule(TestModules.Tower, TestModules.MakeTower);
        NeuralNetworkOptions options = TrainerPipelines.Options("Label", epochs: 5);
        options.AddOutputLayer = false;
        IDataView data = TrainerData.View(ml, 100);
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label", "Class")
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(
                new Sequential { new ModuleLayer(TestModules.Tower), new Dense(3, Activation.Softmax) }, options)).Fit(data);
        float[][] scores = TrainerPipelines.Scores(ml, model, data);
        Assert.AreEqual(1f, scores[0].Sum(), 1e-5f);
        Assert.IsGreaterThan(0.7f, scores.Max(row => row.Max()));
    }

    [TestMethod]
    public void An_own_layer_without_onnx_is_scored_by_libtorch()
    {
        IDataView data = TrainerData.View(ml);
        NeuralNetworkTransformer model = Regression(ml, new Sequential { new Dense(8, Activation.Tanh), new Unwritable() }, epochs: 15).Fit(data);
        Assert.IsGreaterThan(0.9, ml.Regression.Evaluate(model.Transform(data), "Number").RSquared);
        CollectionAssert.AreEqual(Bits(model, data), Bits(ModelZips.Load(ModelZips.Save(ml, model, data.Schema)), data));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => model.ExportOnnx("never.onnx")).Message, "'unwritable' (Unwritable)");
    }

    /// <summary>By reflection, so that a new layer that holds another one is seen from the day it appears.</summary>
    [TestMethod]
    public void A_layer_that_holds_a_module_has_no_onnx_form_either()
    {
        int tried = 0;
        foreach (ConstructorInfo constructor in ComponentGen.Types(typeof(Layer)).Select(type => type.GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)!))
        {
            ParameterInfo[] parameters = constructor.GetParameters();
            if (Array.Exists(parameters, parameter => parameter.ParameterType == typeof(Layer) || parameter.ParameterType == typeof(Network)))
            {
                try
                {
                    var layer = (Layer)constructor.Invoke([.. parameters.Select(parameter =>
                        parameter.ParameterType == typeof(Layer) ? new ModuleLayer(TestModules.Tower)
                        : parameter.ParameterType == typeof(Network) ? Tower
                        : parameter.HasDefaultValue ? parameter.DefaultValue : throw new NotSupportedException($"Say what {parameter} may be."))]);
                    Assert.IsFalse(layer.CanExport, $"{layer.GetType().Name} must override CanExport with what its inner layer says.");
                    tried++;
                }
                catch (TargetInvocationException exception) when (exception.InnerException is ArgumentException)
                {
                    // It takes other layers only, such as recurrent ones.
                }
            }
        }

        Assert.IsGreaterThan(0, tried);
    }

    [TestMethod]
    public void Networks_without_modules_still_score_by_onnx()
    {
        NeuralNetworkTransformer model = Regression(ml, new Sequential { new Dense(2) }, epochs: 1).Fit(TrainerData.View(ml, 32));
        Assert.IsFalse(model.Model.Trained.NeedsLibTorch);
        Assert.AreEqual("OnnxScorer", model.Scorer.GetType().Name);
    }

    internal static NeuralNetworkTrainer Regression(MLContext ml, Network network, int epochs) =>
        ml.Regression.Trainers.NeuralNetwork(network, TrainerPipelines.Options("Number", epochs));

    private static IEstimator<ITransformer> Multiclass(MLContext ml, Network network, int epochs) =>
        ml.Transforms.Conversion.MapValueToKey("Label", "Class")
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, TrainerPipelines.Options("Label", epochs)));

    private int[] Bits(ITransformer model, IDataView data) =>
        [.. TrainerPipelines.Scores(ml, model, data).SelectMany(row => row).Select(BitConverter.SingleToInt32Bits)];

    private sealed class Prediction
    {
        public float Score { get; set; }
    }
}
