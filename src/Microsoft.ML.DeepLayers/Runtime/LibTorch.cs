using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// The door to libtorch. TorchSharp loads it in a type initializer, whose first failure .NET remembers for the life of
/// the process; so everything that can fail is done here first, and says what to do.
/// </summary>
internal static class LibTorch
{
    private static readonly object gate = new();
    private static LibTorchFiles? native;
    private static volatile LibTorchFiles? ready;

    /// <summary>
    /// Makes TorchSharp usable. To be called before the first touch of any TorchSharp type; costs nothing from the
    /// second call on. After a failure the next call tries again, and fails alike while nothing has changed.
    /// </summary>
    /// <exception cref="LibTorchNotFoundException">The application carries no libtorch.</exception>
    /// <exception cref="DllNotFoundException">libtorch is there and does not load.</exception>
    public static void EnsureLoaded() => _ = Ready();

    /// <summary>Whether the libtorch of this application is a CUDA build, with or without a GPU to run on.</summary>
    public static bool IsCudaBuild => Ready().HasCuda;

    private static LibTorchFiles Ready()
    {
        if (ready is { } already)
        {
            return already;
        }

        lock (gate)
        {
            if (ready is null)
            {
                ThreadWaiting.Bound();
                NativeHeap.Prepare();
                native ??= LoadNative();
                InitializeTorchSharp();
                OneDnn.AvoidWhereWrong(native.Torch ?? "");
                ready = native;
            }
            return ready;
        }
    }

    private static LibTorchFiles LoadNative()
    {
        var torchSharp = TorchSharpAssembly();
        var platform = NativePlatform.Current;
        return LibTorchLoader.Load(torchSharp, LibTorchFiles.Find(platform, LibTorchFiles.SearchDirectories(platform, torchSharp)));
    }

    // TorchSharp's types appear in these two bodies alone, and this one runs no initializer.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Assembly TorchSharpAssembly() => typeof(torch).Assembly;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void InitializeTorchSharp()
    {
        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(torch).TypeHandle);
        }
        catch (TypeInitializationException e)
        {
            throw new DllNotFoundException(
                $"TorchSharp does not initialize, although its native libraries load. Reason: {FirstLine((e.InnerException ?? e).Message)} "
                + "What to do: if this process used TorchSharp itself before it trained with Microsoft.ML.DeepLayers, that first use failed, "
                + "and .NET remembers that until the process ends. Restart it, and create TorchSharp objects only inside the functions "
                + "that are handed to Microsoft.ML.DeepLayers, which prepares the libraries first.", e);
        }
    }

    // TorchSharp appends a trace of many lines, which the inner exception keeps.
    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
