using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.DeepLayers;

namespace KeptFiles.Writing;

/// <summary>Writes cases into the folder of a version, and the list of them at the end.</summary>
/// <param name="folder">The folder.</param>
internal sealed class KeptWriter(string folder)
{
    private readonly List<KeptCase> cases = [];

    /// <summary>The folder in this program's source that has a folder for each version.</summary>
    internal static string Root { get; } = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(SourceFile())!)!, "Versions");

    internal int Cases => cases.Count;

    /// <summary>The place of a file.</summary>
    internal string this[string file] => Path.Combine(folder, file);

    /// <summary>Writes a model, its input and its scores.</summary>
    /// <param name="name">The name of the case.</param>
    /// <param name="model">The model.</param>
    /// <param name="input">Some rows; those that a model in use would get.</param>
    /// <param name="tolerance">The largest relative difference of scores.</param>
    /// <param name="files">The names of further files that the rows name.</param>
    internal void Model(string name, ITransformer model, IDataView input, double tolerance = KeptJson.ScoreTolerance, params string[] files)
    {
        var ml = new MLContext(seed: 1);
        ml.Model.Save(model, input.Schema, this[$"{name}.zip"]);
        using (FileStream stream = File.Create(this[$"{name}.idv"]))
        {
            ml.Data.SaveAsBinary(input, stream);
        }

        KeptJson.Write(this[$"{name}.scores.json"], KeptTable.Of(model, KeptInput.Load(folder, name)));
        Add(name, KeptKind.Zip, tolerance, [$"{name}.zip", $"{name}.idv", $"{name}.scores.json", .. files]);
    }

    /// <summary>Writes a JSON file of a case.</summary>
    internal void Json(string file, JsonNode content, bool indented = false) => KeptJson.Write(this[file], content, indented);

    /// <summary>Adds a case whose files have been written.</summary>
    internal void Add(string name, string kind, double tolerance, params string[] files) =>
        cases.Add(new KeptCase(name, kind, tolerance, files.ToDictionary(file => file, file => KeptManifest.Hash(this[file]))));

    internal void Finish()
    {
        string version = typeof(NeuralNetworkTransformer).Assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()!.Version;
        new KeptManifest(version, cases).Write(folder);
        string[] listed = [.. cases.SelectMany(kept => kept.Files.Keys).Distinct(), KeptManifest.FileName];
        string[] unlisted = [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Except(listed)];
        if (unlisted.Length > 0)
        {
            throw new InvalidOperationException($"No case has these files: {string.Join(", ", unlisted)}.");
        }
    }

    private static string SourceFile([CallerFilePath] string path = "") => path;
}
