using System.Globalization;
using System.Text;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.DeepLayers.Tests.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Documentation;

/// <summary>
/// Writes docs/layers.md from the layers themselves: their documentation, their table of tests, and the ONNX graphs that
/// they export.
/// </summary>
public static class LayerDocumentation
{
    /// <summary>The document, from the root of the repository.</summary>
    public const string Path = "docs/layers.md";

    /// <summary>The root of the repository that this was built in: the nearest folder above with the solution.</summary>
    public static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "DeepLayers.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"There is no DeepLayers.sln in or above {AppContext.BaseDirectory}.");
    }

    /// <summary>The whole document.</summary>
    public static string Create()
    {
        LibTorch.EnsureLoaded();
        Dictionary<string, LayerSummary> layers = Layers().ToDictionary(layer => layer.KerasName);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Layers

            Made by `dotnet run --project eng/LayerDocs` from the layers and their tests; do not edit.

            All of Keras 3's layers by their names: {KerasLayers.Groups.Sum(group => group.Names.Length)} names, of which {KerasLayers.Groups.Sum(group => group.Names.Count(layers.ContainsKey))} are here, and for each other the reason.

            - Trains: *weights*, it has some that training changes; *gradient*, it passes gradients on to what is before it; *no*, it gives none, as for whole numbers.
            - ONNX: the operators (opset 17) that its tests' variants export, all together; one variant has a part of them.
            - Masks of steps: *kept*, outputs have the input's; *made*, it computes one of its own (or none); *used*, what it computes depends on the mask.
            - Length: *any*, sequences may differ in length from batch to batch.
            - Tests: variants of the layer that are each tested for shapes, libtorch against ONNX Runtime, gradients against finite differences, masks, lengths, and JSON.


            """);
        foreach ((string group, string[] names) in KerasLayers.Groups)
        {
            Section(text, group, names.Where(name => layers.ContainsKey(name) || !KerasLayers.Missing.ContainsKey(name)).Select(name => layers[name]));
            foreach (IGrouping<string, string> missing in names.Where(KerasLayers.Missing.ContainsKey).GroupBy(name => KerasLayers.Missing[name]))
            {
                text.Append(CultureInfo.InvariantCulture, $"- {string.Join(", ", missing.Select(name => $"`{name}`"))}: {missing.Key}\n");
            }

            text.Append(names.Any(KerasLayers.Missing.ContainsKey) ? "\n" : "");
        }

        HashSet<string> listed = [.. KerasLayers.Groups.SelectMany(group => group.Names)];
        text.Append("Keras's second names (`Convolution2D`, `MaxPool2D`, `GlobalAvgPool1D`, `InputLayer`, ...) are left out, as are its functions `add`, `dot`, ...: `Layer.Apply` does it.\n\n");
        Section(text, "Networks as layers, and KerasHub's layers", layers.Values.Where(layer => !listed.Contains(layer.KerasName)).OrderBy(layer => layer.KerasName, StringComparer.Ordinal));
        Activations(text);
        return text.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>What there is to say about every public layer.</summary>
    internal static IEnumerable<LayerSummary> Layers() => LayerTable.All
        .GroupBy(row => row.Create().GetType())
        .Where(group => group.Key.Assembly == typeof(DeepLayers.Layers.Layer).Assembly) // The table tries a sample's layer, too.
        .OrderBy(group => group.Key.Name, StringComparer.Ordinal)
        .Select(group => new LayerSummary(group.Key, [.. group]));

    /// <summary>Every activation that has a name, one for each of Keras's names.</summary>
    internal static IEnumerable<ActivationSummary> ActivationSummaries() => ActivationSummary.All();

    private static void Section(StringBuilder text, string title, IEnumerable<LayerSummary> layers)
    {
        LayerSummary[] rows = [.. layers];
        text.Append(CultureInfo.InvariantCulture, $"## {title}\n\n");
        if (rows.Length == 0)
        {
            return;
        }

        text.Append("| Keras | here | trains | ONNX | masks | length | tests |\n|---|---|---|---|---|---|---|\n");
        foreach (LayerSummary layer in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {layer.KerasName} | [{layer.Type.Name}](../{layer.SourceFile}) | {layer.Trains} | {Listed(layer.Operators)} | {layer.Masks} | {layer.Length} | {layer.Rows} |\n");
        }

        text.Append('\n');
    }

    private static void Activations(StringBuilder text)
    {
        Dictionary<string, ActivationSummary> ours = ActivationSummaries().ToDictionary(activation => activation.KerasName);
        text.Append("""
            ## Activation functions

            For `activation` parameters, and for the layer `ActivationLayer`. Operators: with the default parameters.

            | Keras | here | ONNX | tests |
            |---|---|---|---|

            """);
        foreach (string name in KerasLayers.Activations)
        {
            ActivationSummary activation = ours[name];
            text.Append(CultureInfo.InvariantCulture, $"| {name} | `Activation.{activation.Member}` | {Listed(activation.Operators)} | {activation.Rows} |\n");
        }
    }

    private static string Listed(IReadOnlyCollection<string> operators) => operators.Count == 0 ? "none" : string.Join(", ", operators);
}
