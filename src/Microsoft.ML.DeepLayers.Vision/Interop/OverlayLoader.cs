using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Explain;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(HeatMapOverlayTransformer), typeof(OverlayLoader), null, typeof(SignatureLoadModel),
    "Pictures of Microsoft.ML.DeepLayers.Vision that explain a network", Microsoft.ML.DeepLayers.Loader.OverlayLoader.Signature)]

namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>What <c>mlContext.Model.Load</c> calls for a <see cref="HeatMapOverlayTransformer"/>; see <see cref="NetworkLoader"/>.</summary>
internal static class OverlayLoader
{
    internal static VersionInfo Version => new(
        modelSignature: "DEEPLOVR",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: Loader.OverlayLoader.Signature,
        loaderAssemblyName: typeof(Loader.OverlayLoader).Assembly.FullName);

    // Found by name and signature, here and by the loader.
    internal static HeatMapOverlayTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => OverlayZip.Read(env, new ModelFolderReader(ctx));
}
