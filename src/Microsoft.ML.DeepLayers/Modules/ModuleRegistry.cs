using System.Collections.Concurrent;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Modules;

/// <summary>The modules that this process can make, by name. A definition holds names only, so that it can be saved.</summary>
internal static class ModuleRegistry
{
    private static readonly ConcurrentDictionary<string, RegisteredModule> Registered = new(StringComparer.Ordinal);

    /// <summary>Registers a factory where the name is free, or stands for the same factory already.</summary>
    /// <exception cref="InvalidOperationException">The name stands for another factory.</exception>
    internal static void Add(string name, Func<torch.nn.Module<torch.Tensor, torch.Tensor>> factory)
    {
        var module = new RegisteredModule(name, factory);
        if (!Registered.GetOrAdd(name, module).Factory.Equals(factory))
        {
            throw new InvalidOperationException(
                $"Another factory is registered as module '{name}', and networks that name it would get a different module. Use a name of its own for each module (and for each choice of its sizes), or replace the factory on purpose: Network.RegisterModule(\"{name}\", () => new MyModule()).");
        }
    }

    /// <summary>Registers a factory in the place of any that has the name.</summary>
    internal static void Replace(string name, Func<torch.nn.Module<torch.Tensor, torch.Tensor>> factory) =>
        Registered[name] = new RegisteredModule(name, factory);

    /// <summary>Finds a module.</summary>
    /// <exception cref="InvalidOperationException">There is none of this name; the message says how to register it.</exception>
    internal static RegisteredModule Get(string name)
    {
        if (Registered.TryGetValue(name, out RegisteredModule? module))
        {
            return module;
        }

        string known = Registered.IsEmpty ? "None is registered" : $"Registered are: {string.Join(", ", Registered.Keys.Order(StringComparer.Ordinal).Select(key => $"'{key}'"))}";
        throw new InvalidOperationException(
            $"The network contains the TorchSharp module '{name}', which this process does not know how to make. {known}. A definition or model holds the name of the module and its weights, not its code: before using it, write Network.RegisterModule(\"{name}\", () => new MyModule()); with the module that was trained.");
    }
}
