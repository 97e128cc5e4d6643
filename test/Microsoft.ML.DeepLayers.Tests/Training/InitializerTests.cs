using CsCheck;
using Microsoft.ML.DeepLayers.Tests.Networks;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>
/// Initializers by their moments and limits. With 40,000 values a mean lies within 4/200 standard deviations of what is
/// expected in all but one of 15,000 cases, and seeds are fixed.
/// </summary>
[TestClass]
public sealed class InitializerTests
{
    private const int Count = 40_000;

    private const int FanIn = 300;

    private const int FanOut = 100;

    [TestMethod]
    public void Uniform_variance_scaling_fills_its_range_evenly()
    {
        AssertUniform(VarianceScaling.GlorotUniform, Math.Sqrt(6.0 / (FanIn + FanOut)));
        AssertUniform(VarianceScaling.HeUniform, Math.Sqrt(6.0 / FanIn));
        AssertUniform(VarianceScaling.LecunUniform, Math.Sqrt(3.0 / FanIn));
        AssertUniform(new VarianceScaling(5, FanMode.FanOut, InitializerDistribution.Uniform), Math.Sqrt(3.0 * 5 / FanOut));
    }

    [TestMethod]
    public void Normal_variance_scaling_has_its_variance_and_is_cut_off_at_two_deviations()
    {
        AssertTruncated(VarianceScaling.GlorotNormal, 2.0 / (FanIn + FanOut));
        AssertTruncated(VarianceScaling.HeNormal, 2.0 / FanIn);
        AssertTruncated(VarianceScaling.LecunNormal, 1.0 / FanIn);
        AssertTruncated(new VarianceScaling(3, FanMode.FanOut), 3.0 / FanOut);
        AssertTruncated(new VarianceScaling(), 1.0 / FanIn);
    }

    [TestMethod]
    public void Random_normal_has_its_mean_and_deviation_and_tails()
    {
        double[] values = Fill(new RandomNormal(0.5f, 0.1f));
        AssertMoments(values, 0.5, 0.1);
        double[] standard = [.. values.Select(value => (value - 0.5) / 0.1)];
        // The normal distribution has 31.7 %, 4.55 % and 0.27 % beyond one, two and three deviations, and kurtosis 3.
        Assert.AreEqual(0.3173, standard.Count(value => Math.Abs(value) > 1) / (double)Count, 0.01);
        Assert.AreEqual(0.0455, standard.Count(value => Math.Abs(value) > 2) / (double)Count, 0.005);
        Assert.AreEqual(0.0027, standard.Count(value => Math.Abs(value) > 3) / (double)Count, 0.0012);
        Assert.AreEqual(3, standard.Average(value => Math.Pow(value, 4)), 0.15);
    }

    [TestMethod]
    public void Random_uniform_fills_its_range_evenly()
    {
        double[] values = Fill(new RandomUniform(-1, 3));
        Assert.IsTrue(values.All(value => value is >= -1 and <= 3));
        AssertEven(values, -1, 3);
        Assert.IsTrue(Fill(new RandomUniform(2, 2)).All(value => value == 2));
    }

    [TestMethod]
    public void Untruncated_normal_variance_scaling_has_its_variance_and_tails()
    {
        double[] values = Fill(new VarianceScaling(3, FanMode.FanOut, InitializerDistribution.UntruncatedNormal));
        AssertMoments(values, 0, Math.Sqrt(3.0 / FanOut));
        Assert.AreEqual(0.0455, values.Count(value => Math.Abs(value) > 2 * Math.Sqrt(3.0 / FanOut)) / (double)Count, 0.005);
    }

    [TestMethod]
    public void Truncated_normal_draws_anew_beyond_two_deviations()
    {
        double[] values = Fill(new TruncatedNormal(0.5f, 0.1f));
        // Unlike variance scaling it does not make up for the deviation that is lost.
        AssertMoments(values, 0.5, 0.1 * 0.87962566);
        Assert.IsTrue(values.All(value => Math.Abs(value - 0.5) <= 0.2000001));
        Assert.IsGreaterThan(0.198, values.Max(value => Math.Abs(value - 0.5)));
        Assert.AreEqual(0.7152, values.Count(value => Math.Abs(value - 0.5) <= 0.1) / (double)Count, 0.01);
    }

    [TestMethod]
    public void Identity_has_its_gain_on_the_diagonal_of_a_matrix()
    {
        float[] values = [9, 9, 9, 9, 9, 9];
        new IdentityInitializer(2).Fill(values, new Shape(2, 3), 0, 0, new Random(1));
        CollectionAssert.AreEqual(new float[] { 2, 0, 0, 0, 2, 0 }, values);
        new IdentityInitializer().Fill(values, new Shape(3, 2), 0, 0, new Random(1));
        CollectionAssert.AreEqual(new float[] { 1, 0, 0, 1, 0, 0 }, values);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => new IdentityInitializer().Fill(values, new Shape(6), 0, 0, new Random(1)));
        Assert.Contains("[6]", error.Message);
    }

    [TestMethod]
    public void Constants_are_constant()
    {
        Assert.IsTrue(Fill(new Constant(1.5f)).All(value => value == 1.5));
        Assert.IsTrue(Fill(Constant.Zeros).All(value => value == 0));
        Assert.IsTrue(Fill(Constant.Ones).All(value => value == 1));
    }

    [TestMethod]
    public void Orthogonal_rows_or_columns_are_orthonormal_whichever_are_fewer() => Property.Holds(
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int),
        example =>
        {
            (int rows, int columns, int seed) = example;
            float[] matrix = new float[rows * columns];
            new Orthogonal(gain: 2).Fill(matrix, new Shape(rows, columns), 0, 0, new Random(seed));
            int count = Math.Min(rows, columns), length = Math.Max(rows, columns);
            double At(int vector, int place) => rows <= columns ? matrix[(vector * columns) + place] : matrix[(place * columns) + vector];
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    double product = Enumerable.Range(0, length).Sum(place => At(i, place) * At(j, place));
                    Assert.AreEqual(i == j ? 4 : 0, product, 1e-5);
                }
            }
        });

    /// <summary>Of a uniformly random rotation, each entry has mean 0 and variance 1 / n.</summary>
    [TestMethod]
    public void Orthogonal_matrices_turn_in_every_direction()
    {
        double sum = 0, squares = 0;
        float[] matrix = new float[16];
        for (int seed = 0; seed < 2000; seed++)
        {
            new Orthogonal().Fill(matrix, new Shape(4, 4), 0, 0, new Random(seed));
            sum += matrix[0];
            squares += matrix[0] * matrix[0];
        }

        Assert.AreEqual(0, sum / 2000, 0.05);
        Assert.AreEqual(0.25, squares / 2000, 0.02);
    }

    [TestMethod]
    public void Orthogonal_weights_of_more_dimensions_count_as_a_matrix_by_the_first()
    {
        float[] flat = new float[24], deep = new float[24];
        new Orthogonal().Fill(flat, new Shape(4, 6), 0, 0, new Random(1));
        new Orthogonal().Fill(deep, new Shape(4, 2, 3), 0, 0, new Random(1));
        CollectionAssert.AreEqual(flat, deep);
    }

    [TestMethod]
    public void The_same_random_numbers_give_the_same_values_and_others_give_others()
    {
        foreach (Type type in ComponentGen.Types(typeof(Initializer)))
        {
            var initializer = (Initializer)ComponentGen.Make(type, new Random(1), requiredOnly: true);
            double[] first = Fill(initializer, seed: 1, rows: 20, columns: 20);
            CollectionAssert.AreEqual(first, Fill(initializer, seed: 1, rows: 20, columns: 20));
            if (initializer is not (Constant or IdentityInitializer))
            {
                CollectionAssert.AreNotEqual(first, Fill(initializer, seed: 2, rows: 20, columns: 20), type.Name);
                Assert.HasCount(400, first.Distinct().ToArray(), "no value comes twice");
            }
        }
    }

    [TestMethod]
    public void Invalid_arguments_are_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new VarianceScaling(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new VarianceScaling(-1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RandomNormal(0, -1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TruncatedNormal(0, -1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RandomUniform(1, 0.5f));
    }

    private static void AssertUniform(VarianceScaling initializer, double limit)
    {
        double[] values = Fill(initializer);
        Assert.IsTrue(values.All(value => Math.Abs(value) <= limit * 1.0000001));
        AssertEven(values, -limit, limit);
    }

    /// <summary>As many values in each twentieth of the range, within 4.5 standard deviations.</summary>
    private static void AssertEven(double[] values, double low, double high)
    {
        int[] bins = new int[20];
        foreach (double value in values)
        {
            bins[Math.Clamp((int)((value - low) / (high - low) * 20), 0, 19)]++;
        }

        Array.ForEach(bins, bin => Assert.AreEqual(Count / 20, bin, 200));
    }

    private static void AssertTruncated(VarianceScaling initializer, double variance)
    {
        double[] values = Fill(initializer);
        double deviation = Math.Sqrt(variance);
        AssertMoments(values, 0, deviation);
        // A normal distribution cut off at two standard deviations keeps 0.8796 of its deviation, which is made up for.
        double limit = 2 * deviation / 0.87962566;
        Assert.IsTrue(values.All(value => Math.Abs(value) <= limit * 1.0000001));
        Assert.IsGreaterThan(limit * 0.98, values.Max(Math.Abs), "the tails reach the limit");
        // Of a normal distribution within two deviations, 71.5 % are within one: 0.6827 / 0.9545.
        Assert.AreEqual(0.7152, values.Count(value => Math.Abs(value) <= limit / 2) / (double)Count, 0.01);
    }

    private static void AssertMoments(double[] values, double mean, double deviation)
    {
        Assert.AreEqual(mean, values.Average(), deviation * 0.02);
        Assert.AreEqual(deviation, Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), deviation * 0.02);
    }

    private static double[] Fill(Initializer initializer, int seed = 5, int rows = 400, int columns = 100)
    {
        float[] values = new float[rows * columns];
        initializer.Fill(values, new Shape(rows, columns), FanIn, FanOut, new Random(seed));
        return [.. values.Select(value => (double)value)];
    }
}
