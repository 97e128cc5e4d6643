namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Comparisons of numbers that say which one is off, and by how much.</summary>
internal static class NumberAssert
{
    /// <summary>Asserts the same dimensions, and values that differ by no more than a fraction of the largest.</summary>
    public static void AreClose(Values expected, Values actual, double tolerance, string what = "")
    {
        CollectionAssert.AreEqual(expected.Dimensions, actual.Dimensions, $"{what}: dimensions [{string.Join(", ", actual.Dimensions)}]");
        AreClose(expected.Data, actual.Data, tolerance, what);
    }

    /// <summary>Asserts values that differ by no more than a fraction of the largest.</summary>
    public static void AreClose(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance, string what = "")
    {
        Assert.HasCount(expected.Count, actual, what);
        double scale = Math.Max(1e-3, expected.Select(Math.Abs).DefaultIfEmpty().Max());
        for (int i = 0; i < expected.Count; i++)
        {
            // Written so that not-a-number fails.
            if (!(Math.Abs(expected[i] - actual[i]) <= tolerance * scale))
            {
                Assert.Fail($"{what}: value {i} is {actual[i]:R}, expected {expected[i]:R} within {tolerance} of {scale:R}.");
            }
        }
    }

    /// <summary>Asserts values within an absolute and a relative tolerance, as PyTorch's gradcheck does.</summary>
    public static void AreClose(double expected, double actual, double absolute, double relative, string what)
    {
        if (!(Math.Abs(expected - actual) <= absolute + (relative * Math.Abs(expected))))
        {
            Assert.Fail($"{what}: {actual:R}, expected {expected:R}.");
        }
    }
}
