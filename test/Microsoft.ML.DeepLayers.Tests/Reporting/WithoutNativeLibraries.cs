using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Microsoft.ML.DeepLayers.Tests.Reporting;

/// <summary>A second copy of the library in this process, for which no native library can be loaded.</summary>
internal sealed class WithoutNativeLibraries : AssemblyLoadContext
{
    private readonly List<string> nativeLibraries = [];

    /// <summary>The names of the native libraries that were asked for.</summary>
    internal IReadOnlyList<string> NativeLibraries => nativeLibraries;

    internal string Summary(string json)
    {
        Assembly library = LoadFromAssemblyName(typeof(Network).Assembly.GetName());
        Assert.AreNotSame(typeof(Network).Assembly, library);
        Type network = library.GetType(typeof(Network).FullName!)!;
        object read = network.GetMethod(nameof(Network.FromJson))!.Invoke(null, [json])!;
        return (string)network.GetMethod(nameof(Network.Summary))!.Invoke(read, [Array.Empty<int>()])!;
    }

    internal void UseTorch()
    {
        Type torch = LoadFromAssemblyName(typeof(TorchSharp.torch).Assembly.GetName()).GetType(typeof(TorchSharp.torch).FullName!)!;
        try
        {
            RuntimeHelpers.RunClassConstructor(torch.TypeHandle);
            torch.GetMethod("get_num_threads")!.Invoke(null, []);
        }
        catch (Exception exception) when (exception is TypeInitializationException or TargetInvocationException)
        {
            // As wanted: it cannot be used.
        }
    }

    protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name is "Microsoft.ML.DeepLayers" or "TorchSharp"
        ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll"))
        : null;

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        nativeLibraries.Add(unmanagedDllName);
        throw new DllNotFoundException(unmanagedDllName);
    }
}
