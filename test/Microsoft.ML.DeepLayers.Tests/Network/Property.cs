using CsCheck;

namespace Microsoft.ML.DeepLayers.Tests;

/// <summary>Property-based tests that try the same examples in every run.</summary>
internal static class Property
{
    /// <summary>Checks a property on generated examples. What fails is given to CsCheck, which finds and names a smaller one.</summary>
    internal static void Holds<T>(Gen<T> examples, Action<T> check, int count = 100)
    {
        var random = new PCG(1, 2026);
        for (int i = 0; i < count; i++)
        {
            ulong state = random.State;
            try
            {
                check(examples.Generate(random, null, out _));
            }
            catch (Exception)
            {
                examples.Sample(check, seed: random.ToString(state), iter: 1000, threads: 1);
                throw;
            }
        }
    }
}
