using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers;

/// <summary>A schedule of somebody's own function. In a model file only its name is left.</summary>
internal sealed record FunctionSchedule : LearningRateSchedule
{
    private readonly Func<long, double>? rateAt;

    internal FunctionSchedule(string name, Func<long, double> rateAt)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(rateAt);
        (Name, this.rateAt) = (name, rateAt);
    }

    /// <summary>What is read from a model file.</summary>
    [JsonConstructor]
    internal FunctionSchedule(string name) => Name = name;

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <exception cref="InvalidOperationException">The function was not saved with the model.</exception>
    public override double RateAt(long step, TrainingLength length) => rateAt is null
        ? throw new InvalidOperationException($"The learning rate schedule '{Name}' is a function of the application, which model files cannot hold. Set it again: LearningRateSchedule.FromFunction(\"{Name}\", ...).")
        : rateAt(step);
}
