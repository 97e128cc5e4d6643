using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// Memory for the weights of TorchSharp's modules. TorchSharp does not catch what libtorch throws while it moves a module:
/// missing memory would end the process.
/// </summary>
internal static class ModuleMemory
{
    /// <summary>Moves a module's weights to a device.</summary>
    /// <param name="module">The module.</param>
    /// <param name="device">The device.</param>
    /// <param name="numberType">The number type of the weights there.</param>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The device lacks memory.</exception>
    internal static void Move(nn.Module module, torch.Device device, ScalarType numberType)
    {
        // Is freed before libtorch asks for the same memory, and throws where there is too little.
        empty([module.parameters().Concat(module.buffers()).Sum(tensor => tensor.numel())], numberType, device).Dispose();
        module.to(device, numberType);
    }
}
