using System.Globalization;
using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// The device that a network trains on. A value: two devices that name the same one are equal, and the default is
/// <see cref="Auto"/>. Whether the device exists is checked when training begins, not here.
/// </summary>
/// <example>
/// <code>
/// new NeuralNetworkOptions { Device = Device.Cuda(1) }
/// </code>
/// </example>
public readonly record struct Device
{
    private Device(DeviceKind kind, int index = 0) => (Kind, Index) = (kind, index);

    internal DeviceKind Kind { get; }

    internal int Index { get; }

    /// <summary>
    /// The best device there is: an NVIDIA GPU, else Apple's Metal, else the processor. Where there is an NVIDIA GPU, the
    /// processor is the best for steps of less than 10 million multiplications, because it takes longer to tell the GPU what to
    /// do than to do it.
    /// </summary>
    public static Device Auto => default;

    /// <summary>The processor. Available everywhere.</summary>
    public static Device Cpu => new(DeviceKind.Cpu);

    /// <summary>The GPU of an Apple silicon Mac, through Metal Performance Shaders.</summary>
    public static Device Mps => new(DeviceKind.Mps);

    /// <summary>An NVIDIA GPU. The application references TorchSharp-cuda-windows or TorchSharp-cuda-linux.</summary>
    /// <param name="index">Which one, counted from zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    public static Device Cuda(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new Device(DeviceKind.Cuda, index);
    }

    /// <summary>Reads what <see cref="ToString"/> writes: auto, cpu, mps, cuda or cuda:1, in upper or lower case.</summary>
    /// <param name="text">The device's name.</param>
    /// <exception cref="FormatException">The text names no device.</exception>
    public static Device Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var name = text.Trim().ToLowerInvariant();
        return name switch
        {
            "auto" => Auto,
            "cpu" => Cpu,
            "mps" => Mps,
            "cuda" => Cuda(),
            _ when name.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index) => Cuda(index),
            _ => throw new FormatException($"'{text}' names no device. Devices are auto, cpu, cuda, cuda:0, cuda:1 and so on, and mps."),
        };
    }

    /// <summary>The device's name: auto, cpu, mps or cuda:0.</summary>
    public override string ToString() => Kind switch
    {
        DeviceKind.Cuda => string.Create(CultureInfo.InvariantCulture, $"cuda:{Index}"),
        DeviceKind.Cpu => "cpu",
        DeviceKind.Mps => "mps",
        _ => "auto",
    };
}
