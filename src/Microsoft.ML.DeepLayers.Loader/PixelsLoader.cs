using System.ComponentModel;
using Microsoft.ML;
using Microsoft.ML.DeepLayers.Loader;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(ITransformer), typeof(PixelsLoader), null, typeof(SignatureLoadModel),
    "Images as pixels of Microsoft.ML.DeepLayers.Vision", PixelsLoader.Signature)]

namespace Microsoft.ML.DeepLayers.Loader;

/// <summary>What <c>mlContext.Model.Load</c> calls for images that become pixels.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class PixelsLoader
{
    /// <summary>What a model calls its loader.</summary>
    public const string Signature = "DeepLayersPixels";

    // Found by name and signature.
    internal static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        SavedComponent.Load("Microsoft.ML.DeepLayers.Interop.PixelsLoader, Microsoft.ML.DeepLayers.Vision", env, ctx);
}
