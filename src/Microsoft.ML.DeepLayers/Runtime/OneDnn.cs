using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// Turns oneDNN off in libtorch where it computes wrong numbers: on virtual machines that hide the processor's caches
/// (<see cref="Processor.ReportsCaches"/>). There, small convolutions and LSTMs differed from the true values in the first digit.
/// libtorch's own kernels take its place. PyTorch: <c>torch.backends.mkldnn.enabled</c>, which TorchSharp does not reach.
/// <para>
/// Without oneDNN, libtorch tries NNPACK for larger batches. That wants to know the caches as well, cannot start without, and writes
/// a line to the standard error stream at every convolution of every step: it is turned off, too.
/// </para>
/// </summary>
internal static unsafe class OneDnn
{
    /// <summary>To be called when libtorch is loaded. Does nothing on other systems than Linux, whose names of functions it knows.</summary>
    internal static void AvoidWhereWrong(string torchLibrary)
    {
        if (!Processor.ReportsCaches
            && OperatingSystem.IsLinux()
            && NativeLibrary.TryLoad(torchLibrary, out nint handle)
            && NativeLibrary.TryGetExport(handle, "_ZN2at13globalContextEv", out nint context))
        {
            nint settings = ((delegate* unmanaged<nint>)context)();
            TurnOff(handle, settings, "_ZN2at7Context20setUserEnabledMkldnnEb");
            TurnOff(handle, settings, "_ZN2at7Context20setUserEnabledNNPACKEb");
        }
    }

    private static void TurnOff(nint library, nint settings, string setter)
    {
        if (NativeLibrary.TryGetExport(library, setter, out nint enable))
        {
            ((delegate* unmanaged<nint, byte, void>)enable)(settings, 0);
        }
    }
}
