using System.Globalization;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Modules;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Explain;

/// <summary>What there is to know of a trained network before its images are explained.</summary>
internal sealed class ExplainedNetwork
{
    private ExplainedNetwork(NeuralNetworkTransformer transformer, IReadOnlyList<ITransformer> before, int output)
    {
        Transformer = transformer;
        Before = before;
        Trained = transformer.Model.Trained;
        Output = output;
        Graph = RebuiltNetwork.Complete(Trained);
        Shapes = Graph.InferShapes(RebuiltNetwork.InputShapes(Trained));
        (ImageInput, Image) = FindImage();
    }

    /// <summary>The network as a transformer.</summary>
    internal NeuralNetworkTransformer Transformer { get; }

    /// <summary>What comes before it in the chain that was given.</summary>
    internal IReadOnlyList<ITransformer> Before { get; }

    internal TrainedNetwork Trained { get; }

    /// <summary>The network with its output layers, ending in logits.</summary>
    internal NetworkGraph Graph { get; }

    internal GraphShapes Shapes { get; }

    /// <summary>Which of the outputs is explained.</summary>
    internal int Output { get; }

    /// <summary>Which of the inputs is the image.</summary>
    internal int ImageInput { get; }

    /// <summary>The image's shape, [height, width, channels].</summary>
    internal Shape Image { get; }

    internal TrainedOutput TrainedOutput => Trained.Outputs[Output];

    /// <summary>The number of classes (2 for a binary classifier), or of values of a regression.</summary>
    internal int ClassCount => TrainedOutput.Task == PredictionTask.BinaryClassification ? 2 : ScoreSize;

    /// <summary>The number of values that the output has.</summary>
    internal int ScoreSize => ScoreColumns.Create(TrainedOutput).ScoreSize;

    /// <summary>Finds the network in what was fitted or loaded.</summary>
    /// <param name="model">A neural network, or a chain whose last predictor is one.</param>
    /// <param name="outputName">The output to explain; <see langword="null"/> for the first.</param>
    /// <exception cref="ArgumentException">There is none, it reads no image, or has no such output.</exception>
    internal static ExplainedNetwork Of(ITransformer model, string? outputName)
    {
        ArgumentNullException.ThrowIfNull(model);
        List<ITransformer> all = [.. Flatten(model)];
        int index = all.FindLastIndex(transformer => transformer is NeuralNetworkTransformer);
        if (index < 0)
        {
            throw new ArgumentException(
                $"The model contains no neural network of Microsoft.ML.DeepLayers, but {string.Join(", ", all.Select(transformer => transformer.GetType().Name))}. Give the transformer that its trainer's Fit returned, or a chain that contains it.",
                nameof(model));
        }

        var network = (NeuralNetworkTransformer)all[index];
        return new ExplainedNetwork(network, all[..index], OutputOf(network.Model.Trained, outputName));
    }

    /// <summary>Checks the number of a class.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    internal void CheckClass(int? classIndex)
    {
        if (classIndex is { } index && (index < 0 || index >= ClassCount))
        {
            string what = TrainedOutput.Task == PredictionTask.Regression ? "values" : "classes";
            throw new ArgumentOutOfRangeException(
                nameof(classIndex), index, $"The network has {ClassCount} {what}, numbered from 0 to {ClassCount - 1}{Names()}.");
        }

        string Names() => ClassCount <= 20 && NameOf(0) is not null
            ? $": {string.Join(", ", Enumerable.Range(0, ClassCount).Select(NameOf))}"
            : "";
    }

    /// <summary>What the label called a class; <see langword="null"/> where it had no names.</summary>
    internal string? NameOf(int classIndex) => TrainedOutput.Classes?.Values?.GetValue(classIndex) switch
    {
        null => null,
        ReadOnlyMemory<char> text => text.ToString(),
        object value => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    private static IEnumerable<ITransformer> Flatten(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [model];

    private static int OutputOf(TrainedNetwork network, string? outputName)
    {
        if (outputName is null)
        {
            return 0;
        }

        for (int i = 0; i < network.Outputs.Count; i++)
        {
            if (network.Outputs[i].ScoreName == outputName)
            {
                return i;
            }
        }

        throw new ArgumentException($"The network has no output '{outputName}'. It has: {string.Join(", ", network.Outputs.Select(output => output.ScoreName))}.", nameof(outputName));
    }

    /// <summary>The first input that is an image, by itself or once a Reshape has made one of it.</summary>
    private (int Input, Shape Shape) FindImage()
    {
        for (int i = 0; i < Graph.Inputs.Count; i++)
        {
            int node = Graph.Inputs[i];
            Shape shape = Shapes.Outputs[node][0];
            if (IsImage(shape))
            {
                return (i, shape);
            }

            for (int j = node + 1; j < Graph.Nodes.Count; j++)
            {
                if (Graph.Nodes[j].Layer is Reshape && Graph.Nodes[j].Inputs[0].Node == node && IsImage(Shapes.Outputs[j][0]))
                {
                    return (i, Shapes.Outputs[j][0]);
                }
            }
        }

        throw new ArgumentException(
            $"The network reads no image [height, width, channels], but {string.Join(", ", Trained.Inputs.Select((input, i) => $"'{input.Name}' {Shapes.Outputs[Graph.Inputs[i]][0]}"))}. Only networks over images can be explained so; values that are one begin with new Input(height, width, channels).");
    }

    private static bool IsImage(Shape shape) => shape.Rank == 3 && !shape.HasVariableLength;
}
