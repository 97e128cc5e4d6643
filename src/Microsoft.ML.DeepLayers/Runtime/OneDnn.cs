using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// Turns oneDNN off in libtorch where it computes wrong numbers: on virtual machines that hide the processor's caches
/// (<see cref="Processor.ReportsCaches"/>). There, small convolutions and LSTMs differed from the true values in the first digit.
/// libtorch's own kernels take its place, and not NNPACK's, which cannot start without knowing the caches either, but would be
/// asked, and write a line to the standard error, for every convolution.
/// PyTorch: <c>torch.backends.mkldnn.enabled</c> and <c>torch.backends.nnpack</c>, which TorchSharp does not reach.
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
            TurnOff(handle, context, "_ZN2at7Context20setUserEnabledMkldnnEb");
            TurnOff(handle, context, "_ZN2at7Context20setUserEnabledNNPACKEb");
        }
    }

    private static void TurnOff(nint library, nint context, string setter)
    {
        if (NativeLibrary.TryGetExport(library, setter, out nint enable))
        {
            ((delegate* unmanaged<nint, byte, void>)enable)(((delegate* unmanaged<nint>)context)(), 0);
        }
    }
}
