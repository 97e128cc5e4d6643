namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>What a trained network predicts, which decides its output columns.</summary>
internal enum PredictionTask
{
    /// <summary>Two classes: PredictedLabel, Score (the logit) and Probability.</summary>
    BinaryClassification = 1,

    /// <summary>Several classes: PredictedLabel (a key) and Score (a probability for each class).</summary>
    MulticlassClassification = 2,

    /// <summary>A number: Score.</summary>
    Regression = 3,
}
