using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Modules;

/// <summary>
/// Finds tensors that are left behind where modules are made. TorchSharp's own count of tensors grows by one for each
/// parameter that is made, even if it is disposed at once; so what a module adds by being made and disposed is measured,
/// and taken off for each that the action made.
/// </summary>
internal static class CountedModule
{
    internal static long TensorsLeft(string name, Func<nn.Module<Tensor, Tensor>> factory, Action action)
    {
        int made = 0;
        Network.RegisterModule(name, () =>
        {
            made++;
            return factory();
        });
        action(); // What is made once for the whole process.
        factory().Dispose();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long start = Tensor.TotalCount;
        factory().Dispose();
        long drift = Tensor.TotalCount - start;
        made = 0;
        start = Tensor.TotalCount;
        action();
        Assert.IsGreaterThan(0, made);
        return Tensor.TotalCount - start - (made * drift);
    }
}
