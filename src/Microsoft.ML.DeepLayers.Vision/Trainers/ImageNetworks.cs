using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>The networks that the phases of a training on images train, all of the same layers, and how weights go from one to the other.</summary>
internal sealed class ImageNetworks
{
    /// <summary>The column of the features that a backbone gives.</summary>
    internal const string FeaturesName = "BackboneFeatures";

    private const string BackboneName = "backbone";

    private readonly string pixelsName;
    private readonly Shape pixels;
    private readonly Network features;

    internal ImageNetworks(Backbone backbone, ImageTrainingOptions options)
    {
        Backbone body = backbone with { IncludeTop = false, Pooling = backbone is VisionTransformer ? FeaturePooling.ClassToken : FeaturePooling.Average };
        pixelsName = options.FeatureColumnName;
        pixels = body.InputShape;
        features = body.ToNetwork();
        Weights = options.Weights is { } weights ? Prefixed(Checked(weights)) : null;
        Whole = Compose(Weights is null ? features : FineTuned(body, options), options);
        Frozen = Compose(features.WithLayers(layer => layer with { Trainable = false }), options);
        Head = new Sequential { new Dropout(options.Dropout) };
    }

    /// <summary>Augmentation, backbone and dropout.</summary>
    internal Network Whole { get; }

    /// <summary>The same with a backbone that does not learn.</summary>
    internal Network Frozen { get; }

    /// <summary>What stands behind the backbone.</summary>
    internal Network Head { get; }

    /// <summary>The backbone's weights as <see cref="Whole"/> names them.</summary>
    internal NetworkWeights? Weights { get; }

    /// <summary>What computes <see cref="FeaturesName"/>.</summary>
    internal NeuralNetworkTransformer CreateExtractor(IHostEnvironment environment, DataViewSchema schema)
    {
        var column = new InputColumn(pixelsName, pixels);
        if (column.Mismatch(schema) is { } mismatch)
        {
            throw new ArgumentException(mismatch, nameof(schema));
        }

        NetworkGraph graph = features.Graph;
        GraphShapes shapes = graph.InferShapes([pixels]);
        var output = new TrainedOutput(FeaturesName, PredictionTask.Regression, "Label", VectorSize: checked((int)shapes[graph.Outputs[0]].Size));
        NetworkWeights weights = Weights!;
        return new NeuralNetworkTransformer(environment, new TrainedNetwork
        {
            Outputs = [output],
            Inputs = [column],
            Onnx = OnnxExporter.Export(graph, shapes, [column], name => (weights[$"{BackboneName}/{name}"].Shape, weights[$"{BackboneName}/{name}"].Values), [output]),
            DefinitionJson = features.ToJson(),
            OptionsJson = "{}",
            History = new History([]),
        });
    }

    /// <summary>The weights of <see cref="Whole"/> from the backbone's and those of a trained <see cref="Head"/>.</summary>
    internal NetworkWeights Join(NetworkWeights head) => Weights!.With(head);

    /// <summary>What lies near the input learns in smaller steps.</summary>
    private Network FineTuned(Backbone body, ImageTrainingOptions options)
    {
        BackboneStage[] stages = [.. body.GetStages().Where(stage => !stage.IsHead)];
        var factors = new Dictionary<string, float>(StringComparer.Ordinal);
        for (int i = 0; i < stages.Length; i++)
        {
            foreach (string layer in stages[i].Layers)
            {
                factors[layer] = MathF.Pow(options.StageFactor, stages.Length - 1 - i);
            }
        }

        return features.WithLayers(layer => layer with
        {
            LearningRateFactor = factors.GetValueOrDefault(layer.Name!, 1),
            Trainable = layer.Trainable && (options.TrainBatchNormalization || layer is not BatchNormalization),
        });
    }

    private Network Compose(Network backbone, ImageTrainingOptions options)
    {
        var input = new Input(pixels, column: pixelsName) { Name = "pixels" };
        LayerOutput x = input;
        foreach (Layer layer in options.Augmentation)
        {
            x = layer.Apply(x);
        }

        x = (new NetworkLayer(backbone) with { Name = BackboneName }).Apply(x);
        return new Network(input, new Dropout(options.Dropout).Apply(x));
    }

    private NetworkWeights Checked(NetworkWeights weights)
    {
        GraphShapes shapes = features.Graph.InferShapes([pixels]);
        DeepLayers.Weights.WeightCheck.Demand([.. features.Graph.Weights(shapes).Select(weight => (weight.FullName, weight.Spec.Shape))], weights, isPartial: false);
        return weights;
    }

    private static NetworkWeights Prefixed(NetworkWeights weights) =>
        new(weights.Select(weight => new WeightTensor($"{BackboneName}/{weight.Name}", weight.Shape, weight.Values.Span)));
}
