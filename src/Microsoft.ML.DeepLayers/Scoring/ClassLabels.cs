using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>The classes of a classifier: how many, and what the label's key stood for.</summary>
/// <param name="Count">The number of classes.</param>
/// <param name="ValueType">The type of the label's KeyValues; <see langword="null"/> where it had none.</param>
/// <param name="Values">
/// The KeyValues, an array of <paramref name="Count"/> items of the raw type (text as ReadOnlyMemory&lt;char&gt;);
/// <see langword="null"/> where there were none.
/// </param>
internal sealed record ClassLabels(int Count, PrimitiveDataViewType? ValueType = null, Array? Values = null);
