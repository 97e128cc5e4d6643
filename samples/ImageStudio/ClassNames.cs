using Microsoft.ML;
using Microsoft.ML.Data;

namespace ImageStudio;

/// <summary>What the probabilities of a model are of.</summary>
internal static class ClassNames
{
    /// <summary>The names of the classes behind a column of probabilities; none where it is no such column.</summary>
    public static string[] Of(DataViewSchema.Column score)
    {
        if (!score.HasSlotNames())
        {
            return [];
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }
}
