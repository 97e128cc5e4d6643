using System.Text.Json.Serialization;

namespace ImageStudio.Serving;

/// <summary>What <c>GET /api/model</c> answers.</summary>
/// <param name="Name">The name of the zip.</param>
/// <param name="Classes">The classes, in the model's order.</param>
/// <param name="Height">The height in which the network sees images.</param>
/// <param name="Width">The width in which the network sees images.</param>
/// <param name="MaxBytes">The most bytes of a file.</param>
/// <param name="NoOverlayReason">Why there are no overlays; left out where there are.</param>
internal sealed record ModelDescription(string Name, IReadOnlyList<string> Classes, int Height, int Width, long MaxBytes, string? NoOverlayReason);

/// <summary>What <c>POST /api/predict</c> answers.</summary>
internal sealed record Prediction
{
    /// <summary>The size of the overlay: that of the image, or smaller in proportion.</summary>
    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>All classes, the likeliest first.</summary>
    public required IReadOnlyList<ClassProbability> Classes { get; init; }

    public required Overlay? Overlay { get; init; }

    /// <summary>Why there is no overlay.</summary>
    public required string? NoOverlayReason { get; init; }
}

internal sealed record ClassProbability(string Name, float Probability);

/// <summary>The image with a heat map over it.</summary>
/// <param name="ClassName">The class that is explained.</param>
/// <param name="IsAnywhere">Whether anything in the image speaks for the class.</param>
/// <param name="Png">The PNG as a <c>data:</c> URL.</param>
internal sealed record Overlay(string ClassName, bool IsAnywhere, string Png);

/// <summary>How answers are written.</summary>
[JsonSerializable(typeof(ModelDescription))]
[JsonSerializable(typeof(Prediction))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class AnswerJson : JsonSerializerContext;
