using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>Rare classes and rows that belong together, through the trainers of ML.NET's catalogs.</summary>
[TestClass]
public sealed class ImbalanceTests
{
    private static readonly MLContext Ml = new(seed: 1);

    /// <summary>1 in 20 rows is rare, and lies among the others: by chance alone nobody would say so.</summary>
    private static readonly IDataView Rare = View(2000, seed: 1), Test = View(2000, seed: 2);

    [TestMethod]
    public void Without_help_a_rare_class_is_hardly_found() => Assert.IsLessThan(0.3, Recall(new()));

    [TestMethod]
    public void Balanced_weights_lift_the_recall_of_a_rare_class() =>
        Assert.IsGreaterThan(0.7, Recall(new() { ClassWeights = ClassWeights.Balanced }));

    [TestMethod]
    public void Balanced_draws_lift_the_recall_of_a_rare_class() =>
        Assert.IsGreaterThan(0.7, Recall(new() { Sampling = ExampleSampling.BalancedClasses }));

    [TestMethod]
    public void Draws_by_weight_lift_the_recall_of_a_rare_class() =>
        Assert.IsGreaterThan(0.7, Recall(new() { Sampling = ExampleSampling.ByWeight, ExampleWeightColumnName = "Weight" }));

    [TestMethod]
    [DataRow(1L << 30, 0f)]
    [DataRow(1L << 30, 0.2f)]
    [DataRow(1000L, 0f)]
    public void Balanced_weights_are_scikit_learns_of_the_training_part(long cacheBytes, float validationFraction)
    {
        NeuralNetworkOptions options = Options(cacheBytes, validationFraction);
        options.StratifiedValidation = true;
        options.ClassWeights = ClassWeights.Balanced;
        float[] balanced = Kernel("Kind", options);
        // 300 rows: 200, 75, 25. A fifth less of each where some are held out: the same weights.
        options.ClassWeights = new(new Dictionary<string, float> { ["often"] = 300 / (3 * 200f), ["seldom"] = 300 / (3 * 75f), ["rare"] = 300 / (3 * 25f) });
        CollectionAssert.AreEqual(Kernel("Kind", options), balanced);
        options.ClassWeights = null;
        CollectionAssert.AreNotEqual(Kernel("Kind", options), balanced);
    }

    [TestMethod]
    public void Class_weights_are_as_example_weights_of_the_same_size()
    {
        NeuralNetworkOptions options = Options();
        options.ExampleWeightColumnName = "RareWeight";
        float[] byExample = Kernel("Kind", options);
        options.ExampleWeightColumnName = null;
        options.ClassWeights = new(new Dictionary<string, float> { ["rare"] = 10 });
        CollectionAssert.AreEqual(byExample, Kernel("Kind", options), "other classes weigh 1");
        options.ClassWeights = new(new Dictionary<string, float> { ["true"] = 10 });
        CollectionAssert.AreEqual(KernelOfFlag(options), KernelOfFlag(Weighted()));

        static NeuralNetworkOptions Weighted()
        {
            NeuralNetworkOptions weighted = Options();
            weighted.ExampleWeightColumnName = "RareWeight";
            return weighted;
        }
    }

    [TestMethod]
    public void A_class_that_the_label_does_not_have_is_refused_with_those_that_it_has()
    {
        NeuralNetworkOptions options = Options();
        options.ClassWeights = new(new Dictionary<string, float> { ["rare"] = 2, ["Often"] = 1 });
        Assert.AreEqual(
            "ClassWeights names the class 'Often', but label column 'Label' has: often, seldom, rare.",
            Assert.ThrowsExactly<ArgumentException>(() => Kernel("Kind", options)).Message);
        Assert.AreEqual(
            "ClassWeights names the class 'Often', but label column 'Label' has: false, true.",
            Assert.ThrowsExactly<ArgumentException>(() => KernelOfFlag(options)).Message);
        // Keys of numbers are named by the numbers; keys without values by their own.
        options.ClassWeights = new(new Dictionary<string, float> { ["10"] = 2, ["x"] = 1 });
        Assert.AreEqual(
            "ClassWeights names the class 'x', but label column 'Label' has: 30, 20, 10.",
            Assert.ThrowsExactly<ArgumentException>(() => Kernel("Code", options)).Message);
        var view = new Data.TestView(20).WithVector("Features", 2, (row, _) => row).With("Label", new KeyDataViewType(typeof(uint), 3), (long row, ref uint key) => key = 1 + (uint)(row % 3));
        Assert.AreEqual(
            "ClassWeights names the class '10', but label column 'Label' has: 1, 2, 3.",
            Assert.ThrowsExactly<ArgumentException>(() => Ml.MulticlassClassification.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, options).Fit(view)).Message);
    }

    [TestMethod]
    public void Each_of_several_outputs_has_class_weights_of_its_own()
    {
        float[] Train(ClassWeights? flag, ClassWeights? kind)
        {
            var input = new Input(null, column: "Features");
            LayerOutput hidden = new Dense(4, Activation.Tanh).Apply(input);
            var network = new Network([input], new Dictionary<string, LayerOutput> { ["a"] = hidden, ["b"] = hidden });
            NeuralNetworkOptions several = new()
            {
                Epochs = 2,
                Seed = 1,
                Device = Device.Cpu,
                Outputs =
                {
                    new OutputOptions("a", "IsRare", PredictionTask.BinaryClassification) { ClassWeights = flag },
                    new OutputOptions("b", "Label", PredictionTask.MulticlassClassification) { ClassWeights = kind },
                },
                StratifiedValidation = true,
                ValidationFraction = 0.2f,
            };
            IDataView data = Ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(Kinds()).Transform(Kinds());
            using NeuralNetworkTransformer model = Ml.MulticlassClassification.Trainers.NeuralNetwork(network, several).Fit(data);
            return model.Model.GetWeight("dense/kernel");
        }

        ClassWeights one = new(new Dictionary<string, float> { ["true"] = 1 });
        float[] none = Train(null, null), flag = Train(ClassWeights.Balanced, null), both = Train(ClassWeights.Balanced, ClassWeights.Balanced);
        CollectionAssert.AreNotEqual(none, flag);
        CollectionAssert.AreNotEqual(flag, both);
        for (int i = 0; i < none.Length; i++)
        {
            Assert.AreEqual(none[i], Train(one, null)[i], 1e-5);
        }
    }

    [TestMethod]
    public void Groups_are_held_out_as_wholes_and_their_column_must_be_there()
    {
        NeuralNetworkOptions options = Options(validationFraction: 0.3f);
        options.SamplingKeyColumnName = "Patient";
        float[] grouped = Kernel("Kind", options);
        options.SamplingKeyColumnName = null;
        CollectionAssert.AreNotEqual(Kernel("Kind", options), grouped);
        options.SamplingKeyColumnName = "Doctor";
        StringAssert.StartsWith(
            Assert.ThrowsExactly<ArgumentException>(() => Kernel("Kind", options)).Message, "Sampling key column 'Doctor' is not in the data, which has: ");
        IDataView data = Ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Fit(Kinds()).Transform(Kinds());
        Assert.Throws<ArgumentException>(() => Ml.MulticlassClassification.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, options)
            .GetOutputSchema(EstimatorConformance.ShapeOf(data)));
    }

    [TestMethod]
    public void A_run_that_is_taken_up_again_draws_the_same_examples()
    {
        using var folder = new TemporaryFolder();
        NeuralNetworkOptions Drawing(params Callback[] callbacks) => new()
        {
            LabelColumnName = "IsRare",
            Epochs = 3,
            Seed = 5,
            Device = Device.Cpu,
            Sampling = ExampleSampling.BalancedClasses,
            ClassWeights = new(new Dictionary<string, float> { ["true"] = 1.5f }),
            Callbacks = [.. callbacks],
        };
        float[] Train(NeuralNetworkOptions options)
        {
            using NeuralNetworkTransformer model = Ml.BinaryClassification.Trainers.NeuralNetwork(new Sequential { new Dense(4, Activation.ReLU) }, options).Fit(Kinds());
            return model.Model.GetWeight("dense/kernel");
        }

        float[] whole = Train(Drawing(new Saving(folder["checkpoint"], Epoch: 2, Batch: 4)));
        NeuralNetworkOptions resumed = Drawing();
        resumed.ResumeFrom = folder["checkpoint"];
        CollectionAssert.AreEqual(whole, Train(resumed));
        resumed.Sampling = ExampleSampling.Uniform;
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Train(resumed)).Message, "Sampling was BalancedClasses and is Uniform.");
        resumed.Sampling = ExampleSampling.BalancedClasses;
        resumed.ClassWeights = null;
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Train(resumed)).Message, "ClassWeights was true: 1.5 and is not set.");
    }

    [TestMethod]
    public void Settings_come_back_from_a_model_zip()
    {
        using var folder = new TemporaryFolder();
        NeuralNetworkOptions options = Options(validationFraction: 0.2f);
        options.LabelColumnName = "IsRare";
        options.ClassWeights = new(new Dictionary<string, float> { ["true"] = 4, ["false"] = 0.5f });
        options.Sampling = ExampleSampling.BalancedClasses;
        options.StratifiedValidation = true;
        IDataView data = Kinds();
        Ml.Model.Save(Ml.BinaryClassification.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, options).Fit(data), data.Schema, folder["model.zip"]);
        NeuralNetworkOptions loaded = ((NeuralNetworkTransformer)Ml.Model.Load(folder["model.zip"], out _)).Model.GetOptions();
        Assert.AreEqual((options.ClassWeights, ExampleSampling.BalancedClasses, true), (loaded.ClassWeights, loaded.Sampling, loaded.StratifiedValidation));

        options.SamplingKeyColumnName = "Patient";
        options.StratifiedValidation = false;
        options.Sampling = ExampleSampling.Uniform;
        options.ClassWeights = ClassWeights.Balanced;
        Ml.Model.Save(Ml.BinaryClassification.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, options).Fit(data), data.Schema, folder["model.zip"]);
        loaded = ((NeuralNetworkTransformer)Ml.Model.Load(folder["model.zip"], out _)).Model.GetOptions();
        Assert.AreEqual((ClassWeights.Balanced, "Patient"), (loaded.ClassWeights, loaded.SamplingKeyColumnName));
    }

    private static double Recall(NeuralNetworkOptions options)
    {
        (options.LabelColumnName, options.Epochs, options.Seed, options.Device) = ("IsRare", 8, 1, Device.Cpu);
        options.Optimizer = new Adam(0.01f);
        options.ValidationFraction = 0.1f;
        options.StratifiedValidation = true;
        using NeuralNetworkTransformer model = Ml.BinaryClassification.Trainers.NeuralNetwork(new Sequential { new Dense(8, Activation.ReLU) }, options).Fit(Rare);
        return Ml.BinaryClassification.Evaluate(model.Transform(Test), "IsRare").PositiveRecall;
    }

    private static NeuralNetworkOptions Options(long cacheBytes = 1L << 30, float validationFraction = 0) => new()
    {
        Epochs = 2,
        Seed = 1,
        Device = Device.Cpu,
        CacheBytes = cacheBytes,
        ValidationFraction = validationFraction,
    };

    private static float[] Kernel(string label, NeuralNetworkOptions options)
    {
        IDataView data = Ml.Transforms.Conversion.MapValueToKey("Label", label).Fit(Kinds()).Transform(Kinds());
        using NeuralNetworkTransformer model = Ml.MulticlassClassification.Trainers.NeuralNetwork(new Sequential { new Dense(4, Activation.ReLU) }, options).Fit(data);
        return model.Model.GetWeight("dense/kernel");
    }

    private static float[] KernelOfFlag(NeuralNetworkOptions options)
    {
        IDataView data = Ml.Transforms.CopyColumns("Label", "IsRare").Fit(Kinds()).Transform(Kinds());
        using NeuralNetworkTransformer model = Ml.BinaryClassification.Trainers.NeuralNetwork(new Sequential { new Dense(4, Activation.ReLU) }, options).Fit(data);
        return model.Model.GetWeight("dense/kernel");
    }

    private static IDataView View(int count, int seed)
    {
        var random = new Random(seed);
        float Normal() => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return Ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(row => row % 20 == 0).Select(isRare => new Row
        {
            Features = [Normal() + (isRare ? 1.5f : 0), Normal() + (isRare ? 1 : 0)],
            IsRare = isRare,
            Weight = isRare ? 19 : 1,
        }).ToArray());
    }

    /// <summary>300 rows of three classes, 200, 75 and 25, in an order that is not one of numbers; 10 rows a patient.</summary>
    private static IDataView Kinds()
    {
        var random = new Random(4);
        return Ml.Data.LoadFromEnumerable(Enumerable.Range(0, 300).Select(row =>
        {
            int kind = row % 12 is var place && place < 8 ? 0 : place < 11 ? 1 : 2;
            return new Row
            {
                Features = [random.NextSingle() + kind, random.NextSingle()],
                Kind = kind switch { 0 => "often", 1 => "seldom", _ => "rare" },
                Code = kind switch { 0 => 30, 1 => 20, _ => 10 },
                IsRare = kind == 2,
                RareWeight = kind == 2 ? 10 : 1,
                Patient = $"patient {row / 10}",
            };
        }).ToArray());
    }

    private sealed record Saving(string Path, int Epoch, long Batch) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Run(this, training);

        private sealed class Run(Saving owner, TrainingRun training) : CallbackRun
        {
            public override void OnBatchEnd(BatchResult batch)
            {
                if (batch.Epoch == owner.Epoch && batch.Batch == owner.Batch)
                {
                    training.SaveCheckpoint(owner.Path);
                }
            }
        }
    }

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public bool IsRare { get; set; }

        public float Weight { get; set; } = 1;

        public float RareWeight { get; set; } = 1;

        public string Kind { get; set; } = "";

        public int Code { get; set; }

        public string Patient { get; set; } = "";
    }
}
