using Microsoft.ML.DeepLayers.Losses;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>A loss with a batch to try it on, and what it should be, by its definition in plain C#.</summary>
/// <param name="Loss">The loss.</param>
/// <param name="OutputShape">The shape of an example's output; none for a number.</param>
/// <param name="Label">Makes the label of an example.</param>
/// <param name="Expected">The loss of each example of a batch, from outputs and labels.</param>
internal sealed record LossRow(Loss Loss, int[] OutputShape, Func<Random, double[]> Label, Func<double[][], double[][], double[]> Expected)
{
    internal const int Batch = 6;

    internal LossRow(Loss loss, int[] outputShape, Func<Random, double[]> label, Func<double[], double[], double> expected)
        : this(loss, outputShape, label, (outputs, labels) => [.. outputs.Zip(labels, expected)])
    {
    }

    /// <summary>What outputs are drawn from.</summary>
    internal (double Low, double High) Range { get; init; } = (-3, 3);

    /// <summary>The largest output for which nothing may overflow, and minus it.</summary>
    internal float Extreme { get; init; } = 1000;

    /// <summary>Whether a label is one number, so that labels are <c>[batch]</c>.</summary>
    internal bool HasNumberLabel { get; init; }

    public override string ToString() => Loss.ToString();

    internal (double[][] Outputs, double[][] Labels) Draw(int seed)
    {
        var random = new Random(seed);
        int size = OutputShape.Aggregate(1, (product, dimension) => product * dimension);
        double[] Output() => [.. Enumerable.Range(0, size).Select(_ => Range.Low + ((Range.High - Range.Low) * random.NextDouble()))];
        return ([.. Enumerable.Range(0, Batch).Select(_ => Output())], [.. Enumerable.Range(0, Batch).Select(_ => Label(random))]);
    }
}

/// <summary>Every loss, with most of its options.</summary>
internal static class LossRows
{
    private const double Epsilon = 1e-7;

    internal static IReadOnlyList<LossRow> All { get; } = [.. Regression(), .. Binary(), .. Classes(), .. Regions(), .. Embeddings(), .. Others()];

    private static IEnumerable<LossRow> Regression()
    {
        foreach (int size in new[] { 1, 3 })
        {
            LossRow Row(Loss loss, Func<double, double, double> term, double low = -3, double high = 3) => new(
                loss, size == 1 ? [] : [size], random => Numbers(random, size, low, high), (output, label) => output.Zip(label, term).Average())
            {
                HasNumberLabel = size == 1,
            };
            yield return Row(new MeanSquaredError(), (p, y) => (p - y) * (p - y));
            yield return Row(new MeanAbsoluteError(), (p, y) => Math.Abs(p - y));
            yield return Row(new MeanAbsolutePercentageError(), (p, y) => 100 * Math.Abs(p - y) / Math.Abs(y));
            yield return Row(new MeanSquaredLogarithmicError(), (p, y) => Math.Pow(Math.Log(Math.Max(p, Epsilon) + 1) - Math.Log(y + 1), 2), 0.1, 5);
            yield return Row(new LogCosh(), (p, y) => Math.Log(Math.Cosh(p - y)));
            yield return Row(new Poisson(), (p, y) => Math.Exp(p) - (y * p), 0, 5) with { Extreme = 80 };
            yield return Row(new Quantile(0.3f), (p, y) => Math.Max(0.3f * (y - p), ((double)0.3f - 1) * (y - p)));
            foreach (float delta in new[] { 1, 0.4f })
            {
                yield return Row(new Huber(delta), (p, y) => Math.Abs(p - y) <= delta ? (p - y) * (p - y) / 2 : (delta * Math.Abs(p - y)) - ((double)delta * delta / 2));
            }
        }
    }

    private static IEnumerable<LossRow> Binary()
    {
        foreach (int size in new[] { 1, 3 })
        {
            LossRow Row(Loss loss, Func<double, double, double> term) => new(
                loss, size == 1 ? [] : [size], random => Bits(random, size), (output, label) => output.Zip(label, term).Average())
            {
                HasNumberLabel = size == 1,
            };
            yield return Row(new BinaryCrossentropy(), Entropy);
            yield return Row(new BinaryCrossentropy(0.2f), (z, y) => Entropy(z, Smooth(y, 0.2f, 2)));
            yield return Row(new Hinge(), (z, y) => Math.Max(0, 1 - (((2 * y) - 1) * z)));
            yield return Row(new SquaredHinge(), (z, y) => Math.Pow(Math.Max(0, 1 - (((2 * y) - 1) * z)), 2));
            yield return Row(new Contrastive(1.5f), (d, y) => (y * d * d) + ((1 - y) * Math.Pow(Math.Max(1.5 - d, 0), 2))) with { Range = (0, 3) };
            foreach ((bool balanced, float gamma, float smoothing) in new[] { (false, 2f, 0f), (true, 0.5f, 0f), (true, 2, 0.1f), (false, 0, 0) })
            {
                yield return Row(new BinaryFocalCrossentropy(balanced, 0.3f, gamma, smoothing), (z, y) =>
                {
                    double smooth = Smooth(y, smoothing, 2), p = Sigmoid(z), right = (smooth * p) + ((1 - smooth) * (1 - p));
                    return (balanced ? (smooth * 0.3f) + ((1 - smooth) * (1 - (double)0.3f)) : 1) * Math.Pow(1 - right, gamma) * Entropy(z, smooth);
                });
            }
        }
    }

    private static IEnumerable<LossRow> Classes()
    {
        LossRow Row(Loss loss, Func<double[], double[], double> expected) => new(loss, [4], random => OneHot(random, 4), expected);
        foreach (float smoothing in new[] { 0, 0.1f })
        {
            yield return Row(new CategoricalCrossentropy(smoothing), (z, y) => -z.Select((_, i) => Smooth(y[i], smoothing, 4) * LogSoftmax(z, i)).Sum());
            foreach (float gamma in new[] { 2, 0.5f, 0 })
            {
                yield return Row(new CategoricalFocalCrossentropy(0.7f, gamma, smoothing), (z, y) => -z.Select((_, i) =>
                    0.7f * Math.Pow(1 - Math.Exp(LogSoftmax(z, i)), gamma) * Smooth(y[i], smoothing, 4) * LogSoftmax(z, i)).Sum());
            }
        }

        yield return new LossRow(new CategoricalCrossentropy(), [4], random => Shares(random, 4), (z, y) => -z.Select((_, i) => y[i] * LogSoftmax(z, i)).Sum());
        yield return new LossRow(new KLDivergence(), [4], random => Shares(random, 4), (z, y) => z.Select((_, i) => y[i] * (Math.Log(y[i]) - LogSoftmax(z, i))).Sum());
        yield return Row(new CategoricalHinge(), (z, y) => Math.Max(0, z.Select((value, i) => (1 - y[i]) * value).Max() - z.Select((value, i) => y[i] * value).Sum() + 1));
        LossRow Index(Loss loss, Func<double[], int, double> expected) =>
            new(loss, [4], random => [random.Next(4)], (z, y) => expected(z, (int)y[0])) { HasNumberLabel = true };
        yield return Index(new SparseCategoricalCrossentropy(), (z, y) => -LogSoftmax(z, y));
        yield return Index(new CategoricalGeneralizedCrossEntropy(), (z, y) => (1 - Math.Sqrt(Math.Exp(LogSoftmax(z, y)))) / 0.5);
        yield return Index(new CategoricalGeneralizedCrossEntropy(0.8f), (z, y) => (1 - Math.Pow(Math.Exp(LogSoftmax(z, y)), 0.8f)) / 0.8f);
    }

    private static IEnumerable<LossRow> Regions()
    {
        LossRow Row(Loss loss, double missed, double falseAlarms) => new(loss, [5], random => Bits(random, 5), (p, y) =>
        {
            double both = p.Zip(y, (one, other) => one * other).Sum();
            return 1 - (both / (both + (missed * (y.Sum() - both)) + (falseAlarms * (p.Sum() - both)) + Epsilon));
        })
        { Range = (0, 1), Extreme = 1 };
        // Dice adds the epsilon to twice as much.
        yield return new LossRow(new Dice(), [5], random => Bits(random, 5), (p, y) => 1 - (2 * p.Zip(y, (one, other) => one * other).Sum() / (p.Sum() + y.Sum() + Epsilon)))
        {
            Range = (0, 1),
            Extreme = 1,
        };
        yield return Row(new Tversky(), 0.5, 0.5);
        yield return Row(new Tversky(0.2f, 0.8f), 0.2f, 0.8f);
    }

    private static IEnumerable<LossRow> Embeddings()
    {
        LossRow Row(Loss loss, Func<double[][], double[], double[]> expected) => new(
            loss, [3], random => [random.Next(3)], (outputs, labels) => expected(outputs, [.. labels.Select(label => label[0])]))
        { HasNumberLabel = true };
        foreach (EmbeddingDistance distance in Enum.GetValues<EmbeddingDistance>())
        {
            yield return Row(new TripletSemiHard(1.5f, distance), (x, y) => LossReferences.SemiHard(x, y, distance, 1.5));
            yield return Row(new TripletHard(1.5f, false, distance), (x, y) => LossReferences.Hard(x, y, distance, excess => Math.Max(0, excess + 1.5)));
            yield return Row(new TripletHard(soft: true, distanceMetric: distance), (x, y) => LossReferences.Hard(x, y, distance, excess => Math.Log(1 + Math.Exp(excess))));
        }

        yield return Row(new Circle(), (x, y) => LossReferences.Circle(x, y, 80, 0.4f, true)) with { Range = (-0.5, 0.5) };
        yield return Row(new Circle(5, 0.25f, removeDiagonal: false), (x, y) => LossReferences.Circle(x, y, 5, 0.25, false)) with { Range = (-0.5, 0.5) };
    }

    private static IEnumerable<LossRow> Others()
    {
        yield return new LossRow(new CosineSimilarity(), [3], random => Numbers(random, 3, -3, 3), (p, y) =>
            -p.Zip(y, (one, other) => one * other).Sum() / Math.Sqrt(p.Sum(value => value * value) * y.Sum(value => value * value)));
        yield return new LossRow(new CosineSimilarity(), [], random => Numbers(random, 1, -3, 3), (p, y) => -Math.Sign(p[0] * y[0])) { HasNumberLabel = true };
        double[] quantiles = [0.1f, 0.5f, 0.9f];
        double Pinballs(double[] outputs, double label) => outputs.Zip(quantiles, (output, quantile) => label > output ? quantile * (label - output) : (1 - quantile) * (output - label)).Sum();
        yield return new LossRow(new Quantile(0.1f, 0.5f, 0.9f), [3], random => Numbers(random, 1, -3, 3), (p, y) => Pinballs(p, y[0]) / 3) { HasNumberLabel = true };
        yield return new LossRow(new Quantile(0.1f, 0.5f, 0.9f), [6], random => Numbers(random, 2, -3, 3), (p, y) => (Pinballs(p[..3], y[0]) + Pinballs(p[3..], y[1])) / 6);
        yield return new LossRow(new CTC(), [5, 3], Spelling, (z, y) => LossReferences.Ctc(z, 5, [.. y.Where(value => value != 0).Select(value => (int)value)]));
    }

    /// <summary>None to three letters of two, padded.</summary>
    private static double[] Spelling(Random random)
    {
        int length = random.Next(4);
        return [.. Enumerable.Range(0, 4).Select(i => i < length ? random.Next(1, 3) : 0.0)];
    }

    private static double[] Numbers(Random random, int count, double low, double high) =>
        [.. Enumerable.Range(0, count).Select(_ => low + ((high - low) * random.NextDouble()))];

    private static double[] Bits(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(2))];

    private static double[] OneHot(Random random, int count)
    {
        double[] label = new double[count];
        label[random.Next(count)] = 1;
        return label;
    }

    private static double[] Shares(Random random, int count)
    {
        double[] numbers = Numbers(random, count, 0.01, 1);
        return [.. numbers.Select(number => number / numbers.Sum())];
    }

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    private static double Entropy(double z, double y) => -(y * Math.Log(Sigmoid(z))) - ((1 - y) * Math.Log(1 - Sigmoid(z)));

    private static double Smooth(double y, float smoothing, int classes) => (y * (1 - (double)smoothing)) + ((double)smoothing / classes);

    private static double LogSoftmax(double[] z, int index) => z[index] - Math.Log(z.Sum(Math.Exp));
}
