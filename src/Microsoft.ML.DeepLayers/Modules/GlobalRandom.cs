using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Modules;

/// <summary>
/// libtorch's own random generator, seeded for a while. Modules of users draw from it, when they are made and by their
/// dropout, and the whole process shares it. Afterwards the CPU's generator goes on as if nothing had been; TorchSharp
/// cannot read a GPU's, so that one stays seeded.
/// </summary>
internal sealed class GlobalRandom : IDisposable
{
    private readonly Tensor before;

    private GlobalRandom(long seed, torch.Device device)
    {
        before = GetState().DetachFromDisposeScope();
        Reseed(seed, device);
    }

    /// <summary>Held while modules are made, so that their numbers do not mix.</summary>
    internal static object Gate { get; } = new();

    /// <summary>Seeds the generator until disposal.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="device">The device whose generator is seeded besides the CPU's.</param>
    internal static GlobalRandom Seed(long seed, torch.Device device) => new(seed, device);

    /// <summary>Seeds it again, for a step whose numbers follow from the step alone.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="device">The device whose generator is seeded besides the CPU's.</param>
    internal static void Reseed(long seed, torch.Device device)
    {
        manual_seed(seed);
        if (device.type == DeviceType.CUDA)
        {
            DeviceGenerator.Seed(device, seed);
        }
    }

    /// <summary>Reads the CPU's generator. TorchSharp's own function does not keep the generator alive during the call.</summary>
    internal static Tensor GetState()
    {
        using Generator generator = Generator.Default;
        return generator.get_state();
    }

    /// <summary>Puts the CPU's generator to a state that was read before.</summary>
    internal static void SetState(Tensor state)
    {
        using Generator generator = Generator.Default;
        generator.set_state(state);
    }

    public void Dispose()
    {
        SetState(before);
        before.Dispose();
    }
}
