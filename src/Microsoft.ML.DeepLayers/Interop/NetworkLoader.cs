using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(NeuralNetworkTransformer), typeof(NetworkLoader), null, typeof(SignatureLoadModel),
    "Neural network of Microsoft.ML.DeepLayers", NetworkLoader.LoaderSignature)]

namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>
/// What <c>mlContext.Model.Load</c> calls. It finds the class by the attribute above, and the assembly by the full name
/// that <see cref="Version"/> writes into each model, so nobody has to register anything.
/// </summary>
internal static class NetworkLoader
{
    internal const string LoaderSignature = "DeepLayersNetwork";

    internal static VersionInfo Version => new(
        modelSignature: "DEEPLNET",
        // 0x00010001 // Initial
        // 0x00010002 // Several outputs
        verWrittenCur: 0x00010003, // Activations of regressions
        verReadableCur: 0x00010003,
        verWeCanReadBack: 0x00010003,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(NetworkLoader).Assembly.FullName);

    // Found by name and signature.
    internal static NeuralNetworkTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        new(env, NetworkZip.Read(new ModelFolderReader(ctx)));
}
