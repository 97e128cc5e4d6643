using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests;

/// <summary>
/// Where layers and training loops are tested: on the CPU, or where <c>DEEPLAYERS_TEST_DEVICE</c> says, e.g. <c>cuda</c>, on a
/// machine that has such a device.
/// </summary>
internal static class TestDevice
{
    private static readonly Lazy<torch.Device> Chosen = new(() =>
        Device.Parse(Environment.GetEnvironmentVariable("DEEPLAYERS_TEST_DEVICE") is { Length: > 0 } name ? name : "cpu").Resolve());

    internal static torch.Device Torch => Chosen.Value;

    /// <summary>A random generator of it.</summary>
    internal static torch.Generator Generator(ulong seed)
    {
        var generator = new DeviceGenerator(Torch);
        generator.Seed((long)seed);
        return generator.Generator;
    }

    internal static bool IsCpu => Torch.type == DeviceType.CPU;
}
