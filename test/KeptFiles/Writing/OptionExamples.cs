using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Metrics;

namespace KeptFiles.Writing;

/// <summary>Options of trainings: the defaults, and others that together set everything that JSON holds.</summary>
internal static class OptionExamples
{
    internal static OutputOptions[] Outputs =>
    [
        new("price", "Price"),
        new("kind", "Kind", PredictionTask.MulticlassClassification, lossWeight: 0.25f, loss: new CategoricalHinge())
        {
            Metrics = [new CategoricalAccuracy(), new F1Score()],
            ClassWeights = ClassWeights.Balanced,
        },
    ];

    internal static NeuralNetworkOptions[] Trainings =>
    [
        new(),
        new()
        {
            LabelColumnName = "Größe",
            FeatureColumnName = "More",
            ExampleWeightColumnName = "Weight",
            ClassWeights = new ClassWeights(new Dictionary<string, float> { ["low"] = 0.5f, ["ı"] = 3 }),
            Loss = new CappedError(0.25f),
            Metrics = { Metric.FromLoss(new Huber(0.5f)), new AUC() },
            Epochs = 7,
            BatchSize = 5,
            Optimizer = new AdamW(new CosineDecay(1e-3f, 100)) { GlobalClipNorm = 1, EmaMomentum = 0.99f, GradientAccumulationSteps = 2 },
            ValidationFraction = 0.2f,
            StratifiedValidation = true,
            Callbacks = { new EarlyStopping(patience: 2), new CSVLogger("log.csv") },
            MixUpAlpha = 0.2f,
            CutMixAlpha = 0.3f,
            Seed = 9,
            Device = Device.Cpu,
            Precision = TrainingPrecision.MixedBFloat16,
            Rematerialization = Rematerialization.After("dense", "lstm"),
            MissingValues = MissingValues.Skip,
            CacheBytes = 1 << 20,
            AddOutputLayer = false,
            MaxTime = TimeSpan.FromMinutes(90.5),
            KeepModelWhenCancelled = false,
            SanityValidationBatches = 1,
            FastDevRun = 3,
            OverfitBatches = 4,
        },
        new()
        {
            Outputs = { Outputs[0], Outputs[1] },
            Shuffle = false,
            SamplingKeyColumnName = "Group",
            Device = Device.Parse("cuda:1"),
            Rematerialization = Rematerialization.Automatic,
        },
        new() { Sampling = ExampleSampling.BalancedClasses, Rematerialization = Rematerialization.Full, ClassWeights = ClassWeights.Balanced },
    ];
}
