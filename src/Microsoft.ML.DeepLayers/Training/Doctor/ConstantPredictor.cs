using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>What the best constant would lose: a network that looks at its inputs should lose less.</summary>
/// <param name="objective">What an output is for.</param>
internal sealed class ConstantPredictor(Objective objective)
{
    private readonly List<(float[] Labels, long[] Shape, float[]? Weights)> batches = [];
    private long[] output = [];

    /// <summary>Whether a constant is known: not where a loss reads the output in its own way.</summary>
    private bool IsKnown => objective.Loss.OutputForm != OutputForm.Free
        && (objective.Task != PredictionTask.Regression || objective.Activation == Activation.Linear);

    /// <summary>Takes the labels of a batch in.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="weights">The examples' weights, if any.</param>
    /// <param name="outputShape">The shape of the network's output for them.</param>
    internal void Add(Tensor labels, Tensor? weights, long[] outputShape)
    {
        using DisposeScope scope = NewDisposeScope();
        batches.Add((labels.cpu().contiguous().data<float>().ToArray(), labels.shape, weights is null ? null : weights.cpu().contiguous().data<float>().ToArray()));
        output = outputShape;
    }

    /// <summary>The mean loss of the best constant over all batches; <see langword="null"/> where it is not known.</summary>
    internal double? Loss()
    {
        if (!IsKnown || batches.Count == 0)
        {
            return null;
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor labels = cat([.. batches.Select(batch => tensor(batch.Labels).reshape(batch.Shape))]);
        Tensor? weights = batches[0].Weights is null ? null : cat([.. batches.Select(batch => tensor(batch.Weights!))]);
        return Constants(labels).Select(constant =>
        {
            Tensor outputs = constant.expand([labels.shape[0], .. output[1..]]).contiguous();
            return (double)objective.MeanLoss(new ComparedOutput(objective, outputs, labels), weights).item<float>();
        }).Min();
    }

    /// <summary>The frequencies of the classes as logits; the mean, or the median, of numbers.</summary>
    private IEnumerable<Tensor> Constants(Tensor labels)
    {
        // A class that does not occur keeps a logit that is finite.
        const float Rare = 1e-6f;
        switch (objective.Task)
        {
            case PredictionTask.MulticlassClassification:
                yield return bincount(labels.to(ScalarType.Int64).reshape(-1), minlength: (int)output[^1]).to(ScalarType.Float32).Divide(labels.numel()).Maximum(Rare).log();
                break;
            case PredictionTask.BinaryClassification:
                yield return labels.mean([0]).Clip(Rare, 1 - Rare).logit().reshape([.. output[1..].Select(_ => 1L)]);
                break;
            default:
                long[] shape = [1, .. output[1..]];
                yield return labels.mean([0]).reshape(shape);
                yield return labels.sort(0).Values.narrow(0, labels.shape[0] / 2, 1).reshape(shape);
                break;
        }
    }
}
