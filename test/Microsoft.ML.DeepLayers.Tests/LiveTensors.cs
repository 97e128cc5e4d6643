using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests;

/// <summary>Counts native tensors before something that should leave none.</summary>
internal static class LiveTensors
{
    /// <summary>Those that are alive, once what earlier tests have dropped without freeing it is gone: it must not go while this test counts.</summary>
    internal static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}
