using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// The random generator of a training run. On the processor it is the run's own. TorchSharp makes no generators for other
/// devices, so there it stands for the device's own one, which all that runs on the device shares, and which can be seeded but
/// not read.
/// </summary>
internal sealed class DeviceGenerator : IDisposable
{
    private readonly torch.Device device;

    /// <param name="device">The device that random numbers are drawn on.</param>
    internal DeviceGenerator(torch.Device device)
    {
        this.device = device;
        Generator = new Generator(0);
        if (!IsOwn)
        {
            // Without a native generator behind it, libtorch takes it for none, and none means the device's own.
            Generator.Dispose();
        }
    }

    /// <summary>For functions of libtorch and layers.</summary>
    internal Generator Generator { get; }

    /// <summary>Whether a generator's state can be read and put back: it is the run's own.</summary>
    internal static bool CanRead(Generator generator) => generator.Handle != 0;

    /// <summary>Random numbers follow from the seed from here on.</summary>
    internal void Seed(long seed)
    {
        if (IsOwn)
        {
            Generator.manual_seed(seed);
        }
        else
        {
            Seed(device, seed);
        }
    }

    /// <summary>The same for a device's own generator.</summary>
    internal static void Seed(torch.Device device, long seed)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.manual_seed_all(seed);
        }
        else
        {
            // TorchSharp has no way to seed Metal's alone.
            manual_seed(seed);
        }
    }

    public void Dispose() => Generator.Dispose();

    private bool IsOwn => device.type == DeviceType.CPU;
}
