using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>The examples of Keras's documentation, and worked numbers where Keras has none.</summary>
[TestClass]
public sealed class PreprocessingReferenceTests
{
    [TestMethod]
    public void Rescaling_multiplies_and_adds() => AssertBoth(new Rescaling(1 / 127.5f, -1), [3], [0, 127.5, 255], [-1, 0, 1]);

    [TestMethod]
    public void Given_means_and_variances_are_taken() =>
        AssertBoth(new Normalization(mean: [3], variance: [2]), [3], [1, 2, 3], [-Math.Sqrt(2), -Math.Sqrt(0.5), 0]);

    [TestMethod]
    public void A_variance_of_0_divides_by_Kerass_epsilon() =>
        AssertBoth(new Normalization(mean: [1, 1], variance: [0, 4]), [2], [1.25, 5], [0.25 / 1e-7, 2]);

    [TestMethod]
    public void Learned_moments_are_those_of_all_batches()
    {
        // Keras's documented example, in two batches of different sizes.
        IReadOnlyDictionary<string, float[]> found = Adapt(new Normalization(), [3], [[0, 7, 4, 2, 9, 6, 0, 7, 4], [2, 9, 6]]);
        CollectionAssert.AreEqual(new float[] { 1, 8, 5 }, found["mean"]);
        CollectionAssert.AreEqual(new float[] { 1, 1, 1 }, found["variance"]);
        using var normal = new LayerHarness([new Normalization()], new Shape(3), fill: spec => found[spec.Name]);
        CollectionAssert.AreEqual(new double[] { -1, -1, -1 }, normal.RunOnnx(Values.Of([0, 7, 4], 1, 3)).Data);
        using var inverted = new LayerHarness([new Normalization(invert: true)], new Shape(3), fill: spec => found[spec.Name]);
        CollectionAssert.AreEqual(new double[] { 2, 10, 8 }, inverted.RunOnnx(Values.Of([1, 2, 3], 1, 3)).Data);
    }

    [TestMethod]
    public void A_variance_far_smaller_than_the_mean_keeps_its_digits()
    {
        double[] values = [.. Enumerable.Range(0, 1000).Select(i => 1_000_000 + (i % 3))];
        IReadOnlyDictionary<string, float[]> found = Adapt(new Normalization(), [1], [values[..300], values[300..310], values[310..]]);
        Assert.AreEqual(values.Average(value => Math.Pow(value - values.Average(), 2)), found["variance"][0], 1e-6);
    }

    [TestMethod]
    public void Another_axis_has_its_own_moments()
    {
        IReadOnlyDictionary<string, float[]> found = Adapt(new Normalization(axis: 1), [2, 2], [[1, 3, 10, 20], [5, 7, 30, 40]]);
        CollectionAssert.AreEqual(new float[] { 4, 25 }, found["mean"]);
        CollectionAssert.AreEqual(new float[] { 5, 125 }, found["variance"]);
    }

    [TestMethod]
    public void A_value_on_a_boundary_lies_in_the_bin_above() =>
        AssertBoth(new Discretization([0, 1, 2]), [2, 4], [-1.5, 1, 3.4, 0.5, 0, 3, 1.3, 0], [0, 2, 3, 1, 1, 3, 2, 1]);

    [TestMethod]
    public void Learned_bins_are_Kerass()
    {
        // Keras's documented example.
        double[] data = [-1.5, 1, 3.4, 0.5, 0, 3, 1.3, 0];
        IReadOnlyDictionary<string, float[]> found = Adapt(new Discretization(numBins: 4), [4], [data]);
        using var harness = new LayerHarness([new Discretization(numBins: 4)], new Shape(4), fill: spec => found[spec.Name]);
        CollectionAssert.AreEqual(new double[] { 0, 2, 3, 2, 1, 3, 3, 1 }, harness.RunOnnx(Values.Of(data, 2, 4)).Data);
    }

    [TestMethod]
    public void Learned_bins_hold_about_as_many_values_each()
    {
        // Exponential numbers, more than are sorted at once: quantiles far from evenly spaced.
        var random = new Random(1);
        double[][] batches = [.. Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, 10_000).Select(_ => -Math.Log(1 - random.NextDouble())).ToArray())];
        float[] boundaries = Adapt(new Discretization(numBins: 10), [1], batches)["bin_boundaries"];
        Assert.HasCount(9, boundaries);
        double[] all = [.. batches.SelectMany(batch => batch)];
        for (int i = 0; i < boundaries.Length; i++)
        {
            // Within epsilon.
            Assert.AreEqual((i + 1) / 10.0, all.Count(value => value < boundaries[i]) / (double)all.Length, 0.01, $"boundary {i}");
        }
    }

    [TestMethod]
    public void Bins_beyond_the_data_stay_empty()
    {
        IReadOnlyDictionary<string, float[]> found = Adapt(new Discretization(numBins: 6), [1], [[1, 2]]);
        using var harness = new LayerHarness([new Discretization(numBins: 6)], new Shape(1), fill: spec => found[spec.Name]);
        double[] bins = harness.RunOnnx(Values.Of([0, 1e30], 2, 1)).Data;
        Assert.AreEqual(0, bins[0]);
        Assert.IsLessThan(5, bins[1]);
    }

    [TestMethod]
    public void Categories_become_rows()
    {
        AssertBoth(new CategoryEncoding(4), [2], [0, 1, 0, 0, 1, 2, 3, 1], [1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 1]);
        AssertBoth(new CategoryEncoding(4, OutputMode.OneHot), [], [3, 0], [0, 0, 0, 1, 1, 0, 0, 0]);
        AssertBoth(new CategoryEncoding(4, OutputMode.OneHot), [1], [3, 0], [0, 0, 0, 1, 1, 0, 0, 0]);
        AssertBoth(new CategoryEncoding(4, OutputMode.Count), [2], [0, 1, 0, 0], [1, 1, 0, 0, 2, 0, 0, 0]);
        AssertBoth(new CategoryEncoding(2), [2], [-1, 2], [0, 0]);
    }

    [TestMethod]
    public void Counts_may_be_weighted()
    {
        // Keras's documented example.
        var arguments = new LayerArguments(
            Values.Of([0, 1, 0, 0, 1, 2, 3, 1], 4, 2), Values.Of([0.1, 0.2, 0.1, 0.1, 0.2, 0.3, 0.4, 0.2], 4, 2));
        using var harness = new LayerHarness([new CategoryEncoding(4, OutputMode.Count)], [new Shape(2), new Shape(2)]);
        double[] expected = [0.1, 0.2, 0, 0, 0.2, 0, 0, 0, 0, 0.2, 0.3, 0, 0, 0.2, 0, 0.4];
        NumberAssert.AreClose(expected, harness.RunTorch(arguments).Outputs[0].Data, 1e-6);
        NumberAssert.AreClose(expected, harness.RunOnnx(arguments).Outputs[0].Data, 1e-6);
    }

    [TestMethod]
    public void The_places_of_a_vocabulary_are_Kerass()
    {
        AssertBoth(new IntegerLookup(vocabulary: [12, 36, 1138, 42]), [3], [12, 1138, 42, 42, 1000, 36], [1, 3, 4, 4, 0, 2]);
        AssertBoth(new IntegerLookup(numOovIndices: 2, vocabulary: [12, 36, 1138, 42]), [3], [12, 1138, 42, 37, 1000, 36], [2, 4, 5, 1, 0, 3]);
        AssertBoth(new IntegerLookup(vocabulary: [-1, 12, 36]), [2], [12, 7], [1, 0]);
        AssertBoth(new IntegerLookup(maskToken: 0, vocabulary: [12, 36]), [4], [0, 7, 12, 36], [0, 1, 2, 3]);
        AssertBoth(new IntegerLookup(numOovIndices: 2, vocabulary: [12, 36]), [2], [-3, -4], [1, 0]);
        AssertBoth(
            new IntegerLookup(vocabulary: [12, 36, 1138, 42], outputMode: OutputMode.OneHot), [], [12, 42, 7],
            [0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
        AssertBoth(
            new IntegerLookup(vocabulary: [12, 36, 1138, 42], outputMode: OutputMode.MultiHot), [4], [12, 1138, 42, 42, 42, 7, 36, 7],
            [0, 1, 0, 1, 1, 1, 0, 1, 0, 1]);
        AssertBoth(
            new IntegerLookup(vocabulary: [12, 36, 1138, 42], outputMode: OutputMode.Count), [4], [12, 1138, 42, 42, 42, 7, 36, 7],
            [0, 1, 0, 1, 2, 2, 0, 1, 0, 1]);
        AssertBoth(new IntegerLookup(maskToken: 0, vocabulary: [12], outputMode: OutputMode.Count), [4], [0, 0, 12, 5], [1, 1]);
    }

    [TestMethod]
    public void A_learned_vocabulary_is_in_Kerass_order()
    {
        // Keras's documented example: [42, 1138, 1000, 36, 12].
        float[] found = Adapt(new IntegerLookup(maxTokens: 8), [3], [[12, 1138, 42], [42, 1000, 36]])["vocabulary"];
        CollectionAssert.AreEqual(new float[] { 42, 1138, 1000, 36, 12, float.MinValue, float.MinValue }, found);
        CollectionAssert.AreEqual(
            new float[] { 42, 1138 }, Adapt(new IntegerLookup(maxTokens: 3), [3], [[12, 1138, 42], [42, 1000, 36]])["vocabulary"]);
        // The special numbers are no part of it.
        CollectionAssert.AreEqual(
            new float[] { 7, 5 }, Adapt(new IntegerLookup(maxTokens: 4, maskToken: 0, oovToken: 9), [1], [[0, 0, 9, 9, 9, 7, 7, 5]])["vocabulary"]);
    }

    [TestMethod]
    public void Hashes_are_those_of_the_formula()
    {
        // a, b and c as SplitMix64 gives them for the seed 0.
        const ulong First = 0xE220A8397B1DCDAF, Second = 0x6E789E6AA1B965F4, Third = 0x06C45D188009454F;
        const long Prime = int.MaxValue;
        long a = (long)(First % (Prime - 1)) + 1, b = (long)(Second % (Prime - 1)) + 1, c = (long)(Third % (Prime - 1)) + 1;
        double[] values = [0, 1, 2, 77, 12_345, 16_777_216, -5];
        Int128 Hash(double value) => Modulo(((Int128)a * (Int128)value) + b, Prime);
        AssertBoth(new Hashing(1000), [1], values, [.. values.Select(value => (double)(Hash(value) % 1000))]);
        AssertBoth(new Hashing(1000, maskValue: 77), [1], values, [.. values.Select(value => value == 77 ? 0 : (double)(Hash(value) % 999) + 1)]);
        var arguments = new LayerArguments(Values.Of([5, -9], 2, 1), Values.Of([12, 16_777_216], 2, 1));
        using var harness = new LayerHarness([new HashedCrossing(1000)], [new Shape(1), new Shape(1)]);
        double[] expected = [Cross(5, 12), Cross(-9, 16_777_216)];
        CollectionAssert.AreEqual(expected, harness.RunTorch(arguments).Outputs[0].Data);
        CollectionAssert.AreEqual(expected, harness.RunOnnx(arguments).Outputs[0].Data);

        double Cross(double first, double second) => (double)(Modulo(((Int128)a * (Int128)second) + b + (c * Hash(first)), Prime) % 1000);

        static Int128 Modulo(Int128 value, long divisor) => ((value % divisor) + divisor) % divisor;
    }

    [TestMethod]
    public void Hashes_spread_evenly_and_by_the_salt()
    {
        double[] values = [.. Enumerable.Range(0, 20_000).Select(value => value * 8.0)];
        double[] bins = Run(new Hashing(16), values), salted = Run(new Hashing(16, salt: 1), values);
        foreach (int count in bins.CountBy(bin => bin).Select(group => group.Value))
        {
            Assert.AreEqual(1250, count, 250);
        }

        Assert.AreEqual(1 / 16.0, bins.Zip(salted).Count(pair => pair.First == pair.Second) / 20_000.0, 0.03);

        static double[] Run(Hashing layer, double[] values)
        {
            using var harness = new LayerHarness([layer], new Shape(values.Length));
            return harness.RunTorch(Values.Of(values, 1, values.Length)).Data;
        }
    }

    private static IReadOnlyDictionary<string, float[]> Adapt(IAdaptiveLayer layer, int[] shape, double[][] batches)
    {
        LayerAdaptation adaptation = layer.BeginAdaptation(shape)!;
        using var scope = NewDisposeScope();
        foreach (double[] batch in batches)
        {
            adaptation.Update(tensor(batch, new Shape(shape).WithBatch(-1).Select((length, i) => i == 0 ? batch.Length / new Shape(shape).Size : length).ToArray(), dtype: ScalarType.Float32));
        }

        return adaptation.Finish();
    }

    private static void AssertBoth(Layer layer, int[] shape, double[] input, double[] expected)
    {
        var arguments = new LayerArguments(Values.Of(input, [input.Length / new Shape(shape).Size, .. shape.Select(length => (long)length)]));
        using var harness = new LayerHarness([layer], [(Shape)shape]);
        NumberAssert.AreClose(expected, harness.RunTorch(arguments).Outputs[0].Data, 1e-6, $"{layer}, libtorch");
        NumberAssert.AreClose(expected, harness.RunOnnx(arguments).Outputs[0].Data, 1e-6, $"{layer}, ONNX Runtime");
    }
}
