using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How a trained network does on the validation set, for one of its outputs: measured once, at the end of <c>Fit</c>, with
/// the weights that the model has. It is small whatever the size of the data, and saved with the model.
/// </summary>
public sealed class EvaluationSummary
{
    /// <summary>The largest number of classes whose confusion matrix is kept.</summary>
    internal const int MaxClasses = 256;

    [JsonConstructor]
    internal EvaluationSummary()
    {
    }

    /// <summary>The output's name where the options name outputs; else <see langword="null"/>.</summary>
    public string? OutputName { get; init; }

    /// <summary>What the output predicts.</summary>
    public PredictionTask Task { get; init; }

    /// <summary>The number of validation examples.</summary>
    public long Examples { get; init; }

    /// <summary>The mean of the examples' losses, each counted alike; without what regularizers add.</summary>
    public double Loss { get; init; }

    /// <summary>
    /// The classes by the values of the label's keys, or their numbers from 1 where those have none; <c>False</c> and
    /// <c>True</c> for a boolean label. Empty for regression, and for more than 256 classes.
    /// </summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>
    /// How many examples of each class (row) were taken for each class (column), in the order of <see cref="ClassNames"/>.
    /// Empty for regression, and for more than 256 classes.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<long>> ConfusionMatrix { get; init; } = [];

    /// <summary>
    /// Whether a classifier's probabilities are what they say: ten bins of equal width over the probability of true (binary)
    /// or of the predicted class (several classes). Empty for regression.
    /// </summary>
    public IReadOnlyList<CalibrationBin> Calibration { get; init; } = [];

    /// <summary>
    /// The part of the examples whose class was found, from 0 to 1; <see langword="null"/> for regression.
    /// </summary>
    public double? Accuracy { get; init; }

    /// <summary>
    /// The mean difference between probability and frequency over the bins, each counted by its examples: 0 is perfect
    /// (expected calibration error, Guo et al. 2017). <see langword="null"/> for regression.
    /// </summary>
    [JsonIgnore]
    public double? CalibrationError => Calibration.Sum(bin => bin.Count) is > 0 and long count
        ? Calibration.Sum(bin => bin.Count * Math.Abs(bin.MeanProbability - bin.Frequency)) / count
        : null;

    /// <summary>How far predictions lie from labels, for the first four values of a label at most. Empty for classifiers.</summary>
    public IReadOnlyList<RegressionFit> Fits { get; init; } = [];

    /// <summary>Labels and predictions of a random sample of the examples, 2000 pairs at most. Empty for classifiers.</summary>
    public IReadOnlyList<PredictedValue> Sample { get; init; } = [];

    /// <summary>The ten examples of the largest loss, the worst first.</summary>
    public IReadOnlyList<EvaluatedExample> WorstExamples { get; init; } = [];
}

/// <summary>The examples whose predicted probability lies in one range.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="MeanProbability">The mean of their probabilities; 0 where there are none.</param>
/// <param name="Frequency">The part of them that is true (binary), or whose class was found; 0 where there are none.</param>
public sealed record CalibrationBin(long Count, double MeanProbability, double Frequency);

/// <summary>How far predictions of a number lie from its labels.</summary>
/// <param name="Value">Which value of a vector label, from 0.</param>
/// <param name="Bias">The mean of prediction less label.</param>
/// <param name="MeanAbsoluteError">The mean of their absolute difference.</param>
/// <param name="RootMeanSquaredError">The root of the mean of their squared difference.</param>
/// <param name="RSquared">
/// One less the squared differences over those of always predicting the labels' mean: 1 is perfect; NaN where all labels are
/// equal.
/// </param>
public sealed record RegressionFit(int Value, double Bias, double MeanAbsoluteError, double RootMeanSquaredError, double RSquared);

/// <summary>A label and what was predicted for it.</summary>
/// <param name="Value">Which value of a vector label, from 0.</param>
/// <param name="Label">The label.</param>
/// <param name="Prediction">The prediction.</param>
public readonly record struct PredictedValue(int Value, float Label, float Prediction);

/// <summary>An example of the validation set.</summary>
/// <param name="Row">
/// Its number in the validation data, from 0, without rows that were skipped for missing values; where a fraction was held
/// out, its number among those rows, which stay in their order.
/// </param>
/// <param name="Label">The label: the class, or the number; of a vector the first four values.</param>
/// <param name="Prediction">What was predicted, likewise.</param>
/// <param name="Probability">The probability of the predicted class; <see langword="null"/> for regression.</param>
/// <param name="Loss">The example's loss.</param>
public sealed record EvaluatedExample(long Row, string Label, string Prediction, double? Probability, double Loss);
