namespace Microsoft.ML.DeepLayers.Fuzz.Running;

/// <summary>What the process says by its exit code.</summary>
internal static class ExitCodes
{
    internal const int Found = 1;
    internal const int WrongUsage = 2;
    internal const int Hang = 3;
}
