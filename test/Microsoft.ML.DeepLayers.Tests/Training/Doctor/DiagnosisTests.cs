using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Tests.Trainers;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Each illness is found in a network that has it, and none in those that have none.</summary>
[TestClass]
[DoNotParallelize]
public sealed class DiagnosisTests
{
    [TestMethod]
    [DataRow("regression")]
    [DataRow("binary")]
    [DataRow("multiclass")]
    public void A_healthy_network_has_no_findings(string task)
    {
        for (int seed = 1; seed <= 4; seed++)
        {
            var ml = new MLContext(seed);
            IDataView data = ml.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(TrainerData.View(ml, 600, seed)).Transform(TrainerData.View(ml, 600, seed));
            Sequential network = new() { new Dense(32, Activation.ReLU), new BatchNormalization(), new Dense(16, Activation.Tanh), new Dropout(0.1f) };
            NeuralNetworkOptions options = new() { LabelColumnName = task switch { "regression" => "Number", "binary" => "Flag", _ => "Label" }, Device = Device.Cpu };
            Diagnosis diagnosis = (task switch
            {
                "regression" => ml.Regression.Trainers.NeuralNetwork(network, options),
                "binary" => ml.BinaryClassification.Trainers.NeuralNetwork(network, options),
                _ => ml.MulticlassClassification.Trainers.NeuralNetwork(network, options),
            }).Diagnose(data);
            Assert.IsTrue(diagnosis.IsHealthy, $"seed {seed}\n{diagnosis}");
            Assert.HasCount(10, diagnosis.Losses);
            StringAssert.Contains(diagnosis.ToString(), "Nothing seems to be wrong.");
        }
    }

    [TestMethod]
    public void Dead_units()
    {
        Diagnosis diagnosis = Diagnose([new Dense(16, Activation.ReLU, biasInitializer: new Constant(-100)) { Name = "dead" }, new Dense(8)]);
        AssertFound(diagnosis, FindingSeverity.Error, "dead", "100 % of the units are dead: 0 for every example.");
        Assert.AreEqual(1, diagnosis.Layers.Single(layer => layer.Name == "dead").DeadFraction);
        Assert.IsNull(diagnosis.Layers.Single(layer => layer.Name == "dense").DeadFraction);
    }

    [TestMethod]
    public void Saturated_units()
    {
        foreach (Activation activation in new[] { Activation.Tanh, Activation.Sigmoid })
        {
            Diagnosis diagnosis = Diagnose([new Dense(16, activation, kernelInitializer: new RandomNormal(0, 500)) { Name = "full" }, new Dense(8)]);
            AssertFound(diagnosis, FindingSeverity.Warning, "full", "of the outputs are at an end of the activation");
        }
    }

    [TestMethod]
    public void Vanishing_gradients() =>
        AssertFound(Diagnose([.. Enumerable.Range(0, 9).Select(_ => new Dense(8, Activation.Sigmoid))]), FindingSeverity.Warning, "dense", "Gradients vanish:");

    [TestMethod]
    public void Exploding_gradients() => AssertFound(
        Diagnose([.. Enumerable.Range(0, 6).Select(_ => new Dense(16, kernelInitializer: new RandomNormal(0, 2)))]), FindingSeverity.Warning, "dense", "Gradients explode:");

    [TestMethod]
    public void Steps_of_a_wrong_size()
    {
        AssertFound(Diagnose(Usual(), optimizer: new Adam(1)), FindingSeverity.Warning, null, "Steps are too large:");
        AssertFound(Diagnose(Usual(), optimizer: new SGD(1e-7f)), FindingSeverity.Warning, null, "Steps are too small:");
    }

    [TestMethod]
    public void Labels_that_belong_to_other_rows()
    {
        var random = new Random(7);
        float[] labels = [.. Enumerable.Range(0, 600).Select(_ => (float)random.NextDouble())];
        AssertFound(Diagnose([new Dense(4, Activation.ReLU)], label: row => labels[row]), FindingSeverity.Error, null, "Trained on the same few batches over and over");
    }

    [TestMethod]
    public void Labels_that_are_all_the_same()
    {
        AssertFound(Diagnose(Usual(), label: _ => 7), FindingSeverity.Error, null, "All labels are 7.");
        AssertFound(Diagnose(Usual(), label: _ => 1, isBinary: true), FindingSeverity.Error, null, "All labels are of one class.");
    }

    [TestMethod]
    public void Features_that_say_nothing()
    {
        AssertFound(Diagnose(Usual(), feature: (value, column) => column == 2 ? 5 : value), FindingSeverity.Information, "Features", "Constant: feature 2 (feature 2 is always 5).");
        AssertFound(Diagnose(Usual(), feature: (_, _) => 5), FindingSeverity.Error, "Features", "All features are constant (feature 0 is always 5).");
    }

    [TestMethod]
    public void Features_that_are_not_scaled()
    {
        AssertFound(Diagnose(Usual(), feature: (value, column) => column == 1 ? value * 1000 : value), FindingSeverity.Warning, "Features", "Features are not scaled:");
        AssertFound(Diagnose(Usual(), feature: (value, _) => value + 50), FindingSeverity.Warning, "Features", "Features are not scaled:");
        AssertFound(Diagnose(Usual(), feature: (value, _) => value / 1000), FindingSeverity.Warning, "Features", "Features are not scaled:");
        // A network that scales them itself needs no advice.
        Diagnosis own = Diagnose([new Normalization(), .. Usual()], feature: (value, column) => column == 1 ? value * 1000 : value);
        Assert.IsTrue(own.IsHealthy, own.ToString());
    }

    [TestMethod]
    public void A_loss_that_is_no_number()
    {
        Diagnosis diagnosis = Diagnose(Usual(), optimizer: new SGD(1e20f));
        Finding finding = diagnosis.Findings[0];
        Assert.AreEqual(FindingSeverity.Error, finding.Severity);
        StringAssert.StartsWith(finding.Observation, "The loss is ");
        Assert.IsFalse(double.IsFinite(diagnosis.Losses.First(loss => !double.IsFinite(loss))));
    }

    [TestMethod]
    public void Output_layers_with_a_wrong_activation()
    {
        AssertFound(
            Diagnose([.. Usual(), new Dense(1, Activation.ReLU) { Name = "last" }], addOutputLayer: false), FindingSeverity.Error, "last",
            "The output layer ends in ReLU, which gives at least 0; there are labels outside of that.");
        AssertFound(
            Diagnose([.. Usual(), new Dense(1, Activation.Tanh) { Name = "last" }], label: row => row % 2, isBinary: true, addOutputLayer: false), FindingSeverity.Error, "last",
            "The output layer of a BinaryClassification ends in Tanh, and Sigmoid is applied to that.");
        AssertFound(
            Diagnose([.. Usual(), new Dense(1, Activation.Sigmoid)], label: row => row % 2, isBinary: true), FindingSeverity.Warning, null, "looks like an output layer");
    }

    /// <summary>The trainer trains afterwards as if nothing had been, and nothing is left over.</summary>
    [TestMethod]
    public void Nothing_changes()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var called = new List<int>();
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", 2);
        options.ValidationFraction = 0.2f;
        options.Callbacks.Add(new EarlyStopping());
        NeuralNetworkTrainer trainer = ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options);
        IDataView data = TrainerData.View(ml);
        using NeuralNetworkTransformer before = trainer.Fit(data);
        string written = JsonSerializer.Serialize(options, ComponentJson.Options);
        long tensors = LiveTensors.Count();
        string first = trainer.Diagnose(data).ToString();
        Assert.AreEqual(tensors, torch.Tensor.TotalCount);
        Assert.AreEqual(first, trainer.Diagnose(data).ToString(), "it is the same each time");
        Assert.AreEqual(written, JsonSerializer.Serialize(options, ComponentJson.Options));
        using NeuralNetworkTransformer after = trainer.Fit(data);
        CollectionAssert.AreEqual(before.Model.Trained.Onnx, after.Model.Trained.Onnx);
        Assert.AreEqual("batches", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Diagnose(data, 0)).ParamName);
    }

    [TestMethod]
    public void It_prints_a_table_and_the_findings()
    {
        var diagnosis = new Diagnosis(
            [
                new LayerDiagnosis("dense", "Dense", 0.25, 1.5) { DeadFraction = 0.75, GradientNorm = 0.0123, UpdateRatio = 0.001 },
                new LayerDiagnosis("flatten", "Flatten", 0, 1),
            ],
            [new Finding(FindingSeverity.Warning, "dense", "75 % of the units are dead.", "Lower the learning rate.")],
            [2, 1]);
        Assert.AreEqual(
            """
            Layer (type)       mean  std  dead  saturated  gradient  update/weight
            ──────────────────────────────────────────────────────────────────────
            dense (Dense)      0.25  1.5  75 %               0.0123          0.001
            flatten (Flatten)     0    1                                          
            Loss: 2 in the first batch, 1 in the last of 2
            Findings:
            - Warning: dense: 75 % of the units are dead. Lower the learning rate.

            """.ReplaceLineEndings("\n"),
            diagnosis.ToString());
    }

    private static Layer[] Usual() => [new Dense(32, Activation.ReLU), new Dense(16, Activation.Tanh)];

    private static Diagnosis Diagnose(
        IEnumerable<Layer> layers, Func<float, int, float>? feature = null, Func<long, float>? label = null, bool isBinary = false,
        Optimizer? optimizer = null, bool addOutputLayer = true)
    {
        var ml = new MLContext(seed: 1);
        TrainerData.Row[] rows = TrainerData.Rows(600);
        Data.TestView data = new Data.TestView(rows.Length)
            .WithVector("Features", TrainerData.FeatureCount, (row, column) => feature?.Invoke(rows[row].Features[column], column) ?? rows[row].Features[column]);
        Sequential network = [];
        foreach (Layer layer in layers)
        {
            network.Add(layer);
        }

        NeuralNetworkOptions options = new() { Optimizer = optimizer ?? new Adam(), Device = Device.Cpu, AddOutputLayer = addOutputLayer };
        float Label(long row) => label?.Invoke(row) ?? rows[row].Number;
        return isBinary
            ? ml.BinaryClassification.Trainers.NeuralNetwork(network, options).Diagnose(data.With("Label", BooleanDataViewType.Instance, (long row, ref bool value) => value = Label(row) > 0))
            : ml.Regression.Trainers.NeuralNetwork(network, options).Diagnose(data.WithNumber("Label", Label));
    }

    private static void AssertFound(Diagnosis diagnosis, FindingSeverity severity, string? subject, string observation) => Assert.IsTrue(
        diagnosis.Findings.Any(finding => finding.Severity == severity && finding.Subject == subject && finding.Observation.Contains(observation, StringComparison.Ordinal)),
        $"'{observation}' is not among:\n{diagnosis}");
}
