using System.Runtime.CompilerServices;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Runtime;

internal enum DeviceKind { Auto, Cpu, Cuda, Mps }

/// <summary>What there is to train on.</summary>
internal readonly record struct AvailableDevices(int CudaCount, bool IsCudaBuild, bool HasMps);

/// <summary>From the device that was asked for to one that exists.</summary>
internal static class DeviceSelection
{
    /// <summary>The TorchSharp device; loads libtorch where that has not happened yet.</summary>
    /// <param name="device">The device that was asked for.</param>
    /// <param name="isSmall">Whether the work is too small for an NVIDIA GPU to be faster with it.</param>
    /// <exception cref="InvalidOperationException">The device is not there, with the reason and what to do.</exception>
    public static torch.Device Resolve(this Device device, bool isSmall = false)
    {
        LibTorch.EnsureLoaded();
        return ToTorch(Choose(device, Available(), NativePlatform.Current, isSmall));
    }

    /// <summary>Never <see cref="DeviceKind.Auto"/>.</summary>
    internal static Device Choose(Device requested, AvailableDevices available, NativePlatform platform, bool isSmall = false) => requested.Kind switch
    {
        DeviceKind.Auto when available.CudaCount > 0 => isSmall ? Device.Cpu : Device.Cuda(),
        DeviceKind.Auto when available.HasMps => Device.Mps,
        DeviceKind.Auto => Device.Cpu,
        DeviceKind.Cuda when requested.Index >= available.CudaCount => throw new InvalidOperationException(NoCuda(requested, available, platform)),
        DeviceKind.Mps when !available.HasMps => throw new InvalidOperationException(
            "The device mps was asked for, which only Apple silicon Macs have. Use Device.Auto, Device.Cpu or Device.Cuda()."),
        _ => requested,
    };

    private static string NoCuda(Device requested, AvailableDevices available, NativePlatform platform)
    {
        const string otherwise = "or train with Device.Auto or Device.Cpu.";
        if (available.CudaCount > 0)
        {
            var names = string.Join(", ", Enumerable.Range(0, available.CudaCount).Select(Device.Cuda));
            return $"The device {requested} was asked for, and there {(available.CudaCount == 1 ? "is 1 CUDA device" : $"are {available.CudaCount} CUDA devices")}: {names}.";
        }
        if (platform.CudaPackage is null)
        {
            return $"The device {requested} was asked for, and there is no CUDA on {platform.Rid}. "
                + $"Use Device.Auto{(platform.IsMacOS ? ", Device.Mps" : "")} or Device.Cpu.";
        }

        if (!available.IsCudaBuild)
        {
            return $"The device {requested} was asked for, and the libtorch of this application is the CPU build. "
                + $"Reference the package {platform.CudaPackage} instead of TorchSharp-cpu (it needs an NVIDIA GPU and its driver), {otherwise}";
        }

        return $"The device {requested} was asked for, and libtorch, a CUDA build, finds no GPU that it can use. "
            + $"Check that nvidia-smi lists one, that its driver is recent enough for CUDA 12.8 and that CUDA_VISIBLE_DEVICES does not hide it, {otherwise}";
    }

    // Bodies of their own: whoever only compares or prints devices never has TorchSharp loaded by it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AvailableDevices Available() => new(
        torch.cuda.is_available() ? torch.cuda.device_count() : 0,
        LibTorch.IsCudaBuild,
        torch.mps_is_available());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static torch.Device ToTorch(Device device) => device.Kind switch
    {
        DeviceKind.Cuda => torch.device(DeviceType.CUDA, device.Index),
        DeviceKind.Mps => torch.device(DeviceType.MPS),
        _ => torch.CPU,
    };
}
