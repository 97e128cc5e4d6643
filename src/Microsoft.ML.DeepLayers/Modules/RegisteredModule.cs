using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Modules;

/// <summary>A weight of a module, as a layer declares it.</summary>
/// <param name="Name">libtorch's name of the parameter or buffer, e.g. <c>0.weight</c>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Trainable">Whether it is a parameter that requires a gradient.</param>
internal sealed record ModuleWeight(string Name, Shape Shape, bool Trainable);

/// <summary>What trying a module out has shown.</summary>
/// <param name="Output">The shape of its output, or <see langword="null"/> where it refuses the input.</param>
/// <param name="Problem">Why it does.</param>
/// <param name="Weights">Its weights.</param>
internal sealed record ModuleTrial(Shape? Output, string? Problem, IReadOnlyList<ModuleWeight> Weights);

/// <summary>A name and the factory that makes the module.</summary>
internal sealed class RegisteredModule
{
    /// <summary>Modules that have been made: a factory that hands out the same one twice would share its weights.</summary>
    private static readonly ConditionalWeakTable<nn.Module, object> Made = [];

    private readonly ConcurrentDictionary<Shape, ModuleTrial> trials = [];

    internal RegisteredModule(string name, Func<nn.Module<Tensor, Tensor>> factory) => (Name, Factory) = (name, factory);

    internal string Name { get; }

    internal Func<nn.Module<Tensor, Tensor>> Factory { get; }

    /// <summary>Runs the module on zeros, as at inference, to see what it makes of inputs of this shape; remembered.</summary>
    internal ModuleTrial Try(Shape input)
    {
        using NativeWork.Scope work = NativeWork.Begin();
        LibTorch.EnsureLoaded();
        return trials.GetOrAdd(input, RunUndisturbing);
    }

    /// <summary>Makes a new module, whose initial numbers follow from the seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="device">Where its weights are to be.</param>
    /// <param name="numberType">Their floating-point type.</param>
    /// <exception cref="InvalidOperationException">The factory cannot be used.</exception>
    internal ModuleHolder Create(long seed, torch.Device device, ScalarType numberType)
    {
        using NativeWork.Scope work = NativeWork.Begin();
        LibTorch.EnsureLoaded();
        return Make(seed, device, numberType);
    }

    /// <summary>A method of its own, so that nothing of TorchSharp is used before libtorch is known to be there.</summary>
    private ModuleHolder Make(long seed, torch.Device device, ScalarType numberType)
    {
        // Initialization leaves temporary tensors behind; those that are registered are taken out of the scope.
        using DisposeScope scope = NewDisposeScope();
        lock (GlobalRandom.Gate)
        {
            // On the CPU, where the same seed gives the same numbers whatever the device.
            using GlobalRandom random = GlobalRandom.Seed(seed, CPU);
            nn.Module<Tensor, Tensor> module = Factory()
                ?? throw new InvalidOperationException($"The factory of module '{Name}' returned null.");
            if (!Made.TryAdd(module, this))
            {
                throw new InvalidOperationException(
                    $"The factory of module '{Name}' returned the same instance again. It must make a new module each time, e.g. () => new {module.GetType().Name}(...): each training and each loaded model has weights of its own.");
            }

            return new ModuleHolder(module, device, numberType);
        }
    }

    private ModuleTrial RunUndisturbing(Shape input)
    {
        lock (GlobalRandom.Gate)
        {
            using GlobalRandom random = GlobalRandom.Seed(0, CPU);
            return Run(input);
        }
    }

    private ModuleTrial Run(Shape input)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using ModuleHolder holder = Make(seed: 0, CPU, ScalarType.Float32);
        try
        {
            Tensor output = holder.Forward(zeros(input.WithBatch(1)), training: false);
            string? problem = output.dim() == 0 || output.shape[0] != 1
                ? $"it makes [{string.Join(", ", output.shape)}] of one example: the first dimension must stay that of the batch (batch first, and no squeeze() of all dimensions)"
                : !output.is_floating_point() ? $"it gives {output.dtype}, not floating-point numbers"
                : MixesExamples(holder, input, output) ? "two equal examples in one batch give different outputs. Probably it takes the batch for steps: recurrent modules want batchFirst: true"
                : null;
            return new ModuleTrial(
                problem is null ? new Shape([.. output.shape.Skip(1).Select(dimension => checked((int)dimension))]) : default(Shape?), problem, WeightsOf(holder));
        }
        catch (Exception exception) when (exception is ExternalException or ArgumentException)
        {
            // libtorch's own message is a page of native stack behind its first line.
            return new ModuleTrial(null, exception.Message.Split('\n')[0], WeightsOf(holder));
        }
    }

    /// <summary>Whether an example's output depends on where in the batch it stands; a module that draws random numbers may.</summary>
    private static bool MixesExamples(ModuleHolder holder, Shape input, Tensor output)
    {
        bool Same(Tensor first, Tensor second) => first.allclose(second, 1e-3, 1e-5, equal_nan: true);

        if (!Same(output, holder.Forward(zeros(input.WithBatch(1)), training: false)))
        {
            return false;
        }

        Tensor two = holder.Forward(zeros(input.WithBatch(2)), training: false);
        return two.shape[0] != 2 || !Same(two[0], two[1]);
    }

    private ModuleWeight[] WeightsOf(ModuleHolder holder)
    {
        // What the exporter adds to a graph is told from weights by the colon.
        ModuleWeight[] weights = [.. holder.Weights.Select(weight => new ModuleWeight(
            weight.Name, new Shape([.. weight.Tensor.shape.Select(dimension => checked((int)dimension))]), weight.Tensor.requires_grad))];
        return Array.Find(weights, weight => weight.Name.AsSpan().ContainsAny('/', ':')) is { } odd
            ? throw new InvalidOperationException($"Module '{Name}' has a parameter or buffer named '{odd.Name}', but names of weights have no '/' or ':'.")
            : weights;
    }
}
