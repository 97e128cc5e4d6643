using System.Collections.ObjectModel;
using System.Globalization;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How much the examples of each class count in the loss of training: Keras's <c>class_weight</c>. Weights multiply those of
/// <see cref="NeuralNetworkOptions.ExampleWeightColumnName"/>. The loss of validation and all metrics stay as they are. An
/// immutable value.
/// </summary>
/// <example><code>
/// ClassWeights = ClassWeights.Balanced
/// ClassWeights = new ClassWeights(new Dictionary&lt;string, float&gt; { ["fraud"] = 20, ["honest"] = 1 })
/// </code></example>
public sealed class ClassWeights : IEquatable<ClassWeights>
{
    private ClassWeights() => Weights = ReadOnlyDictionary<string, float>.Empty;

    /// <summary>Gives weights to classes by name.</summary>
    /// <param name="weights">
    /// The weight of each class, at least 0 and not all 0. A class is named by its value before it became a key, as text in
    /// the invariant culture; by the key's number, from 1, where the column does not know its values; and <c>true</c> or
    /// <c>false</c> where the label is a boolean or a number. A class that is not named weighs 1, as in Keras.
    /// </param>
    /// <exception cref="ArgumentException">There are none, or one is negative or not finite, or all are 0.</exception>
    public ClassWeights(IReadOnlyDictionary<string, float> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        foreach ((string name, float weight) in weights)
        {
            if (weight is not (>= 0 and < float.PositiveInfinity))
            {
                throw new ArgumentOutOfRangeException(nameof(weights), weight, $"The weight of the class '{name}' must be at least 0, and finite.");
            }
        }

        if (weights.Values.All(weight => weight == 0))
        {
            throw new ArgumentException("Give the weight of one class at least, and not 0 for all.", nameof(weights));
        }

        Weights = new ReadOnlyDictionary<string, float>(new SortedDictionary<string, float>(weights.ToDictionary(), StringComparer.Ordinal));
    }

    /// <summary>
    /// All classes count alike: each weighs (examples) / (classes * examples of the class), counted over the training
    /// examples, without those held out for validation. scikit-learn's <c>balanced</c>. The mean weight of the examples is 1.
    /// </summary>
    public static ClassWeights Balanced { get; } = new();

    /// <summary>The weight of each class that was named; empty for <see cref="Balanced"/>.</summary>
    public IReadOnlyDictionary<string, float> Weights { get; }

    /// <summary>Whether the weights come from the numbers of examples.</summary>
    public bool IsBalanced => Weights.Count == 0;

    /// <summary>Compares by value.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(ClassWeights? other) => other is not null && Weights.SequenceEqual(other.Weights);

    /// <summary>Compares by value.</summary>
    /// <param name="obj">The other.</param>
    public override bool Equals(object? obj) => Equals(obj as ClassWeights);

    /// <summary>Follows from the weights.</summary>
    public override int GetHashCode() => Weights.Aggregate(0, (hash, weight) => HashCode.Combine(hash, weight.Key, weight.Value));

    /// <summary>E.g. <c>Balanced</c>, or <c>fraud: 20, honest: 1</c>.</summary>
    public override string ToString() => IsBalanced
        ? nameof(Balanced)
        : string.Join(", ", Weights.Select(weight => string.Create(CultureInfo.InvariantCulture, $"{weight.Key}: {weight.Value}")));
}
