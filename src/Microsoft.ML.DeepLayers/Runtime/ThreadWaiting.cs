namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// Bounds how long libtorch's threads spin while they wait for each other. GNU's OpenMP lets them spin for about a
/// millisecond at every barrier. Where other programs use the cores too, or a container has a share of them, that burns
/// the time in which the thread that is waited for could run, and training takes several times as long.
/// </summary>
internal static class ThreadWaiting
{
    internal const string Variable = "GOMP_SPINCOUNT";

    /// <summary>What GNU's OpenMP itself takes where it sees more threads than cores; it does not see other programs.</summary>
    internal const string SpinCount = "1000";

    /// <summary>To be called before libtorch is loaded; OpenMP looks once. What the user has set stays as it is.</summary>
    internal static void Bound()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            // .NET keeps variables of its own, which native code does not see.
            NativeEnvironment.Set(Variable, SpinCount, overwrite: false);
        }
    }
}
