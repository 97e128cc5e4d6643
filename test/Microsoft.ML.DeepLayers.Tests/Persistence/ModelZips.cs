using System.IO.Compression;
using System.Reflection;
using System.Text;

namespace Microsoft.ML.DeepLayers.Tests.Persistence;

/// <summary>Model zips in memory, as saved and as changed by somebody.</summary>
internal static class ModelZips
{
    internal static byte[] Save(MLContext ml, ITransformer model, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        ml.Model.Save(model, schema, stream);
        return stream.ToArray();
    }

    /// <summary>Loads with a context that knows nothing.</summary>
    internal static ITransformer Load(byte[] zip) => new MLContext().Model.Load(new MemoryStream(zip), out _);

    internal static Dictionary<string, byte[]> Entries(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        return archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using Stream stream = entry.Open();
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.ToArray();
        });
    }

    internal static byte[] Write(IEnumerable<KeyValuePair<string, byte[]>> entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    /// <summary>The same zip with one entry changed; <see langword="null"/> removes it.</summary>
    internal static byte[] Change(byte[] zip, string entry, Func<byte[], byte[]?> change)
    {
        Dictionary<string, byte[]> entries = Entries(zip);
        if (change([.. entries[entry]]) is { } changed)
        {
            entries[entry] = changed;
        }
        else
        {
            entries.Remove(entry);
        }

        return Write(entries);
    }

    /// <summary>The zip of one transformer as it was when models named the assembly with the transformer as what loads it.</summary>
    internal static byte[] NameAssembly(byte[] zip, Assembly assembly) => Change(zip, "TransformerChain/Model.key", header =>
    {
        string name = typeof(Loader.NetworkLoader).Assembly.FullName!;
        int position = header.AsSpan().IndexOf(Encoding.Unicode.GetBytes(name));
        Assert.IsGreaterThan(0, position, "The model names the loader's assembly.");
        Encoding.Unicode.GetBytes(assembly.FullName!.PadRight(name.Length)).CopyTo(header, position);
        return header;
    });

    /// <summary>What went wrong, inside what ML.NET's reflection makes of it.</summary>
    internal static Exception LoadFailure(byte[] zip)
    {
        Exception failure = Assert.Throws<Exception>(() => Load(zip));
        while (failure is not FormatException && failure.InnerException is { } inner)
        {
            failure = inner;
        }

        return failure;
    }
}
