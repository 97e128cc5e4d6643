using Microsoft.ML.DeepLayers.Fuzz.Mutators;

namespace Microsoft.ML.DeepLayers.Fuzz.Running;

/// <summary>Something that reads files, and what it may do with damaged ones.</summary>
/// <param name="Name">Its name on the command line, and that of its folder of the corpus.</param>
/// <param name="Mutate">Changes a file of its kind.</param>
/// <param name="Read">Reads a file by its path. It is made once for each process.</param>
internal sealed record Reader(string Name, Mutator Mutate, Func<Action<string>> Read)
{
    /// <summary>The documented exceptions. Default: <see cref="FormatException"/>.</summary>
    internal Func<Exception, bool> IsDocumented { get; init; } = exception => exception is FormatException;

    /// <summary>The part of the inputs that it gets, beside the others; those that read slowly get fewer.</summary>
    internal double Share { get; init; } = 1;

    /// <summary>The extension of its files, where the reader asks for one.</summary>
    internal string Extension { get; init; } = ".bin";

    /// <summary>Folders of the corpus beside its own.</summary>
    internal IReadOnlyList<string> AlsoCorpusOf { get; init; } = [];

    /// <summary>The longest time that one input may take, in seconds.</summary>
    internal double MostSeconds { get; init; } = 2;

    /// <summary>The managed memory that one input may take, beside <see cref="MemoryPerByte"/>.</summary>
    internal long MostMemory { get; init; } = 64L << 20;

    /// <summary>The managed memory that each byte of an input may take.</summary>
    internal long MemoryPerByte { get; init; } = 128;
}
