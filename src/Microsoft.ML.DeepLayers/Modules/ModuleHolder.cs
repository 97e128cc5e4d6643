using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Modules;

/// <summary>
/// One instance of a user's module, owned. Being registered in a module of ours makes TorchSharp look through the fields
/// of it and of all modules in it, which their authors may have left to <c>RegisterComponents</c> and forgotten: such
/// weights would silently be neither trained nor saved.
/// </summary>
internal sealed class ModuleHolder : nn.Module
{
    private readonly nn.Module<Tensor, Tensor> module;
    private bool? mode;
    private int count;

    internal ModuleHolder(nn.Module<Tensor, Tensor> module, torch.Device device, ScalarType numberType)
        : base(nameof(ModuleHolder))
    {
        this.module = module;
        RegisterAll(module);
        ModuleMemory.Move(module, device, numberType);
        // Parameters first, each under one name: libtorch's state dictionary.
        Weights =
        [
            .. module.named_parameters().Select(parameter => (parameter.name, (Tensor)parameter.parameter)),
            .. module.named_buffers().Select(buffer => (buffer.name, buffer.buffer)),
        ];
        foreach ((_, Tensor tensor) in Weights)
        {
            tensor.DetachFromDisposeScope();
        }
    }

    /// <summary>The parameters and buffers; integer buffers, such as a count of batches, too.</summary>
    internal IReadOnlyList<(string Name, Tensor Tensor)> Weights { get; }

    /// <summary>Computes the output for a batch.</summary>
    /// <param name="input">The input.</param>
    /// <param name="training">Whether dropout and batch statistics are active.</param>
    internal Tensor Forward(Tensor input, bool training)
    {
        if (mode != training)
        {
            // Each module by itself: containers have been known to forget some of theirs.
            foreach (nn.Module each in modules())
            {
                each.train(training);
            }

            mode = training;
        }

        return module.call(input);
    }

    private void RegisterAll(nn.Module each)
    {
        register_module($"module{count++}", each);
        foreach ((_, nn.Module child) in each.named_children().ToArray())
        {
            RegisterAll(child);
        }
    }
}
