namespace Microsoft.ML.DeepLayers;

/// <summary>What an output of a network predicts, which decides loss, metrics and columns.</summary>
public enum PredictionTask
{
    /// <summary>Two classes: PredictedLabel, Score (the logit) and Probability.</summary>
    BinaryClassification = 1,

    /// <summary>Several classes: PredictedLabel (a key) and Score (a probability for each class).</summary>
    MulticlassClassification = 2,

    /// <summary>A number, or a vector of numbers where the label is one: Score.</summary>
    Regression = 3,
}
