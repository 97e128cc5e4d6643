using System.IO.Compression;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>The folder of a model zip that a transformer reads itself from.</summary>
internal sealed class ModelFolderReader
{
    private readonly ModelLoadContext context;

    internal ModelFolderReader(ModelLoadContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        this.context = context;
    }

    /// <summary>Where in the zip the folder is, e.g. <c>TransformerChain/Transform_002</c>.</summary>
    internal string Name => context.Directory ?? "";

    /// <summary>The transformer's own stream, <c>Model.key</c>, behind ML.NET's header.</summary>
    internal BinaryReader Header => context.Reader;

    /// <summary>Refuses what another component or a newer version wrote.</summary>
    /// <param name="version">The format that is read.</param>
    /// <exception cref="FormatException">It is not for this version.</exception>
    internal void CheckVersion(VersionInfo version) => context.CheckAtModel(version);

    /// <summary>Reads a component of another package; errors say what to do.</summary>
    /// <typeparam name="T">What is read.</typeparam>
    /// <param name="what">What messages call it, as the beginning of a sentence.</param>
    /// <param name="package">The package.</param>
    /// <param name="read">Reads it from this folder.</param>
    /// <exception cref="FormatException">The model is damaged, or of a newer version.</exception>
    internal T Read<T>(string what, Assembly package, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or FormatException or InvalidDataException or OverflowException or InvalidOperationException)
        {
            throw new FormatException(
                $"{what} in '{Name}' of the model cannot be read: {exception.Message.TrimEnd('.')}. Take an undamaged copy, or update the package {package.GetName().Name} ({package.GetName().Version}).",
                exception);
        }
    }

    /// <summary>
    /// The size of an entry, unpacked and in the zip, without unpacking it; <see langword="null"/> where it is missing
    /// or cannot be told.
    /// </summary>
    internal (long Length, long CompressedLength)? Measure(string entry)
    {
        try
        {
            return FindEntry(entry) is { } found ? (found.Length, found.CompressedLength) : null;
        }
        catch (MissingFieldException)
        {
            // A private field of ML.NET's: a later version may well do without, and models must still load.
            return null;
        }
    }

    /// <summary>Reads an entry, or nothing where there is none.</summary>
    /// <param name="entry">Its name.</param>
    /// <param name="length">How long it must be.</param>
    /// <exception cref="InvalidDataException">It has another length.</exception>
    internal byte[]? ReadEntry(string entry, int length)
    {
        byte[]? content = null;
        context.TryLoadBinaryStream(entry, reader =>
        {
            if (reader.BaseStream.Length != length)
            {
                throw new InvalidDataException($"it has {reader.BaseStream.Length} bytes instead of {length}");
            }

            content = reader.ReadBytes(length);
        });
        return content;
    }

    /// <summary>Reads a transformer from a folder within this one.</summary>
    internal ITransformer ReadTransformer(IHostEnvironment environment, string name)
    {
        context.LoadModel<ITransformer, SignatureLoadModel>(environment, out ITransformer transformer, name);
        return transformer;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ZipArchiveEntry? FindEntry(string entry)
    {
        string path = Path.Combine(Name, entry);
        Dictionary<string, ZipArchiveEntry> entries = context.Repository._entries;
        return entries.GetValueOrDefault(path) ?? entries.GetValueOrDefault(path.Replace('/', '\\'));
    }
}
