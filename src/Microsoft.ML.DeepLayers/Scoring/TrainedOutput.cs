using System.Text.Json;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>An output of a trained network.</summary>
/// <param name="Name">Its name, which its columns bear; <see langword="null"/> for ML.NET's usual columns.</param>
/// <param name="Task">What it predicts.</param>
/// <param name="LabelColumnName">The label's column at training.</param>
/// <param name="Classes">The classes of a classifier; for a binary one only where the label was a key. Else <see langword="null"/>.</param>
/// <param name="VectorSize">The number of values where a vector of numbers is predicted, else 0.</param>
/// <param name="ActivationJson">The activation behind the network where the loss decides it (regression), as JSON; else <see langword="null"/>.</param>
internal sealed record TrainedOutput(
    string? Name, PredictionTask Task, string LabelColumnName, ClassLabels? Classes = null, int VectorSize = 0, string? ActivationJson = null)
{
    /// <summary>The activation that scoring applies to what the network gives.</summary>
    internal Activation Activation => Task switch
    {
        PredictionTask.BinaryClassification => Activation.Sigmoid,
        PredictionTask.MulticlassClassification => Activation.Softmax,
        _ => ActivationJson is null ? Activation.Linear : Read(ActivationJson),
    };

    /// <exception cref="FormatException">The text is no activation.</exception>
    private static Activation Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Activation>(json, ComponentJson.Options) ?? throw new JsonException("it is null.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"The model is damaged: the activation of an output cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The name of the column, and of the ONNX graph's output, that holds the score.</summary>
    internal string ScoreName => Name ?? ScoreColumns.Score;

    /// <summary>The name of the column, and of the ONNX graph's output, of a binary classifier's probability.</summary>
    internal string ProbabilityName => Name is null ? ScoreColumns.Probability : $"{Name}.{ScoreColumns.Probability}";

    /// <summary>The name of the column of a classifier's decision.</summary>
    internal string PredictedLabelName => Name is null ? ScoreColumns.PredictedLabel : $"{Name}.{ScoreColumns.PredictedLabel}";
}
