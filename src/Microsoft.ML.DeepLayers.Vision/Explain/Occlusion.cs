using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Occlusion (Zeiler and Fergus 2014): a patch of one color is moved over the image, and where it makes the class less likely,
/// the class was seen. A pixel's value is the mean, over the patches that cover it, of how much the logarithm of the class's odds
/// falls (of a regression, its value). It explains any network over images, by ONNX Runtime alone, and scores an image some
/// hundred times.
/// </summary>
/// <example>
/// <code>
/// using var occlusion = new Occlusion(model, patchSize: 32, stride: 16);
/// HeatMap map = occlusion.Explain(pixels);
/// </code>
/// </example>
public sealed class Occlusion : ImageExplainer
{
    /// <summary>Parts of the shorter side that a patch takes by default.</summary>
    private const int PatchesAcross = 7;

    /// <summary>Below this a probability is 0 to the eye, and its logarithm would drown everything else.</summary>
    private const double Smallest = 1e-12;

    /// <summary>Looks at a trained network.</summary>
    /// <param name="model">A <see cref="NeuralNetworkTransformer"/>, fitted or loaded, or a chain whose last predictor is one.</param>
    /// <param name="patchSize">
    /// The height and width of the patch, in pixels of the image as the network reads it; at most the image's. Left out: a
    /// seventh of the shorter side.
    /// </param>
    /// <param name="stride">By how many pixels the patch is moved down and across; at most its size. Left out: half of its size.</param>
    /// <param name="fillValue">The patch's color, on the scale of the training data; left out for the mean of each channel of the image.</param>
    /// <param name="outputName">The output to explain, where the network has several; left out for the first.</param>
    /// <exception cref="ArgumentException">The model contains no neural network, or it reads no image, or has no such output.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The patch is larger than the image, the stride than the patch, or the color is not finite.</exception>
    public Occlusion(ITransformer model, Size2D? patchSize = null, Size2D? stride = null, float? fillValue = null, string? outputName = null)
        : base(model, outputName)
    {
        CheckNoSequences();
        int side = Math.Max(1, (int)Math.Round((double)Math.Min(Height, Width) / PatchesAcross));
        PatchSize = patchSize ?? new Size2D(side, side);
        Stride = stride ?? new Size2D((PatchSize.Height + 1) / 2, (PatchSize.Width + 1) / 2);
        if (PatchSize.Height > Height || PatchSize.Width > Width)
        {
            throw new ArgumentOutOfRangeException(nameof(patchSize), patchSize, $"The patch must fit into the image of {Height} x {Width} pixels.");
        }

        if (Stride.Height > PatchSize.Height || Stride.Width > PatchSize.Width)
        {
            throw new ArgumentOutOfRangeException(
                nameof(stride), stride, $"The stride must be at most the patch's size ({PatchSize.Height} x {PatchSize.Width}), or pixels between patches would never be covered.");
        }

        if (fillValue is { } value && !float.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(fillValue), fillValue, "The color must be finite.");
        }

        FillValue = fillValue;
    }

    /// <summary>The height and width of the patch, in pixels.</summary>
    public Size2D PatchSize { get; }

    /// <summary>By how many pixels the patch is moved.</summary>
    public Size2D Stride { get; }

    /// <summary>The patch's color; <see langword="null"/> for the mean of each channel of the image.</summary>
    public float? FillValue { get; }

    internal override IReadOnlyList<HeatMap> Compute(IReadOnlyList<float[][]> rows, int? classIndex)
    {
        NetworkScorer scorer = Network.Transformer.Scorer;
        int[] tops = Places(Height, PatchSize.Height, Stride.Height), lefts = Places(Width, PatchSize.Width, Stride.Width);
        var needed = new bool[Network.Trained.Outputs.Count];
        needed[Network.Output] = true;
        long values = Network.ScoreSize + Network.Trained.Inputs.Sum(input => input.Shape.Size);
        int capacity = Math.Min(Math.Min(BatchSizes.Best(values, scorer.Cost), Network.Trained.MostRows), tops.Length * lefts.Length);
        using ScoringBuffer buffer = scorer.CreateBuffer(capacity, needed);
        return [.. rows.Select(row => Explain(scorer, buffer, row, tops, lefts, classIndex))];
    }

    private HeatMap Explain(NetworkScorer scorer, ScoringBuffer buffer, float[][] row, int[] tops, int[] lefts, int? classIndex)
    {
        Put(buffer, row, 0);
        scorer.Run(buffer, 1);
        ReadOnlySpan<float> scores = buffer.Scores(Network.Output, 0);
        int explained = classIndex ?? Predicted(scores);
        (double whole, float probability) = (Evidence(scores, explained), Probability(scores, explained));
        float[] color = Color(row[Network.ImageInput]);
        double[] falls = new double[Height * Width];
        int[] covers = new int[Height * Width];
        (int Top, int Left)[] places = [.. tops.SelectMany(top => lefts.Select(left => (top, left)))];
        foreach ((int Top, int Left)[] batch in places.Chunk(buffer.Capacity))
        {
            for (int i = 0; i < batch.Length; i++)
            {
                Put(buffer, row, i);
                Cover(buffer.Input(Network.ImageInput, i), batch[i], color);
            }

            scorer.Run(buffer, batch.Length);
            for (int i = 0; i < batch.Length; i++)
            {
                Add(falls, covers, batch[i], whole - Evidence(buffer.Scores(Network.Output, i), explained));
            }
        }

        return ToMap([.. falls.Zip(covers, (fall, count) => (float)(fall / count))], explained, probability);
    }

    /// <summary>Where patches begin: at every stride, and so that the last one ends at the border.</summary>
    private static int[] Places(int length, int patch, int stride)
    {
        List<int> places = [.. Enumerable.Range(0, ((length - patch) / stride) + 1).Select(i => i * stride)];
        if (places[^1] != length - patch)
        {
            places.Add(length - patch);
        }

        return [.. places];
    }

    private static void Put(ScoringBuffer buffer, float[][] row, int bufferRow)
    {
        for (int input = 0; input < row.Length; input++)
        {
            row[input].CopyTo(buffer.Input(input, bufferRow));
        }
    }

    private float[] Color(float[] image)
    {
        var color = new float[Channels];
        for (int channel = 0; channel < color.Length; channel++)
        {
            double sum = 0;
            for (int i = channel; i < image.Length; i += Channels)
            {
                sum += image[i];
            }

            color[channel] = FillValue ?? (float)(sum / (Height * Width));
        }

        return color;
    }

    private void Cover(Span<float> image, (int Top, int Left) place, float[] color)
    {
        for (int row = place.Top; row < place.Top + PatchSize.Height; row++)
        {
            for (int column = place.Left; column < place.Left + PatchSize.Width; column++)
            {
                color.CopyTo(image[(((row * Width) + column) * Channels)..]);
            }
        }
    }

    private void Add(double[] falls, int[] covers, (int Top, int Left) place, double fall)
    {
        for (int row = place.Top; row < place.Top + PatchSize.Height; row++)
        {
            for (int column = place.Left; column < place.Left + PatchSize.Width; column++)
            {
                falls[(row * Width) + column] += fall;
                covers[(row * Width) + column]++;
            }
        }
    }

    private int Predicted(ReadOnlySpan<float> scores) => Network.TrainedOutput.Task switch
    {
        PredictionTask.BinaryClassification => scores[0] > 0 ? 1 : 0,
        PredictionTask.MulticlassClassification => scores.IndexOf(Largest(scores)),
        _ => 0,
    };

    private static float Largest(ReadOnlySpan<float> scores)
    {
        float largest = scores[0];
        foreach (float score in scores)
        {
            largest = Math.Max(largest, score);
        }

        return largest;
    }

    /// <summary>The logarithm of a class's odds, which still tells certain from more certain; of a regression, the value.</summary>
    private double Evidence(ReadOnlySpan<float> scores, int index)
    {
        switch (Network.TrainedOutput.Task)
        {
            case PredictionTask.BinaryClassification:
                return index == 1 ? scores[0] : -scores[0];
            case PredictionTask.MulticlassClassification:
                double others = 0;
                for (int i = 0; i < scores.Length; i++)
                {
                    others += i == index ? 0 : scores[i];
                }

                return Math.Log(Math.Max(scores[index], Smallest)) - Math.Log(Math.Max(others, Smallest));
            default:
                return scores[index];
        }
    }

    private float Probability(ReadOnlySpan<float> scores, int index) => Network.TrainedOutput.Task == PredictionTask.BinaryClassification
        ? (float)(1 / (1 + Math.Exp(index == 1 ? -scores[0] : scores[0])))
        : scores[index];
}
