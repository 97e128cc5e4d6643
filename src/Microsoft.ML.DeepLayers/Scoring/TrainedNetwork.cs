using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>Everything that training leaves behind and a model zip holds. It has no native handles and never changes.</summary>
internal sealed record TrainedNetwork
{
    private readonly Lazy<History>? history;

    /// <summary>What the network predicts: one or several things.</summary>
    internal required IReadOnlyList<TrainedOutput> Outputs { get; init; }

    /// <summary>The columns that it reads, in the order of the ONNX graph's inputs.</summary>
    internal required IReadOnlyList<InputColumn> Inputs { get; init; }

    /// <summary>What the ONNX graph calls its inputs.</summary>
    internal IReadOnlyList<string> GraphInputNames => OnnxExporter.InputNames(Inputs.Select(input => input.Name), Outputs);

    /// <summary>
    /// The network as an ONNX model whose initializers <c>layer/weight</c> are the trained weights. Its output is
    /// called <c>Score</c>, or by its name where there are several: <c>[batch, 1]</c> (a logit for a binary classifier), or
    /// <c>[batch, classes]</c>, probabilities. A binary classifier has a second one, <c>Probability</c>, for those who take
    /// the plain ONNX file.
    /// </summary>
    /// <remarks>Where libtorch is needed, it has no nodes: it holds the weights alone.</remarks>
    internal required byte[] Onnx { get; init; }

    /// <summary>Whether a layer has no ONNX form, so that the definition is run by libtorch.</summary>
    internal bool NeedsLibTorch { get; init; }

    /// <summary>
    /// The most rows that may be scored at once: without bound for a network that was trained here, and for one of a zip whose
    /// own statement of its cost is true.
    /// </summary>
    internal int MostRows { get; init; } = int.MaxValue;

    /// <summary>Whether it was read from a model zip, whose definition may say anything.</summary>
    internal bool IsFromZip { get; init; }

    /// <summary>The definition as the user wrote it, without the output layer, as JSON.</summary>
    internal required string DefinitionJson { get; init; }

    /// <summary>The training settings as JSON.</summary>
    internal required string OptionsJson { get; init; }

    /// <summary>What training measured.</summary>
    internal History History
    {
        get => history?.Value ?? throw new InvalidOperationException("The network was made without a history.");
        init => history = new Lazy<History>(value);
    }

    /// <summary>The history of a saved network, which is parsed when somebody asks for it: scoring does not.</summary>
    internal Func<History> ReadHistory { init => history = new Lazy<History>(value); }
}
