using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>The device that trainings run on, ours and the peers'. A GPU works on while the program goes on: who takes the time waits for it first.</summary>
internal static class MeasuredDevice
{
    /// <summary>As the options of a training name it.</summary>
    internal static Device Chosen { get; private set; } = Device.Cpu;

    /// <summary>As libtorch names it.</summary>
    internal static torch.Device Torch { get; private set; } = torch.CPU;

    /// <exception cref="InvalidOperationException">There is no such device.</exception>
    internal static void Choose(Device device) => (Chosen, Torch) = (device, device.Resolve());

    /// <summary>Waits until the device has done what it was given.</summary>
    internal static void Synchronize()
    {
        if (Torch.type == DeviceType.CUDA)
        {
            torch.cuda.synchronize(Torch);
        }
    }
}
