using System.Globalization;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>
/// Short trainings of many kinds in a storm of garbage collections: the same weights and figures to the bit as without.
/// Each kind once; <c>DEEPLAYERS_STORM_REPEATS</c> repeats them.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class TrainingStormTests
{
    private static int Repeats => int.TryParse(Environment.GetEnvironmentVariable("DEEPLAYERS_STORM_REPEATS"), CultureInfo.InvariantCulture, out int repeats) ? repeats : 1;

    public static IEnumerable<string> Names => StormTraining.All.Select(training => training.Name);

    [TestMethod]
    public void There_are_forty_kinds_and_all_optimizers()
    {
        Assert.IsGreaterThanOrEqualTo(40, StormTraining.All.Count);
        foreach (Type optimizer in Networks.ComponentGen.Types(typeof(Optimizer)))
        {
            Assert.IsTrue(Names.Any(name => name.StartsWith($"{optimizer.Name} on ", StringComparison.Ordinal)), optimizer.Name);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Weights_are_the_same_in_a_storm(string name)
    {
        StormTraining training = StormTraining.All.Single(one => one.Name == name);
        float[] calm = training.Train();
        Assert.IsNotEmpty(calm);
        Assert.IsTrue(calm.All(float.IsFinite), name);
        using var storm = new GarbageCollectionStorm();
        int stormy = 0;
        for (int i = 0; stormy < Repeats; i++)
        {
            // On a busy machine a training may be over before the next collection: it says nothing, and is not counted.
            Assert.IsLessThan(500 * Repeats, i, $"{name}: no collection fell into a training");
            long before = storm.Collections;
            Assert.AreSequenceEqual(calm, training.Train(), $"{name}, training {i + 1}");
            stormy += storm.Collections > before ? 1 : 0;
        }
    }

    /// <summary>Tensors that no dispose scope holds are freed by a collection while libtorch reads them, as Scalars are.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Tensors_live_in_dispose_scopes_or_are_detached_from_one(string name)
    {
        ThreadDisposeScopeStatistics figures = DisposeScopeManager.Statistics;
        long before = figures.CreatedOutsideScopeCount;
        _ = StormTraining.All.Single(one => one.Name == name).Train();
        Assert.AreEqual(0, figures.CreatedOutsideScopeCount - before, name);
    }
}
