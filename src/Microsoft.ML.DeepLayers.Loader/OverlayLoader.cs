using System.ComponentModel;
using Microsoft.ML;
using Microsoft.ML.DeepLayers.Loader;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(ITransformer), typeof(OverlayLoader), null, typeof(SignatureLoadModel),
    "Pictures of Microsoft.ML.DeepLayers.Vision that explain a network", OverlayLoader.Signature)]

namespace Microsoft.ML.DeepLayers.Loader;

/// <summary>What <c>mlContext.Model.Load</c> calls for heat maps over images.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class OverlayLoader
{
    /// <summary>What a model calls its loader.</summary>
    public const string Signature = "DeepLayersOverlay";

    // Found by name and signature.
    internal static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        SavedComponent.Load("Microsoft.ML.DeepLayers.Interop.OverlayLoader, Microsoft.ML.DeepLayers.Vision", env, ctx);
}
