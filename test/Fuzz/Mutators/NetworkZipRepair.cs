using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Fuzz.Mutators;

/// <summary>Gives a changed network in a model zip its checksums again, without which every change is found out by them.</summary>
internal static class NetworkZipRepair
{
    private const string Header = "Model.key";

    /// <summary>The header of ML.NET, before the one of the network.</summary>
    private const int HeaderSize = 256;

    /// <summary>
    /// The entries of this library's parts of a model. Those of ML.NET's own parts are read by ML.NET, which neither bounds
    /// what it allocates nor always comes to an end.
    /// </summary>
    internal static int[] Places(List<(string Name, byte[] Content)> entries)
    {
        byte[] library = Encoding.Unicode.GetBytes("Microsoft.ML.DeepLayers");
        string[] folders = [.. entries
            .Where(entry => entry.Name.EndsWith(Header, StringComparison.Ordinal) && entry.Content.AsSpan().IndexOf(library) >= 0)
            .Select(entry => entry.Name[..^Header.Length])
            .Where(folder => folder != "TransformerChain/")];
        return [.. Enumerable.Range(0, entries.Count).Where(i => folders.Any(folder => entries[i].Name.StartsWith(folder, StringComparison.Ordinal)))];
    }

    internal static void Repair(List<(string Name, byte[] Content)> entries)
    {
        foreach (string folder in entries.Where(entry => entry.Name.EndsWith("/History.json", StringComparison.Ordinal)).Select(entry => entry.Name[..^"History.json".Length]).ToArray())
        {
            int index = entries.FindIndex(entry => entry.Name == folder + Header);
            if (index >= 0 && Repair(entries[index].Content, folder, entries) is { } header)
            {
                entries[index] = (folder + Header, header);
            }
        }
    }

    private static byte[]? Repair(byte[] header, string folder, List<(string Name, byte[] Content)> entries)
    {
        const int Start = HeaderSize + 4 + SHA256.HashSizeInBytes;
        int length = header.Length > Start ? BitConverter.ToInt32(header, HeaderSize) : -1;
        if (length < 0 || length > header.Length - Start)
        {
            return null;
        }

        try
        {
            var description = NetworkDescription.Read(header[Start..(Start + length)]);
            byte[] repaired = (description with
            {
                Parts = [.. description.Parts.Select(part =>
                    entries.Find(entry => entry.Name == folder + part.Entry) is { Content: { } content } ? NetworkPart.Of(part.Entry, content) : part)],
            }).Write();
            return repaired.Length == length
                ? [.. header.AsSpan(0, HeaderSize + 4), .. SHA256.HashData(repaired), .. repaired, .. header.AsSpan(Start + length)]
                : null;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException or OverflowException or FormatException)
        {
            // The description itself was changed: its own checksum alone.
            return [.. header.AsSpan(0, HeaderSize + 4), .. SHA256.HashData(header.AsSpan(Start, length)), .. header.AsSpan(Start)];
        }
    }
}
