using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Constructors of normalizations, merges, noise and core layers refuse what cannot be meant, and say which argument it is.</summary>
[TestClass]
public sealed class NormalizationArgumentTests
{
    public static IEnumerable<(Func<object> Create, string Argument)> Refused =>
    [
        (() => new Axes([]), "axes"),
        (() => new Axes(1, 0), "axes"),
        (() => new Axes(null!), "axes"),
        (() => new LayerNormalization(0), "axes"),
        (() => new LayerNormalization(epsilon: 0), "epsilon"),
        (() => new LayerNormalization(epsilon: float.NaN), "epsilon"),
        (() => new GroupNormalization(0), "groups"),
        (() => new GroupNormalization(-2), "groups"),
        (() => new GroupNormalization(axis: 0), "axis"),
        (() => new GroupNormalization(epsilon: float.PositiveInfinity), "epsilon"),
        (() => new RMSNormalization(epsilon: -1), "epsilon"),
        (() => new SpectralNormalization(null!), "layer"),
        (() => new SpectralNormalization(new LSTM(2)), "layer"),
        (() => new SpectralNormalization(new Flatten()), "layer"),
        (() => new SpectralNormalization(new Add()), "layer"),
        (() => new SpectralNormalization(new Dense(2), 0), "powerIterations"),
        (() => new SpatialDropout1D(1), "rate"),
        (() => new SpatialDropout2D(-0.1f), "rate"),
        (() => new SpatialDropout3D(float.NaN), "rate"),
        (() => new DropPath(1), "rate"),
        (() => new LayerScale(float.NaN), "initValues"),
        (() => new GaussianNoise(-0.1f), "stddev"),
        (() => new GaussianNoise(1.1f), "stddev"),
        (() => new GaussianDropout(1), "rate"),
        (() => new AlphaDropout(1), "rate"),
        (() => new ActivityRegularization(l1: -1), "l1"),
        (() => new ActivityRegularization(l2: float.PositiveInfinity), "l2"),
        (() => new Masking(float.NaN), "maskValue"),
        (() => new Concatenate(0), "axis"),
        (() => new Dot(0), "axes"),
        (() => new Dot(new[] { 1, 2, 3 }), "axes"),
        (() => new EinsumDense(null!, [1]), "equation"),
        (() => new EinsumDense("ab,bc->ac", null!), "outputShape"),
        (() => new EinsumDense("ab,bc", [1]), "equation"),
        (() => new EinsumDense("ab,bc->ac,", [1]), "equation"),
        (() => new EinsumDense("...b,bc->c", [1]), "equation"),
        (() => new EinsumDense("...b...,bc->...c...", [1]), "equation"),
        (() => new EinsumDense("abb,bc->ac", [1]), "equation"),
        (() => new EinsumDense("ab,bc->ad", [1]), "equation"),
        (() => new EinsumDense("ab,bce->ac", [1]), "equation"),
        (() => new EinsumDense("ab,bc->ca", [1]), "equation"),
        (() => new EinsumDense("ab,abc->ac", [1]), "equation"),
        (() => new EinsumDense("ab,bc->ac", [1, 2]), "outputShape"),
        (() => new EinsumDense("ab,bc->ac", [0]), "outputShape"),
        (() => new EinsumDense("ab,bc->ac", [-1]), "outputShape"),
        (() => new EinsumDense("ab,bc->ac", [3], biasAxes: "a"), "biasAxes"),
        (() => new EinsumDense("ab,bc->ac", [3], biasAxes: "cc"), "biasAxes"),
        (() => new EinsumDense("ab,bc->ac", [3], biasAxes: ""), "biasAxes"),
    ];

    [TestMethod]
    public void Wrong_arguments_are_refused_by_name()
    {
        foreach ((Func<object> create, string argument) in Refused)
        {
            var error = Assert.Throws<ArgumentException>(() => create(), argument);
            Assert.AreEqual(argument, error.ParamName, error.Message);
        }
    }

    [TestMethod]
    public void Axes_convert_from_numbers_and_lists()
    {
        Axes axes = [1, -1];
        Assert.AreEqual(new Axes(1, -1), axes);
        Assert.AreEqual((Axes)(-1), default(Axes));
        Assert.AreNotEqual(new Axes(-1, 1), axes);
        Assert.AreEqual("[1, -1]", axes.ToString());
        Assert.AreEqual("-1", default(Axes).ToString());
        Assert.AreEqual(new LayerNormalization(), new LayerNormalization(-1));
        Assert.AreEqual(new LayerNormalization([1, 2]), new LayerNormalization(new[] { 1, 2 }));
    }
}
