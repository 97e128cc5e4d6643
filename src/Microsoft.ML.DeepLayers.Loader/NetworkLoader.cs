using System.ComponentModel;
using Microsoft.ML;
using Microsoft.ML.DeepLayers.Loader;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(ITransformer), typeof(NetworkLoader), null, typeof(SignatureLoadModel),
    "Neural network of Microsoft.ML.DeepLayers", NetworkLoader.Signature)]

namespace Microsoft.ML.DeepLayers.Loader;

/// <summary>What <c>mlContext.Model.Load</c> calls for a network.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class NetworkLoader
{
    /// <summary>What a model calls its loader.</summary>
    public const string Signature = "DeepLayersNetwork";

    // Found by name and signature.
    internal static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        SavedComponent.Load("Microsoft.ML.DeepLayers.Interop.NetworkLoader, Microsoft.ML.DeepLayers", env, ctx);
}
