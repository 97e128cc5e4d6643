using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>A metric of somebody's own function. In a model file only its name is left.</summary>
internal sealed record FunctionMetric : MeanMetric
{
    private readonly Func<Tensor, Tensor, Tensor>? perExample;

    internal FunctionMetric(string name, Func<Tensor, Tensor, Tensor> perExample, bool higherIsBetter)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(perExample);
        (Name, this.perExample, HigherIsBetter) = (name, perExample, higherIsBetter);
    }

    /// <summary>What is read from a model file.</summary>
    [JsonConstructor]
    internal FunctionMetric(string name, bool higherIsBetter = true) => (Name, HigherIsBetter) = (name, higherIsBetter);

    public override string Name { get; }

    public override bool HigherIsBetter { get; }

    /// <exception cref="InvalidOperationException">The function was not saved with the model.</exception>
    public override Tensor PerExample(Tensor output, Tensor labels) => perExample is null
        ? throw new InvalidOperationException($"The metric '{Name}' is a function of the application, which model files cannot hold. Set it again: Metric.FromFunction(\"{Name}\", ...).")
        : perExample(output, labels);
}
