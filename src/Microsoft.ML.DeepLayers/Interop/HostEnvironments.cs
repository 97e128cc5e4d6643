using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>What an environment knows and ML.NET keeps to itself.</summary>
internal static class HostEnvironments
{
    /// <summary>The seed that the user gave the MLContext, or <see langword="null"/>.</summary>
    internal static int? GetSeed(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.Seed;

    /// <summary>The GPU that the user chose by <see cref="MLContext.GpuDeviceId"/>, or <see langword="null"/>.</summary>
    internal static int? GetGpuDeviceId(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.GpuDeviceId;

    /// <summary>Whether the CPU may stand in for a GPU that is not there: <see cref="MLContext.FallbackToCpu"/>.</summary>
    internal static bool GetFallbackToCpu(IHostEnvironment environment) =>
        (environment as IHostEnvironmentInternal)?.FallbackToCpu ?? true;

    /// <summary>Whether the user has called <c>MLContext.CancelExecution</c>. To be asked batch by batch.</summary>
    internal static bool IsCanceled(IHostEnvironment environment)
    {
        // A context does not tell, but what it wraps does.
        IHostEnvironment inner = environment is MLContext context ? Catalogs.GetEnvironment(context.Model) : environment;
        return inner is ICancelable { IsCanceled: true };
    }

    /// <summary>Stops where the user has called <c>MLContext.CancelExecution</c>, as ML.NET's own components do.</summary>
    /// <exception cref="OperationCanceledException">The user has.</exception>
    internal static void ThrowIfCanceled(IHostEnvironment environment)
    {
        if (IsCanceled(environment))
        {
            throw new OperationCanceledException("Operation was canceled.");
        }
    }
}
