using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Tests;

/// <summary>What all tests of this assembly need.</summary>
[TestClass]
public static class TestAssembly
{
    [AssemblyInitialize]
    public static void Initialize(TestContext context) => LibTorch.EnsureLoaded();
}
