using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Loader;

/// <summary>
/// Loads by a class of the same kind in the assembly that does the work. ML.NET looks at every type of the assembly that a model
/// names, which takes it 30 ms for the one with the layers and loads all that they refer to. Models therefore name this one.
/// </summary>
internal static class SavedComponent
{
    /// <summary>Calls the <c>Create</c> of a loader.</summary>
    /// <param name="loader">Its class and its assembly.</param>
    /// <param name="env">The environment.</param>
    /// <param name="ctx">Where the component is read from.</param>
    internal static ITransformer Load(string loader, IHostEnvironment env, ModelLoadContext ctx) =>
        Type.GetType(loader, throwOnError: true)!
            .GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic)!
            .CreateDelegate<Func<IHostEnvironment, ModelLoadContext, ITransformer>>()(env, ctx);
}
