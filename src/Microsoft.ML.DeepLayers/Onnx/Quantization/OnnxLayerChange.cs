using System.Globalization;

namespace Microsoft.ML.DeepLayers;

/// <summary>What became of the operators of one kind in a layer.</summary>
/// <param name="Layer">The layer's name; <c>(output)</c> for what stands behind the last layer.</param>
/// <param name="Operator">The ONNX operator in the float32 network.</param>
/// <param name="Count">How many of them the layer has.</param>
/// <param name="IsChanged">Whether they compute in the precision of the export.</param>
/// <param name="Note">What they became, or why they stayed.</param>
public sealed record OnnxLayerChange(string Layer, string Operator, int Count, bool IsChanged, string Note)
{
    /// <summary>One line.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Layer}: {(Count > 1 ? $"{Count} " : "")}{Operator} {(IsChanged ? "→" : "stays float32:")} {Note}");
}
