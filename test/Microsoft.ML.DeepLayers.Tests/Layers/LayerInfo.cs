using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>One layer with one choice of options: a row of the table that drives every generic test of layers.</summary>
/// <param name="Name">The name of the row; the class first.</param>
/// <param name="Create">Makes the layer; a new instance each time.</param>
/// <param name="Inputs">The shapes of valid inputs, for a layer with one input.</param>
public sealed record LayerInfo(string Name, Func<Layer> Create, params int[][] Inputs)
{
    /// <summary>For a layer with several inputs: sets of shapes that go together. It takes the place of the inputs.</summary>
    public int[][][] InputSets { get; init; } = [];

    /// <summary>Inputs that the layer must refuse, each with a part of the message.</summary>
    public IReadOnlyList<(int[] Input, string Message)> Errors { get; init; } = [];

    /// <summary>Sets of inputs that a layer with several must refuse, each with a part of the message.</summary>
    public IReadOnlyList<(int[][] Inputs, string Message)> ErrorSets { get; init; } = [];

    /// <summary>How far libtorch and ONNX Runtime may differ, relative to the largest output.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>The inputs are whole numbers below this, instead of real numbers; 0 for real numbers.</summary>
    public int Indices { get; init; }

    /// <summary>
    /// Whether the layer is also tried with masks on all inputs of at least two dimensions (of indices, one). A layer that
    /// <see cref="Layer.SupportsMasking"/> is tried in any case.
    /// </summary>
    public bool Masked { get; init; }

    /// <summary>Whether the inputs are such that a layer which allows a variable length cannot have one here.</summary>
    public bool FixedLength { get; init; }

    /// <summary>Whether a training step changes weights by itself, so that no step can be repeated for finite differences.</summary>
    public bool ChangesWeights { get; init; }

    /// <summary>Inputs to try, in sets.</summary>
    public IEnumerable<IReadOnlyList<Shape>> Cases => InputSets.Length > 0
        ? InputSets.Select(set => (IReadOnlyList<Shape>)[.. set.Select(shape => (Shape)shape)])
        : Inputs.Select(shape => (IReadOnlyList<Shape>)[shape]);

    /// <summary>Whether an input has steps, over which a mask or a variable length may run.</summary>
    public bool HasSteps(Shape input) => input.Rank >= (Indices > 0 ? 1 : 2);

    public override string ToString() => Name;
}
