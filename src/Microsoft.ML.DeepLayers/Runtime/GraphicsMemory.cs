using System.Runtime.InteropServices;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>How much memory of a GPU is free, asked of its driver: TorchSharp does not tell.</summary>
internal static class GraphicsMemory
{
    /// <summary>The free bytes of the device that this thread computes on; 0 where nobody can tell.</summary>
    internal static long Free(torch.Device device)
    {
        string library = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (device.type != DeviceType.CUDA || !NativeLibrary.TryLoad(library, out nint driver) || !NativeLibrary.TryGetExport(driver, "cuMemGetInfo_v2", out nint function))
        {
            return 0;
        }

        unsafe
        {
            nuint free, total;
            return ((delegate* unmanaged<nuint*, nuint*, int>)function)(&free, &total) == 0 ? (long)free : 0;
        }
    }
}
