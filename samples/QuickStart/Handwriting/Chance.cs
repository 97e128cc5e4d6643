namespace QuickStart.Handwriting;

/// <summary>Random numbers with the distributions that handwriting needs.</summary>
internal static class Chance
{
    public static float Uniform(this Random random, float low, float high) => low + (high - low) * random.NextSingle();

    /// <summary>A normal deviate of mean 0 (Box and Muller's transform).</summary>
    public static float Normal(this Random random, float deviation)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return deviation * (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
    }
}
