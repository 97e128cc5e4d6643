using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Constructors of activations, regularizers and constraints refuse what cannot be meant, and say which argument it is.</summary>
[TestClass]
public sealed class ActivationArgumentTests
{
    public static IEnumerable<(Func<object> Create, string Argument)> Refused =>
    [
        (() => new ReLUActivation(-0.1f), "negativeSlope"),
        (() => new ReLUActivation(maxValue: -0.1f), "maxValue"),
        (() => new ReLUActivation(threshold: -0.1f), "threshold"),
        (() => new ReLU(negativeSlope: -1), "negativeSlope"),
        (() => new ReLU(-1), "maxValue"),
        (() => new ReLU(threshold: -1), "threshold"),
        (() => Activation.CELU(0), "alpha"),
        (() => Activation.HardShrink(-1), "threshold"),
        (() => Activation.SoftShrink(-1), "threshold"),
        (() => Activation.Squareplus(0), "b"),
        (() => new SoftmaxActivation(0), "axis"),
        (() => new LogSoftmaxActivation(0), "axis"),
        (() => new SparsemaxActivation(0), "axis"),
        (() => new GLUActivation(0), "axis"),
        (() => new Softmax([1, 0]), "axis"),
        (() => new PReLU(sharedAxes: [1, 0]), "sharedAxes"),
        (() => new PReLU(sharedAxes: [-1]), "sharedAxes"),
        (() => new L1(-1), "factor"),
        (() => new L2(float.NaN), "factor"),
        (() => new L1L2(-1), "l1"),
        (() => new L1L2(0, float.PositiveInfinity), "l2"),
        (() => new OrthogonalRegularizer(-1), "factor"),
        (() => new OrthogonalRegularizer(1, (OrthogonalMode)5), "mode"),
        (() => new MaxNorm(-1), "maxValue"),
        (() => new MaxNorm(1, [0, 0]), "axis"),
        (() => new UnitNorm([1, 1]), "axis"),
        (() => new MinMaxNorm(-1), "minValue"),
        (() => new MinMaxNorm(2, 1), "maxValue"),
        (() => new MinMaxNorm(rate: 1.1f), "rate"),
        (() => new MinMaxNorm(rate: float.NaN), "rate"),
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
}
