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

    private static IEnumerable<(string Name, Activation Activation)> Activations =>
    [
        ("linear", Activation.Linear), ("relu", Activation.ReLU), ("leaky relu", Activation.LeakyReLU(0.2f)), ("elu", Activation.ELU(1.3f)),
        ("selu", Activation.SELU), ("gelu", Activation.GELU), ("silu", Activation.SiLU), ("mish", Activation.Mish), ("sigmoid", Activation.Sigmoid),
        ("softmax", Activation.Softmax), ("softplus", Activation.Softplus), ("softsign", Activation.Softsign), ("tanh", Activation.Tanh),
    ];
}
