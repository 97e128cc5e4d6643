using System.Globalization;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Weights;
using Microsoft.ML.DeepLayers.Weights.Conversion;
using Microsoft.ML.DeepLayers.Weights.Files;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// Makes a backbone's weights of published tensors: finds out whose names they have, gives them those of the layers, and
/// leaves the rest to <see cref="WeightConversion"/>, by names alone.
/// </summary>
internal sealed class BackboneWeights
{
    /// <summary>What training scripts put in front of all names.</summary>
    private static readonly string[] Wrappers = ["model", "state_dict", "model_state_dict", "module", "backbone"];

    private const string LeftOut = $"left out: it belongs to the top, which the network does not have ({nameof(Backbone.IncludeTop)} = false)";

    private readonly Backbone backbone;
    private readonly Network network;
    private readonly IReadOnlyList<WeightedLayer> layers;
    private readonly Network whole;
    private readonly IReadOnlyList<WeightedLayer> wholeLayers;
    private readonly string[] top;

    private BackboneWeights(Backbone backbone)
    {
        this.backbone = backbone;
        network = backbone.ToNetwork();
        layers = LayersOf(network);
        whole = backbone.IncludeTop ? network : (backbone with { IncludeTop = true }).ToNetwork();
        wholeLayers = backbone.IncludeTop ? layers : LayersOf(whole);
        top = [.. wholeLayers.Select(layer => layer.Name).Except(layers.Select(layer => layer.Name))];
    }

    /// <summary>Makes the weights.</summary>
    /// <param name="backbone">The backbone.</param>
    /// <param name="file">Tensors under the names of whoever published them.</param>
    /// <param name="namings">The names that they may have.</param>
    /// <exception cref="WeightMismatchException">The tensors are not those of such a network.</exception>
    internal static WeightConversion Convert(Backbone backbone, NetworkWeights file, IReadOnlyList<WeightNaming> namings) =>
        new BackboneWeights(backbone).Convert(file, namings);

    private WeightConversion Convert(NetworkWeights file, IReadOnlyList<WeightNaming> namings)
    {
        if (wholeLayers.Any(layer => file.TryGet($"{layer.Name}/{layer.Weights[0].Name}", out _)))
        {
            return OfThisLibrary(file);
        }

        (string Original, WeightTensor Tensor)[] tensors = Unwrapped(file);
        WeightNaming naming = NamingOf(tensors, namings);
        List<FoundTensor> renamed = [.. tensors.Select(item => Adjusted(new FoundTensor(item.Tensor.As(naming.Rename(item.Tensor.Name), item.Tensor.Shape), file[item.Original]), naming.Epsilon))];
        if (renamed.GroupBy(item => item.Tensor.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new WeightMismatchException(
                $"The file has several tensors for '{twice.Key}' of {backbone.GetType().Name}: {string.Join(", ", twice.Select(item => $"'{item.Original.Name}'"))}.");
        }

        IReadOnlyList<FoundTensor> found = file.Metadata.GetValueOrDefault(OnnxReader.FormatKey) == OnnxReader.Format ? OnnxAlignment.Align(renamed, wholeLayers, whole) : renamed;
        var convention = new PyTorchConvention();
        Dictionary<string, Shape> expected = layers.SelectMany(layer => convention.Weights(layer).SelectMany(weight => weight.Foreign
            .Select(name => (Name: convention.FullName(layer.Name, name), Shape: weight.Placing.Foreign)))).ToDictionary(StringComparer.Ordinal);
        var fitting = new NetworkWeights(found.Select(item => expected.TryGetValue(item.Tensor.Name, out Shape shape) && IsSameWithoutOnes(shape, item.Tensor.Shape)
            ? item.Tensor.As(item.Tensor.Name, shape)
            : item.Tensor));
        return Report(Import(fitting, naming), found.ToDictionary(item => item.Tensor.Name, StringComparer.Ordinal));
    }

    /// <summary>Weights under the network's own names, as models of this library have them.</summary>
    private WeightConversion OfThisLibrary(NetworkWeights file)
    {
        var target = ConversionTarget.Of(network, new WeightConversionOptions());
        bool IsOfTop(WeightTensor tensor) => top.Any(layer => WeightImport.IsWithin(tensor.Name, layer));
        var taken = new NetworkWeights(file.Where(tensor => !IsOfTop(tensor)));
        WeightCheck.Demand([.. target.Weights.Select(weight => (weight.Name, weight.Shape))], taken, isPartial: false);
        return new WeightConversion(
            new NetworkWeights(target.Weights.Select(weight => taken[weight.Name])),
            [.. file.Select(tensor => IsOfTop(tensor) ? new ConvertedWeight(tensor.Name, tensor.Shape, null, null, LeftOut) : new ConvertedWeight(tensor.Name, tensor.Shape, tensor.Name, tensor.Shape, "as it is"))]);
    }

    /// <summary>Tensors of networks that were wrapped by a training script, under the names within.</summary>
    private static (string Original, WeightTensor Tensor)[] Unwrapped(NetworkWeights file)
    {
        (string Original, WeightTensor Tensor)[] tensors = [.. file.Select(tensor => (tensor.Name, tensor))];
        while (Wrappers.Select(wrapper => $"{wrapper}.").FirstOrDefault(prefix =>
            tensors.Length > 0 && Array.TrueForAll(tensors, item => item.Tensor.Name.Length > prefix.Length && item.Tensor.Name.StartsWith(prefix, StringComparison.Ordinal))) is { } prefix)
        {
            tensors = Array.ConvertAll(tensors, item => (item.Original, item.Tensor.As(item.Tensor.Name[prefix.Length..], item.Tensor.Shape)));
        }

        return tensors;
    }

    private WeightNaming NamingOf((string Original, WeightTensor Tensor)[] tensors, IReadOnlyList<WeightNaming> namings) =>
        namings.FirstOrDefault(naming => tensors.Any(item => item.Tensor.Name == naming.Telltale))
        // What an exporter has taken the names away from is found by its order.
        ?? (tensors.Any(item => OnnxAlignment.IsUnnamed(item.Tensor.Name)) ? namings[0] : null)
        ?? throw new WeightMismatchException(
            $"The weights are not those of {backbone.GetType().Name}: there is no tensor {string.Join(" or ", namings.Select(naming => $"'{naming.Telltale}' (as {naming.Source} calls it)"))}. The first are: {string.Join(", ", tensors.Take(5).Select(item => item.Tensor))}.");

    /// <summary>
    /// A normalization's variances, so that with its own epsilon it divides by what the publisher's divides by. They may become
    /// negative, by less than its epsilon.
    /// </summary>
    private FoundTensor Adjusted(FoundTensor item, float? epsilon)
    {
        const string Variance = ".running_var";
        string name = item.Tensor.Name;
        if (epsilon is not { } theirs
            || !name.EndsWith(Variance, StringComparison.Ordinal)
            || wholeLayers.FirstOrDefault(layer => layer.Name == name[..^Variance.Length]) is not { Layer: BatchNormalization { Epsilon: var ours } })
        {
            return item;
        }

        float[] values = [.. item.Tensor.Values.ToArray().Select(value => value + (theirs - ours))];
        return item with { Tensor = new WeightTensor(name, item.Tensor.Shape, values), Note = string.Create(CultureInfo.InvariantCulture, $"{theirs - ours:g3} added: the file's normalizations have an epsilon of {theirs}, this one {ours}") };
    }

    /// <summary>Whether dimensions of 1 are all that differs: tokens, positions and scales have some to spread over images or batches.</summary>
    private static bool IsSameWithoutOnes(Shape one, Shape other) => one.Where(dimension => dimension != 1).SequenceEqual(other.Where(dimension => dimension != 1));

    private WeightConversion Import(NetworkWeights tensors, WeightNaming naming)
    {
        var options = new WeightConversionOptions { IgnoredLayers = [.. top.Where(layer => tensors.Names.Any(name => WeightImport.IsWithin(name, layer)))] };
        foreach (WeightedLayer layer in layers)
        {
            options.LayerNames.Add(layer.Name, layer.Name);
        }

        try
        {
            return WeightConversion.FromPyTorch(tensors, network, options);
        }
        catch (WeightMismatchException exception)
        {
            string? advice = backbone.IncludeTop && exception.Problems.Any(problem => IsOfTop(problem))
                ? $"A file for other classes, or without a top, fits a backbone with {nameof(Backbone.IncludeTop)} = false: the trainer adds a layer of its own."
                : null;
            throw new WeightMismatchException($"The weights (named as {naming.Source} does) do not fit {backbone.GetType().Name}", exception.Problems, advice);
        }
    }

    private bool IsOfTop(string problem) => backbone.GetStages()[^1].Layers.Any(layer => problem.StartsWith($"layer '{layer}':", StringComparison.Ordinal));

    /// <summary>The report with the file's own names, and with what was left out.</summary>
    private WeightConversion Report(WeightConversion conversion, Dictionary<string, FoundTensor> found) => new(
        conversion.Weights,
        [
            .. conversion.Report.Select(row => row with
            {
                Source = found[row.Source].Original.Name,
                SourceShape = found[row.Source].Original.Shape,
                Action = row.Target is null && top.Any(layer => WeightImport.IsWithin(row.Source, layer))
                    ? LeftOut
                    : found[row.Source].Note ?? row.Action.Replace(" (layer as the options say)", "", StringComparison.Ordinal),
            }),
        ]);

    private static IReadOnlyList<WeightedLayer> LayersOf(Network network) =>
        ConversionTarget.Of(network, new WeightConversionOptions()).Layers(isChannelsFirst: true, always: null);
}
