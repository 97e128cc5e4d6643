using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests;

/// <summary>What all tests of this assembly need.</summary>
[TestClass]
public static class TestAssembly
{
    private static GarbageCollectionStorm? storm;

    [AssemblyInitialize]
    public static void Initialize(TestContext context)
    {
        LibTorch.EnsureLoaded();
        OnnxRuntimeLibrary.Prepare();
        // The tensors of tests are tiny: threads of libtorch would only wait for each other, and on a busy machine spin for long.
        torch.set_num_threads(1);
        if (!TestDevice.IsCpu)
        {
            // What is compared here is compared to more digits than TF32 has.
            torch.backends.cuda.matmul.allow_tf32 = false;
            torch.backends.cudnn.allow_tf32 = false;
        }

        if (GarbageCollectionStorm.IsWanted)
        {
            storm = new GarbageCollectionStorm();
        }
    }

    [AssemblyCleanup]
    public static void Cleanup() => storm?.Dispose();
}
