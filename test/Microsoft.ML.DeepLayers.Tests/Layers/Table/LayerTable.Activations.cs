using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> ActivationFunctions()
    {
        // Sizes for which no sum of differences of the inputs is 1, where the support of a sparsemax changes.
        yield return new("ActivationLayer, sparsemax", () => new ActivationLayer(Activation.Sparsemax), [3, 5], [5]);
        yield return new("ActivationLayer, softmax of axis 2", () => new ActivationLayer(new SoftmaxActivation(2)), [2, 3, 2])
        {
            Errors = [([4], "axis 2"), ([], "axis 2")],
        };
        yield return new("ActivationLayer, log softmax of axis 1", () => new ActivationLayer(new LogSoftmaxActivation(1)), [2, 3, 2], [4]);
        yield return new("ActivationLayer, glu, flat", () => new ActivationLayer(Activation.GLU), [4], [2, 3, 2])
        {
            Errors = [([5], "an even number of positions along axis -1"), ([], "axis -1")],
        };
        yield return new("ActivationLayer, softmax, flat", () => new ActivationLayer(Activation.Softmax), [3]) { Errors = [([], "axis -1")] };
        yield return new("Dense, glu", () => new Dense(4, Activation.GLU), [3], [2, 3]) { Errors = [([], "[..., features]")] };
        yield return new("Conv2D, glu", () => new Conv2D(4, 2, activation: Activation.GLU), [3, 3, 2]);
        yield return new("ActivationLayer, sparsemax of axis 2", () => new ActivationLayer(new SparsemaxActivation(2)), [3, 5, 1])
        {
            Errors = [([2], "axis 2")],
        };
        yield return new("ActivationLayer, glu of axis 2", () => new ActivationLayer(new GLUActivation(2)), [3, 4, 2]);
    }

    private static IEnumerable<LayerInfo> ActivationLayers()
    {
        yield return new("ReLU", () => new ReLU(), [3, 4], []);
        yield return new("ReLU, all", () => new ReLU(1.2f, 0.3f, 0.7f), [3, 4]);
        yield return new("LeakyReLU", () => new LeakyReLU(), [3, 4]);
        yield return new("LeakyReLU, slope", () => new LeakyReLU(0.1f), [4]);
        yield return new("ELU", () => new ELU(), [3, 4]);
        yield return new("ELU, alpha", () => new ELU(0.4f), [4]);

        yield return new("Softmax", () => new Softmax(), [3, 4], [4], [2, 2, 3]) { Errors = [([], "axis -1")] };
        yield return new("Softmax, steps", () => new Softmax([1]), [3, 4], [2, 2, 2]);
        yield return new("Softmax, several axes", () => new Softmax([-1, 1]), [3, 4], [2, 3, 2]) { Errors = [([], "axis -1")] };
        yield return new("Softmax, several axes without the steps", () => new Softmax([2, 3]), [2, 3, 2]) { Errors = [([2, 3], "axis 3")] };

        yield return new("PReLU", () => new PReLU(), [3, 4], [4], []) { Errors = [([Shape.Variable, 4], "sharedAxes: [1]")] };
        yield return new("PReLU, shared by steps", () => new PReLU(sharedAxes: [1]), [3, 4]) { Errors = [([], "shared axes 1")] };
        yield return new("PReLU, shared by positions", () => new PReLU(new Constant(0.25f), sharedAxes: [1, 2]), [2, 3, 2]) { Errors = [([4], "shared axes 1, 2")] };
        yield return new(
            "Dense, regularized and constrained",
            () => new Dense(2, kernelRegularizer: new L2(), biasRegularizer: new L1(), kernelConstraint: new MaxNorm(), biasConstraint: new NonNeg()), [3]);
    }
}
