using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Runs the benchmarks of this program by BenchmarkDotNet, in this process: else it would build a program with a libtorch of its own.</summary>
internal static class BenchmarkCommand
{
    /// <param name="arguments">BenchmarkDotNet's arguments, e.g. <c>--filter *Scoring*</c>.</param>
    internal static int Run(string[] arguments)
    {
        Runtime.LibTorch.EnsureLoaded();
        IConfig config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        BenchmarkSwitcher.FromAssembly(typeof(BenchmarkCommand).Assembly).Run(arguments, config);
        return 0;
    }
}
