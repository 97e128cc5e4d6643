namespace Microsoft.ML.DeepLayers.Tests.Architectures;

/// <summary>Random numbers for data that tests make.</summary>
internal static class Noise
{
    /// <summary>A number between two others.</summary>
    internal static float Between(this Random random, float from, float to) => from + ((to - from) * random.NextSingle());

    /// <summary>A normally distributed number (Box and Muller).</summary>
    internal static float Normal(this Random random) =>
        MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
}
