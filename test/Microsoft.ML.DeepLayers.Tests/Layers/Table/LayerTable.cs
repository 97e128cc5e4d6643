using System.Reflection;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// The table of layers. Every public layer needs a row, and every option that changes what is computed. Rows are small,
/// because gradients are checked number by number. Each group of layers is a method in a file of its own.
/// </summary>
public static partial class LayerTable
{
    private static readonly Dictionary<string, LayerInfo> Rows = typeof(LayerTable)
        .GetMethods(BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Where(method => method.ReturnType == typeof(IEnumerable<LayerInfo>) && method.GetParameters().Length == 0)
        .SelectMany(group => (IEnumerable<LayerInfo>)group.Invoke(null, null)!)
        .ToDictionary(row => row.Name);

    public static IEnumerable<LayerInfo> All => Rows.Values;

    /// <summary>The names of all rows, as test data: tests are then listed and filtered by name.</summary>
    public static IEnumerable<string> Names => Rows.Keys;

    public static LayerInfo Row(string name) => Rows[name];

    internal static IEnumerable<(string Name, Activation Activation)> Activations =>
    [
        ("linear", Activation.Linear), ("relu", Activation.ReLU), ("leaky relu", Activation.LeakyReLU(0.2f)), ("elu", Activation.ELU(1.3f)),
        ("selu", Activation.SELU), ("gelu", Activation.GELU), ("silu", Activation.SiLU), ("mish", Activation.Mish), ("sigmoid", Activation.Sigmoid),
        ("softmax", Activation.Softmax), ("softplus", Activation.Softplus), ("softsign", Activation.Softsign), ("tanh", Activation.Tanh),
        ("relu6", Activation.ReLU6), ("relu, max", new ReLUActivation(maxValue: 1)), ("relu, slope", new ReLUActivation(negativeSlope: 0.3f)),
        ("relu, threshold", new ReLUActivation(threshold: 0.7f)), ("relu, slope and max", new ReLUActivation(0.3f, 1.2f)),
        ("relu, threshold and max", new ReLUActivation(maxValue: 1.2f, threshold: 0.7f)), ("relu, all", new ReLUActivation(0.3f, 1.2f, 0.7f)),
        ("gelu, approximate", new GELUActivation(approximate: true)), ("celu", Activation.CELU(0.8f)), ("glu", Activation.GLU),
        ("hard sigmoid", Activation.HardSigmoid), ("hard silu", Activation.HardSiLU), ("hard tanh", Activation.HardTanh),
        ("hard shrink", Activation.HardShrink(0.7f)), ("soft shrink", Activation.SoftShrink(0.7f)), ("tanh shrink", Activation.TanhShrink),
        ("threshold", Activation.Threshold(0.3f, -0.5f)), ("log sigmoid", Activation.LogSigmoid), ("exponential", Activation.Exponential),
        ("log softmax", Activation.LogSoftmax), ("softmax, axis", new SoftmaxActivation(1)), ("squareplus", Activation.Squareplus(3)),
        ("sparse plus", Activation.SparsePlus), ("sparse sigmoid", Activation.SparseSigmoid),
    ];
}
