using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>
/// What a task means for a trainer: the labels that it takes, the output layer, the loss. One file a task.
/// </summary>
internal abstract class TaskHead
{
    internal abstract PredictionTask Task { get; }

    /// <summary>What a task means.</summary>
    internal static TaskHead Of(PredictionTask task) => task switch
    {
        PredictionTask.BinaryClassification => new BinaryHead(),
        PredictionTask.MulticlassClassification => new MulticlassHead(),
        _ => new RegressionHead(),
    };

    /// <summary>What is wrong with a label column, or nothing.</summary>
    /// <param name="kind">Whether it is a vector.</param>
    /// <param name="itemType">The type of its values; of a key, the type underneath.</param>
    /// <param name="isKey">Whether they are keys.</param>
    internal abstract string? LabelProblem(SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey);

    /// <summary>How the label is read.</summary>
    /// <exception cref="ArgumentException">The label cannot be used.</exception>
    internal abstract LabelColumn ReadLabel(DataViewSchema.Column label);

    /// <summary>The classes of a classifier, as far as they are to be remembered.</summary>
    internal abstract ClassLabels? Classes(DataViewSchema.Column label);

    /// <summary>The number of units of the output layer.</summary>
    internal abstract int OutputUnits(DataViewSchema.Column label);

    /// <summary>The activation that scoring applies to the output, which a network with its own output layer may end in.</summary>
    internal abstract Activation OutputActivation { get; }

    internal abstract Objective Objective { get; }

    /// <summary>The graph with the task's output layer, ending in logits.</summary>
    /// <param name="body">The graph.</param>
    /// <param name="inputShapes">The shapes of its inputs.</param>
    /// <param name="units">The number of values that the output needs; <see langword="null"/> where a network's own output layer decides.</param>
    /// <param name="addOutputLayer">Whether a layer is added, or the body ends in its own.</param>
    /// <param name="output">Which output it is.</param>
    /// <param name="activation">The activation that scoring applies; <see langword="null"/> for the task's.</param>
    /// <exception cref="InvalidOperationException">The body's output does not fit.</exception>
    internal NetworkGraph Complete(
        NetworkGraph body, IReadOnlyList<Shape> inputShapes, int? units, bool addOutputLayer, int output = 0, Activation? activation = null)
    {
        Shape bodyOutput = body.InferShapes(inputShapes)[body.Outputs[output]];
        // Values of a network's own output layer may form an image or a sequence; an added layer reads a vector.
        if (bodyOutput.Rank != 1 && (addOutputLayer || Task != PredictionTask.Regression || bodyOutput.HasVariableLength))
        {
            throw new InvalidOperationException(
                $"The network's last layer '{body.Nodes[body.Outputs[output].Node].Name}' gives shape {bodyOutput}, but the output needs a vector. End it with {Ending(bodyOutput)}.");
        }

        if (addOutputLayer)
        {
            return body.AppendOutput(units!.Value, output);
        }

        return units is null || bodyOutput.Size == units
            ? WithoutOutputActivation(body, output, activation ?? OutputActivation)
            : throw new InvalidOperationException(
                $"The network ends in its own output layer ({nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.AddOutputLayer)} = false) with {bodyOutput.Size} units, but {Task} with this label needs {units}.");
    }

    /// <summary>What looks like a mistake in a body that an output layer is added to, or nothing.</summary>
    internal string? Doubt(NetworkGraph body, int units, int output = 0) =>
        body.Nodes[body.Outputs[output].Node].Layer is Dense dense && dense.Units == units && dense.Activation == OutputActivation && OutputActivation != Activation.Linear
            ? $"The network ends in {dense.Name} with {units} units and {ShortName(OutputActivation)}, which looks like an output layer, and another one is added. If it is one, set {nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.AddOutputLayer)} = false."
            : null;

    /// <summary>What makes a vector of such a shape.</summary>
    private static string Ending(Shape shape) => (shape.HasVariableLength, shape.Rank) switch
    {
        (true, _) => "GlobalAveragePooling1D or a recurrent layer without returnSequences",
        (_, 2) => "Flatten, GlobalAveragePooling1D or a recurrent layer without returnSequences",
        (_, 3 or 4) => $"Flatten or GlobalAveragePooling{shape.Rank - 1}D",
        _ => "Flatten",
    };

    private static string ShortName(Activation activation) => activation.GetType().Name.Replace("Activation", "", StringComparison.Ordinal);

    /// <summary>The loss wants logits: a softmax (sigmoid) at the end is left to scoring.</summary>
    private static NetworkGraph WithoutOutputActivation(NetworkGraph body, int output, Activation outputActivation)
    {
        int last = body.Outputs[output].Node;
        if (body.Nodes.Any(node => node.SharedWith == last || node.Inputs.Any(input => input.Node == last)) || body.Nodes[last].SharedWith is not null)
        {
            // Somebody else reads it, too: the activation stays, and what comes before it is not the output.
            return outputActivation != Activation.Linear && Linear(body.Nodes[last].Layer, outputActivation) is not null
                ? throw new InvalidOperationException(
                    $"The output layer '{body.Nodes[last].Name}' ends in an activation that the loss must take off, but other layers read it or share it. Give the output a layer of its own.")
                : body;
        }

        return Linear(body.Nodes[last].Layer, outputActivation) is { } linear ? body.Replace(last, linear) : body;
    }

    /// <summary>A layer that ends in an activation without it; <see langword="null"/> where it does not end so.</summary>
    private static Layer? Linear(Layer layer, Activation activation) => layer switch
    {
        Dense dense when dense.Activation == activation => dense with { Activation = Activation.Linear },
        EinsumDense dense when dense.Activation == activation => dense with { Activation = Activation.Linear },
        // A segmentation ends in an image.
        Convolution convolution when convolution.Activation == activation => convolution with { Activation = Activation.Linear },
        ActivationLayer ending when ending.Activation == activation => new ActivationLayer(Activation.Linear),
        Softmax when activation == Activation.Softmax => new ActivationLayer(Activation.Linear),
        _ => null,
    };
}
