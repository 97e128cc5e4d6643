using System.Globalization;
using System.Text;
using Microsoft.ML.DeepLayers.Weights.Conversion;

namespace Microsoft.ML.DeepLayers;

/// <summary>What became of a tensor.</summary>
/// <param name="Source">Its name before.</param>
/// <param name="SourceShape">Its shape before.</param>
/// <param name="Target">Its name after; <see langword="null"/> where it was not taken.</param>
/// <param name="TargetShape">Its shape after.</param>
/// <param name="Action">What was done, e.g. <c>transposed</c>, and how its layer was found.</param>
public sealed record ConvertedWeight(string Source, Shape SourceShape, string? Target, Shape? TargetShape, string Action);

/// <summary>
/// Weights brought from the names and forms of one framework to those of another, with a report: layers are matched,
/// matrices transposed, gates and channels reordered. It needs no libtorch. Either all fits, or one
/// <see cref="WeightMismatchException"/> lists all that does not.
/// </summary>
/// <remarks>
/// Only weights are converted. The network must be defined to compute the same: for instance, PyTorch's batch
/// normalization has an epsilon of 1e-5, Keras's of 1e-3.
/// </remarks>
public sealed class WeightConversion
{
    internal WeightConversion(NetworkWeights weights, IReadOnlyList<ConvertedWeight> report) => (Weights, Report) = (weights, report);

    /// <summary>The converted weights.</summary>
    public NetworkWeights Weights { get; }

    /// <summary>What became of each tensor of the source.</summary>
    public IReadOnlyList<ConvertedWeight> Report { get; }

    /// <summary>Makes weights for a network of a PyTorch <c>state_dict</c>.</summary>
    /// <param name="tensors">The tensors under PyTorch's names (<see cref="NetworkWeights.LoadPyTorch"/>, or of a safetensors file).</param>
    /// <param name="network">The network, without the output layer that the trainer adds (see <see cref="WeightConversionOptions.OutputUnits"/>).</param>
    /// <param name="options">How layers are matched.</param>
    /// <exception cref="WeightMismatchException">Something does not fit; the message lists all.</exception>
    /// <exception cref="InvalidOperationException">The network's input shape is neither given nor stated.</exception>
    public static WeightConversion FromPyTorch(NetworkWeights tensors, Network network, WeightConversionOptions? options = null) =>
        Import(tensors, network, options, new PyTorchConvention());

    /// <summary>Makes weights for a trained network of a PyTorch <c>state_dict</c>.</summary>
    /// <param name="tensors">The tensors under PyTorch's names.</param>
    /// <param name="model">The trained network.</param>
    /// <param name="options">How layers are matched.</param>
    /// <exception cref="WeightMismatchException">Something does not fit; the message lists all.</exception>
    public static WeightConversion FromPyTorch(NetworkWeights tensors, NeuralNetworkModelParameters model, WeightConversionOptions? options = null) =>
        Import(tensors, model, options, new PyTorchConvention());

    /// <summary>Makes weights for a network of a Keras 3 file.</summary>
    /// <param name="tensors">The tensors under the file's paths (<see cref="NetworkWeights.LoadKeras"/>).</param>
    /// <param name="network">The network, without the output layer that the trainer adds (see <see cref="WeightConversionOptions.OutputUnits"/>).</param>
    /// <param name="options">How layers are matched.</param>
    /// <exception cref="WeightMismatchException">Something does not fit; the message lists all.</exception>
    /// <exception cref="InvalidOperationException">The network's input shape is neither given nor stated.</exception>
    public static WeightConversion FromKeras(NetworkWeights tensors, Network network, WeightConversionOptions? options = null) =>
        Import(tensors, network, options, new KerasConvention());

    /// <summary>Makes weights for a trained network of a Keras 3 file.</summary>
    /// <param name="tensors">The tensors under the file's paths.</param>
    /// <param name="model">The trained network.</param>
    /// <param name="options">How layers are matched.</param>
    /// <exception cref="WeightMismatchException">Something does not fit; the message lists all.</exception>
    public static WeightConversion FromKeras(NetworkWeights tensors, NeuralNetworkModelParameters model, WeightConversionOptions? options = null) =>
        Import(tensors, model, options, new KerasConvention());

    /// <summary>
    /// Makes a PyTorch <c>state_dict</c> of a trained network's weights, to be written by
    /// <see cref="NetworkWeights.SavePyTorch"/> or <see cref="NetworkWeights.SaveSafeTensors"/>.
    /// </summary>
    /// <param name="model">The trained network.</param>
    /// <param name="options">
    /// <see cref="WeightConversionOptions.LayerNames"/> says what layers are called in PyTorch, e.g. <c>["fc1"] = "dense"</c>;
    /// the others keep their names.
    /// </param>
    /// <exception cref="WeightMismatchException">Layers have no counterpart in PyTorch; the message lists all.</exception>
    public static WeightConversion ToPyTorch(NeuralNetworkModelParameters model, WeightConversionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return WeightExport.Run(model.GetWeights(), ConversionTarget.Of(model), options ?? new(), new PyTorchConvention());
    }

    /// <summary>A table of what became of each tensor.</summary>
    public override string ToString()
    {
        string[][] rows =
        [
            ["source", "shape", "target", "shape", "what was done"],
            .. Report.Select(row => new[] { row.Source, $"{row.SourceShape}", row.Target ?? "-", row.TargetShape is { } shape ? $"{shape}" : "-", row.Action }),
        ];
        int[] widths = [.. Enumerable.Range(0, 4).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{row[0].PadRight(widths[0])}  {row[1].PadRight(widths[1])}  {row[2].PadRight(widths[2])}  {row[3].PadRight(widths[3])}  {row[4]}\n");
        }

        return text.ToString();
    }

    private static WeightConversion Import(NetworkWeights tensors, Network network, WeightConversionOptions? options, ForeignConvention convention)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(network);
        options ??= new WeightConversionOptions();
        return WeightImport.Run(tensors, ConversionTarget.Of(network, options), options, convention);
    }

    private static WeightConversion Import(NetworkWeights tensors, NeuralNetworkModelParameters model, WeightConversionOptions? options, ForeignConvention convention)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(model);
        return WeightImport.Run(tensors, ConversionTarget.Of(model), options ?? new(), convention);
    }
}
