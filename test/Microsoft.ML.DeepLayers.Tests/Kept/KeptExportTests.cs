using System.Text.Json.Nodes;
using KeptFiles;

namespace Microsoft.ML.DeepLayers.Tests.Kept;

/// <summary>Exported ONNX files run as they did, and files of weights read as they did.</summary>
[TestClass]
public sealed class KeptExportTests
{
    public static IEnumerable<object[]> Exports => KeptFolders.Cases(KeptKind.Onnx);

    public static IEnumerable<object[]> Weights => KeptFolders.Cases(KeptKind.Weights);

    [TestMethod]
    [DynamicData(nameof(Exports))]
    public void A_kept_onnx_file_runs_as_it_did(string version, string name)
    {
        KeptCase kept = KeptFolders.Case(version, name);
        JsonNode run = KeptJson.Read(KeptFolders.File(version, $"{name}.run.json"));
        JsonObject outputs = KeptOnnx.Run(KeptFolders.File(version, $"{name}.onnx"), run["inputs"]!.AsObject());
        Assert.AreNotEqual(0, outputs.Count);
        Assert.IsNull(KeptJson.Difference(run["outputs"], outputs, kept.Tolerance), $"{version}, {kept}");
    }

    [TestMethod]
    [DynamicData(nameof(Weights))]
    public void Kept_weights_read_to_the_bit(string version, string name)
    {
        KeptCase kept = KeptFolders.Case(version, name);
        NetworkWeights weights = NetworkWeights.Load(KeptFolders.File(version, kept.Files.Keys.Single(file => !file.EndsWith(".json", StringComparison.Ordinal))));
        Assert.AreNotEqual(0, weights.Count);
        Assert.IsNull(KeptJson.Difference(KeptJson.Read(KeptFolders.File(version, $"{name}.json")), KeptWeights.Of(weights)), $"{version}, {kept}");
    }
}
