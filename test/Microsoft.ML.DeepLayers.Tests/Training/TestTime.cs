namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>A clock that tests move on.</summary>
internal sealed class TestTime : TimeProvider
{
    private long ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => ticks;

    internal void Pass(TimeSpan time) => ticks += time.Ticks;
}
