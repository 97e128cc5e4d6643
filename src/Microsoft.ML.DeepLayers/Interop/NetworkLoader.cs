using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(NeuralNetworkTransformer), typeof(NetworkLoader), null, typeof(SignatureLoadModel),
    "Neural network of Microsoft.ML.DeepLayers", Microsoft.ML.DeepLayers.Loader.NetworkLoader.Signature)]

namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>
/// What <c>mlContext.Model.Load</c> calls, so that nobody has to register anything: ML.NET finds the assembly by the full name
/// that <see cref="Version"/> writes into each model, and its loader by an attribute. That is the class of the same name in the
/// small assembly, which calls this one; earlier models name this one's assembly.
/// </summary>
internal static class NetworkLoader
{
    internal static VersionInfo Version => new(
        modelSignature: "DEEPLNET",
        // 0x00010001 // Initial
        // 0x00010002 // Several outputs
        verWrittenCur: 0x00010003, // Activations of regressions
        verReadableCur: 0x00010003,
        verWeCanReadBack: 0x00010003,
        loaderSignature: Loader.NetworkLoader.Signature,
        loaderAssemblyName: typeof(Loader.NetworkLoader).Assembly.FullName);

    // Found by name and signature, here and by the loader.
    internal static NeuralNetworkTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        new(env, NetworkZip.Read(new ModelFolderReader(ctx)));
}
