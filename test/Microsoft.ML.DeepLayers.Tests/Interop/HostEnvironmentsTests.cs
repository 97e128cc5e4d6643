using System.Reflection;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Interop;

[TestClass]
public sealed class HostEnvironmentsTests
{
    [TestMethod]
    public void The_seed_is_the_users()
    {
        Assert.AreEqual(7, HostEnvironments.GetSeed(new MLContext(seed: 7)));
        Assert.IsNull(HostEnvironments.GetSeed(new MLContext()));
    }

    [TestMethod]
    public void The_device_is_the_users()
    {
        Assert.IsNull(HostEnvironments.GetGpuDeviceId(new MLContext()));
        Assert.AreEqual(2, HostEnvironments.GetGpuDeviceId(new MLContext { GpuDeviceId = 2 }));
        Assert.IsTrue(HostEnvironments.GetFallbackToCpu(new MLContext { FallbackToCpu = true }));
        Assert.IsFalse(HostEnvironments.GetFallbackToCpu(new MLContext { FallbackToCpu = false }));
    }

    [TestMethod]
    public void Cancellation_reaches_the_environment_of_a_component()
    {
        var ml = new MLContext();
        IHostEnvironment component = ((IHostEnvironment)ml).Register("component");
        Assert.IsFalse(HostEnvironments.IsCanceled(ml));
        HostEnvironments.ThrowIfCanceled(component);
        Cancel(ml);
        Assert.IsTrue(HostEnvironments.IsCanceled(ml));
        Assert.IsTrue(HostEnvironments.IsCanceled(component));
        Assert.ThrowsExactly<OperationCanceledException>(() => HostEnvironments.ThrowIfCanceled(component));
    }

    /// <summary>What <c>CancelExecution</c> of the package Microsoft.ML.Experimental does.</summary>
    internal static void Cancel(MLContext ml) =>
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.NonPublic | BindingFlags.Instance)!.Invoke(ml, null);
}
