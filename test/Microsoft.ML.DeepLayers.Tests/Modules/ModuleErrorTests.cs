using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Persistence;
using Microsoft.ML.DeepLayers.Tests.Trainers;
using ModuleHost;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Modules;

/// <summary>What users see of modules that are missing, or are not what they should be.</summary>
[TestClass]
[DoNotParallelize]
public sealed class ModuleErrorTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void An_unknown_module_says_how_to_register_it_and_what_is_there()
    {
        Network.RegisterModule(TestModules.Tower, TestModules.MakeTower);
        var network = new Sequential { new ModuleLayer("tests/never registered") };
        string message = Message(() => network.Summary(4));
        StringAssert.Contains(message, "Network.RegisterModule(\"tests/never registered\", () => new MyModule());");
        StringAssert.Contains(message, "'tests/tower'");
        Assert.AreEqual(message, Message(() => ModuleTests.Regression(ml, network, 1).Fit(TrainerData.View(ml, 32))));
    }

    [TestMethod]
    public void A_name_is_taken_by_one_factory_until_it_is_replaced_on_purpose()
    {
        int units = 3;
        Network network = Network.FromModule("tests/taken", Make);
        Assert.AreEqual(network, Network.FromModule("tests/taken", Make), "the same factory again");
        string message = Message(() => Network.FromModule("tests/taken", () => nn.Linear(4, units)));
        StringAssert.Contains(message, "'tests/taken'");
        StringAssert.Contains(message, "Network.RegisterModule(\"tests/taken\"");
        StringAssert.Contains(network.Summary(4), "2");
        Network.RegisterModule("tests/taken", () => nn.Linear(4, units));
        Assert.AreEqual(new Shape(3), new ModuleLayer("tests/taken").ComputeOutputShape(new Shape(4)));

        static nn.Module<Tensor, Tensor> Make() => nn.Linear(4, 2);
    }

    [TestMethod]
    public void Names_and_factories_must_be_given()
    {
        Assert.ThrowsExactly<ArgumentException>(() => Network.FromModule("", TestModules.MakeTower));
        Assert.ThrowsExactly<ArgumentNullException>(() => Network.FromModule("x", null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => Network.RegisterModule(null!, TestModules.MakeTower));
        Assert.ThrowsExactly<ArgumentException>(() => new ModuleLayer(""));
    }

    [TestMethod]
    public void A_factory_that_hands_out_one_instance_or_none_is_found_out()
    {
        using nn.Module<Tensor, Tensor> one = nn.Linear(4, 2);
        StringAssert.Contains(Fails("tests/one instance", () => one, new Shape(4), new Shape(4, 4)), "the same instance again");
        StringAssert.Contains(Fails("tests/null", () => null!, new Shape(4)), "returned null");

        string Fails(string name, Func<nn.Module<Tensor, Tensor>> factory, params Shape[] shapes)
        {
            Network.RegisterModule(name, factory);
            return Message(() => Array.ForEach(shapes, shape => new ModuleLayer(name).ComputeOutputShape(shape)));
        }
    }

    [TestMethod]
    public void A_module_that_cannot_take_or_give_the_shape_says_why()
    {
        Network.RegisterModule(TestModules.Tower, TestModules.MakeTower);
        string refused = Assert.ThrowsExactly<LayerShapeException>(() => new ModuleLayer(TestModules.Tower).ComputeOutputShape(new Shape(5))).Message;
        StringAssert.Contains(refused, "'tests/tower' takes, but was given [5]");
        StringAssert.Contains(refused, "mat1 and mat2");
        Assert.IsLessThan(500, refused.Length);
        StringAssert.Contains(Problem("tests/no batch", x => x.sum()), "batch first");
        StringAssert.Contains(Problem("tests/steps first", x => cat([x, x], 0)), "it makes [2, 4] of one example");
        StringAssert.Contains(Problem("tests/whole numbers", x => x.to(ScalarType.Int64)), "Int64");

        static string Problem(string name, Func<Tensor, Tensor> function)
        {
            Network.RegisterModule(name, () => new Wrong(function));
            return Assert.ThrowsExactly<LayerShapeException>(() => new ModuleLayer(name).ComputeOutputShape(new Shape(4))).Message;
        }
    }

    [TestMethod]
    public void A_module_that_takes_the_batch_for_steps_is_found_out_but_not_one_that_draws_numbers()
    {
        Network.RegisterModule("tests/steps are the batch", static () => new StepsFirst());
        StringAssert.Contains(
            Assert.ThrowsExactly<LayerShapeException>(() => new ModuleLayer("tests/steps are the batch").ComputeOutputShape(new Shape(3, 2))).Message, "batchFirst: true");
        Network.RegisterModule("tests/random", static () => new Wrong(x => x + rand(x.shape)));
        Assert.AreEqual(new Shape(3, 2), new ModuleLayer("tests/random").ComputeOutputShape(new Shape(3, 2)));
    }

    [TestMethod]
    public void Sequences_of_variable_length_are_refused()
    {
        Network.RegisterModule(TestModules.Sequence, TestModules.MakeSequence);
        var network = new Sequential { new Input(new Shape(Shape.Variable, 2)), new ModuleLayer(TestModules.Sequence) };
        Assert.ThrowsExactly<LayerShapeException>(() => network.Summary());
    }

    [TestMethod]
    public void Export_names_the_module()
    {
        Network network = ModuleTests.Tower;
        NeuralNetworkTransformer model = ModuleTests.Regression(ml, network, 1).Fit(TrainerData.View(ml, 32));
        string message = Message(() => model.ExportOnnx("never.onnx"));
        StringAssert.Contains(message, "'module' (the TorchSharp module 'tests/tower')");
        Assert.AreEqual(message, Message(() => model.ExportOnnx("never.onnx", new OnnxExportOptions(OnnxPrecision.DynamicInt8))));
        Assert.IsFalse(File.Exists("never.onnx"));
    }

    [TestMethod]
    public void A_module_whose_code_has_changed_does_not_take_the_weights()
    {
        IDataView data = TrainerData.View(ml, 32);
        Network network = Network.FromModule("tests/changed", static () => nn.Linear(4, 2));
        byte[] zip = ModelZips.Save(ml, ModuleTests.Regression(ml, network, 1).Fit(data), data.Schema);
        ITransformer loaded = ModelZips.Load(zip);
        Assert.AreEqual(0, CountedModule.TensorsLeft("tests/changed", static () => nn.Sequential(nn.Linear(4, 3)), () =>
        {
            string message = Message(() => TrainerPipelines.Scores(ml, loaded, data));
            StringAssert.Contains(message, "registered with the code");
            StringAssert.Contains(message, "'module/0.weight' [3, 4] is missing");
        }));
    }

    [TestMethod]
    public void A_model_of_an_unknown_module_loads_and_shows_all_but_scores()
    {
        IDataView data = TrainerData.View(ml, 32);
        Network network = Network.FromModule("tests/known here", static () => nn.Linear(4, 2));
        NeuralNetworkTransformer model = ModuleTests.Regression(ml, network, 1).Fit(data);
        // The same length, so that the checksums are the only difference to a model from elsewhere.
        var elsewhere = new NeuralNetworkTransformer(ml, model.Model.Trained with
        {
            DefinitionJson = model.Model.Trained.DefinitionJson.Replace("tests/known here", "tests/known there", StringComparison.Ordinal),
        });
        var loaded = (NeuralNetworkTransformer)ModelZips.Load(ModelZips.Save(ml, elsewhere, data.Schema));
        Assert.HasCount(8, loaded.Model.GetWeight("module/weight"));
        Assert.HasCount(1, loaded.History.Epochs);
        StringAssert.Contains(loaded.Network.ToJson(), "\"moduleName\": \"tests/known there\"");
        IDataView scored = loaded.Transform(data);
        StringAssert.Contains(Message(() => scored.Preview()), "Network.RegisterModule(\"tests/known there\"");
        Network.RegisterModule("tests/known there", static () => nn.Linear(4, 2));
        CollectionAssert.AreEqual(
            TrainerPipelines.Scores(ml, model, data).SelectMany(row => row).ToArray(), TrainerPipelines.Scores(ml, loaded, data).SelectMany(row => row).ToArray(), "as soon as it is registered");
    }

    [TestMethod]
    public void Damaged_weights_are_named()
    {
        IDataView data = TrainerData.View(ml, 32);
        byte[] zip = ModelZips.Save(ml, ModuleTests.Regression(ml, ModuleTests.Tower, 1).Fit(data), data.Schema);
        string entry = ModelZips.Entries(zip).Keys.Single(name => name.EndsWith("Model.weights", StringComparison.Ordinal));
        StringAssert.Contains(ModelZips.LoadFailure(ModelZips.Change(zip, entry, content => [.. content[..^1], (byte)~content[^1]])).Message, "Model.weights' cannot be read");
        StringAssert.Contains(ModelZips.LoadFailure(ModelZips.Change(zip, entry, _ => null)).Message, "it is missing");
    }

    [TestMethod]
    public void Names_of_weights_with_a_slash_or_colon_are_refused()
    {
        Network.RegisterModule("tests/odd name", static () => nn.Sequential(("a:b", nn.Linear(4, 2))));
        StringAssert.Contains(Message(() => new ModuleLayer("tests/odd name").GetWeights(new Shape(4))), "'a:b.weight'");
    }

    private static string Message(Action action) => Assert.ThrowsExactly<InvalidOperationException>(action).Message;
}
