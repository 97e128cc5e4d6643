using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>One layer with one choice of options: a row of the table that drives every generic test of layers.</summary>
/// <param name="Name">The name of the row; the class first.</param>
/// <param name="Create">Makes the layer; a new instance each time.</param>
/// <param name="Inputs">The shapes of valid inputs.</param>
public sealed record LayerInfo(string Name, Func<Layer> Create, params int[][] Inputs)
{
    /// <summary>Inputs that the layer must refuse, each with a part of the message.</summary>
    public IReadOnlyList<(int[] Input, string Message)> Errors { get; init; } = [];

    /// <summary>How far libtorch and ONNX Runtime may differ, relative to the largest output.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>The inputs are whole numbers below this, instead of real numbers; 0 for real numbers.</summary>
    public int Indices { get; init; }

    public override string ToString() => Name;
}
