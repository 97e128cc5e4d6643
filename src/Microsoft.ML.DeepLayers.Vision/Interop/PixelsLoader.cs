using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Images;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(PixelLoadingTransformer), typeof(PixelsLoader), null, typeof(SignatureLoadModel),
    "Images as pixels of Microsoft.ML.DeepLayers.Vision", PixelsLoader.LoaderSignature)]

namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>What <c>mlContext.Model.Load</c> calls for a <see cref="PixelLoadingTransformer"/>.</summary>
internal static class PixelsLoader
{
    internal const string LoaderSignature = "DeepLayersPixels";

    internal static VersionInfo Version => new(
        modelSignature: "DEEPLPIX",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(PixelsLoader).Assembly.FullName);

    // Found by name and signature.
    internal static PixelLoadingTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        new(env, PixelsZip.Read(new ModelFolderReader(ctx)));
}
