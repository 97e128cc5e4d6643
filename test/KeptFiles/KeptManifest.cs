using System.Security.Cryptography;
using System.Text.Json;

namespace KeptFiles;

/// <summary>A kept file with the files that belong to it.</summary>
/// <param name="Name">The name of the case, with which its files' names begin.</param>
/// <param name="Kind">One of <see cref="KeptKind"/>: it says how the case is checked.</param>
/// <param name="Tolerance">The largest relative difference of a number.</param>
/// <param name="Files">The SHA-256 of each file, in hexadecimal digits, by the file's name.</param>
internal sealed record KeptCase(string Name, string Kind, double Tolerance, IReadOnlyDictionary<string, string> Files)
{
    /// <summary>The names in test results.</summary>
    public override string ToString() => $"{Kind} {Name}";
}

/// <summary>The kinds of kept files.</summary>
internal static class KeptKind
{
    internal const string Zip = "zip";
    internal const string Onnx = "onnx";
    internal const string Checkpoint = "checkpoint";
    internal const string Weights = "weights";
    internal const string Network = "network";
    internal const string Components = "components";
    internal const string History = "history";

    internal static readonly string[] All = [Zip, Onnx, Checkpoint, Weights, Network, Components, History];
}

/// <summary>The list of all files that one version wrote, as <c>manifest.json</c> beside them.</summary>
/// <param name="Library">The version of the library that wrote them.</param>
/// <param name="Cases">The files.</param>
internal sealed record KeptManifest(string Library, IReadOnlyList<KeptCase> Cases)
{
    internal const string FileName = "manifest.json";

    internal static KeptManifest Read(string folder) =>
        JsonSerializer.Deserialize<KeptManifest>(File.ReadAllText(Path.Combine(folder, FileName)), KeptJson.Indented)!;

    internal void Write(string folder) => KeptJson.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToNode(this, KeptJson.Indented)!, indented: true);

    internal static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
