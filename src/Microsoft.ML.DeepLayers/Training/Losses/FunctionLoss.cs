using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>A loss of somebody's own function. In a model file only its name is left.</summary>
internal sealed record FunctionLoss : Loss
{
    private readonly Func<Tensor, Tensor, Tensor>? perExample;

    internal FunctionLoss(string name, Func<Tensor, Tensor, Tensor> perExample, bool takesLogits)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(perExample);
        (Name, this.perExample, TakesLogits) = (name, perExample, takesLogits);
    }

    /// <summary>What is read from a model file.</summary>
    [JsonConstructor]
    internal FunctionLoss(string name, bool takesLogits = false) => (Name, TakesLogits) = (name, takesLogits);

    public override string Name { get; }

    public override bool TakesLogits { get; }

    /// <exception cref="InvalidOperationException">The function was not saved with the model.</exception>
    public override Tensor PerExample(Tensor output, Tensor labels) => perExample is null
        ? throw new InvalidOperationException($"The loss '{Name}' is a function of the application, which model files cannot hold. Set it again: options.Loss = Loss.FromFunction(\"{Name}\", ...).")
        : perExample(output, labels);
}
