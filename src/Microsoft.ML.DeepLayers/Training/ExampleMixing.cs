using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>A batch of which each example is mixed with a partner.</summary>
/// <param name="Inputs">The mixed inputs.</param>
/// <param name="PartnerLabels">The labels of the partners, by output.</param>
/// <param name="PartnerWeights">The weights of the partners, if there are any.</param>
/// <param name="Share">The share of the example itself, from 0 to 1; the partner has the rest.</param>
internal sealed record MixedBatch(Tensor[] Inputs, IReadOnlyList<Tensor> PartnerLabels, Tensor? PartnerWeights, double Share);

/// <summary>
/// Mixes the examples of a batch with one another, and their losses alike: as wholes (mixup, Zhang et al. 2018) or by a
/// rectangle (CutMix, Yun et al. 2019). The share of a batch follows the distribution Beta(alpha, alpha).
/// </summary>
internal sealed class ExampleMixing
{
    private readonly TrainingPlan plan;
    private Random random = new(0);

    private ExampleMixing(TrainingPlan plan) => this.plan = plan;

    /// <summary>What mixes the examples of a run; <see langword="null"/> where the options do not ask for it.</summary>
    /// <exception cref="InvalidOperationException">The inputs cannot be mixed.</exception>
    internal static ExampleMixing? Create(TrainingPlan plan)
    {
        NeuralNetworkOptions options = plan.Options;
        if (options.MixUpAlpha == 0 && options.CutMixAlpha == 0)
        {
            return null;
        }

        foreach (GraphNode node in plan.Graph.Nodes)
        {
            if (node.Layer is Embedding or CategoryEncoding or IntegerLookup or Hashing or HashedCrossing
                && node.Inputs.Any(input => plan.Graph.Nodes[input.Node].Layer is Input))
            {
                throw new InvalidOperationException(
                    $"{nameof(options.MixUpAlpha)} and {nameof(options.CutMixAlpha)} mix numbers, but the layer '{node.Name}' reads an input as categories.");
            }
        }

        if (plan.Graph.Inputs.Any(input => plan.Shapes.Outputs[input][0].HasVariableLength))
        {
            throw new InvalidOperationException(
                $"{nameof(options.MixUpAlpha)} and {nameof(options.CutMixAlpha)} mix examples of one shape, but the network reads sequences of different lengths.");
        }

        Shape[] shapes = [.. plan.Graph.Inputs.Select(input => plan.Shapes.Outputs[input][0])];
        if (options.CutMixAlpha > 0 && !shapes.All(shape => shape.Rank == 3 && shape[0] == shapes[0][0] && shape[1] == shapes[0][1]))
        {
            throw new InvalidOperationException(
                $"{nameof(options.CutMixAlpha)} needs images [height, width, channels] of one size as inputs, but the network has {string.Join(", ", shapes)}.");
        }

        return new ExampleMixing(plan);
    }

    /// <summary>The loss of a step: of a mixed batch, that with the examples' own labels and that with the partners', each by its share.</summary>
    /// <param name="objective">What the output is for.</param>
    /// <param name="output">What the network gives there, and the examples' own labels.</param>
    /// <param name="batch">The batch as it was.</param>
    /// <param name="index">Which output it is.</param>
    /// <param name="mixed">The mixed batch, if it was mixed.</param>
    /// <param name="weights">What examples weigh, where that is not their own weight alone.</param>
    internal static Tensor Loss(
        Objective objective, ComparedOutput output, BatchTensorSet batch, int index, MixedBatch? mixed, LossWeights? weights = null)
    {
        Tensor? Weigh(Tensor labels, Tensor? own) => weights is null ? own : weights.Of(index, labels, own);

        Tensor own = objective.MeanLoss(output, Weigh(batch.Labels[index], batch.Weights));
        return mixed is null
            ? own
            : own.Multiply(mixed.Share).AddScaled(objective.MeanLoss(output.With(mixed.PartnerLabels[index]), Weigh(mixed.PartnerLabels[index], mixed.PartnerWeights)), 1 - mixed.Share);
    }

    /// <summary>Mixes a batch. With both ways asked for, chance decides.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="number">The number of the batch since training began: what is drawn follows from it.</param>
    internal MixedBatch Mix(BatchTensorSet batch, long number)
    {
        random = new Random(StepSeed.Of(plan.Seed, SeedPurpose.Mixing, number));
        NeuralNetworkOptions options = plan.Options;
        bool cuts = options.CutMixAlpha > 0 && (options.MixUpAlpha == 0 || random.Next(2) == 0);
        long[] order = [.. Enumerable.Range(0, (int)batch.Labels[0].shape[0]).Select(index => (long)index)];
        random.Shuffle(order);
        Tensor partners = tensor(order, device: batch.Labels[0].device);
        double share = Beta(cuts ? options.CutMixAlpha : options.MixUpAlpha);
        Tensor[] inputs;
        if (cuts)
        {
            (inputs, share) = Cut(batch.Inputs, partners, share);
        }
        else
        {
            inputs = [.. batch.Inputs.Select(input => input.Multiply(share).AddScaled(input.index_select(0, partners), 1 - share))];
        }

        return new MixedBatch(inputs, [.. batch.Labels.Select(label => label.index_select(0, partners))], batch.Weights?.index_select(0, partners), share);
    }

    /// <summary>A draw of Beta(alpha, alpha): the share of one of two equal Gamma variables in their sum.</summary>
    private double Beta(double alpha)
    {
        double one = Gamma(alpha), other = Gamma(alpha);
        // With a very small alpha both may be 0 to the last digit: then it is all or nothing.
        return one + other > 0 ? one / (one + other) : random.Next(2);
    }

    /// <summary>A draw of the Gamma distribution of scale 1 (Marsaglia and Tsang 2000).</summary>
    private double Gamma(double shape)
    {
        if (shape < 1)
        {
            return Gamma(shape + 1) * Math.Pow(1 - random.NextDouble(), 1 / shape);
        }

        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            double v = Math.Pow(1 + (c * normal), 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < (normal * normal / 2) + d - (d * v) + (d * Math.Log(v)))
            {
                return d * v;
            }
        }
    }

    /// <summary>Puts a rectangle of the partner into each image, and says which share of the image is left.</summary>
    private (Tensor[] Inputs, double Share) Cut(Tensor[] inputs, Tensor partners, double share)
    {
        long height = inputs[0].shape[1], width = inputs[0].shape[2];
        (long top, long rows) = Side(height);
        (long left, long columns) = Side(width);
        return ([.. inputs.Select(Paste)], 1 - ((double)(rows * columns) / (height * width)));

        // Around a center anywhere in the image; what lies outside is cut off.
        (long Start, long Length) Side(long length)
        {
            long half = (long)(length * Math.Sqrt(1 - share)) / 2;
            long center = random.NextInt64(length);
            long start = Math.Max(0, center - half);
            return (start, Math.Min(length, center + half) - start);
        }

        Tensor Paste(Tensor images)
        {
            Tensor mixed = images.clone();
            if (rows > 0 && columns > 0)
            {
                mixed.narrow(1, top, rows).narrow(2, left, columns)
                    .copy_(images.narrow(1, top, rows).narrow(2, left, columns).index_select(0, partners));
            }

            return mixed;
        }
    }
}
