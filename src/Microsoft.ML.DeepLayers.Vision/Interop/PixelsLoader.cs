using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Images;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(PixelLoadingTransformer), typeof(PixelsLoader), null, typeof(SignatureLoadModel),
    "Images as pixels of Microsoft.ML.DeepLayers.Vision", Microsoft.ML.DeepLayers.Loader.PixelsLoader.Signature)]

namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>What <c>mlContext.Model.Load</c> calls for a <see cref="PixelLoadingTransformer"/>; see <see cref="NetworkLoader"/>.</summary>
internal static class PixelsLoader
{
    internal static VersionInfo Version => new(
        modelSignature: "DEEPLPIX",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: Loader.PixelsLoader.Signature,
        loaderAssemblyName: typeof(Loader.PixelsLoader).Assembly.FullName);

    // Found by name and signature, here and by the loader.
    internal static PixelLoadingTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        new(env, PixelsZip.Read(new ModelFolderReader(ctx)));
}
