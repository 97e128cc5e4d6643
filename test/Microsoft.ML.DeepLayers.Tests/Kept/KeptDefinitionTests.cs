using System.Text.Json.Nodes;
using KeptFiles;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Tests.Kept;

/// <summary>
/// JSON of earlier versions reads as what it was, and is written as it was. JSON leaves out what is a default: the kept
/// parameters show that no default has changed.
/// </summary>
[TestClass]
public sealed class KeptDefinitionTests
{
    public static IEnumerable<object[]> Networks => KeptFolders.Cases(KeptKind.Network);

    public static IEnumerable<object[]> Components => KeptFolders.Cases(KeptKind.Components);

    public static IEnumerable<object[]> Histories => KeptFolders.Cases(KeptKind.History);

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void A_kept_network_reads_and_is_written_as_it_was(string version, string name)
    {
        string json = File.ReadAllText(KeptFolders.File(version, $"{name}.json"));
        Network network = Network.FromJson(json);
        Assert.AreEqual(json.TrimEnd(), network.ToJson().ReplaceLineEndings("\n"));
        JsonNode summary = KeptJson.Read(KeptFolders.File(version, $"{name}.summary.json"));
        Assert.IsNull(KeptJson.Difference(summary, KeptNetwork.Of(network), allowNewMembers: true), $"{version}, {name}");
    }

    [TestMethod]
    [DynamicData(nameof(Components))]
    public void Kept_components_read_and_are_written_as_they_were(string version, string name)
    {
        JsonNode content = KeptJson.Read(KeptFolders.File(version, $"{name}.json"));
        Type kind = KeptComponents.Kinds.Single(kind => kind.Name == (string)content["kind"]!);
        JsonArray components = content["components"]!.AsArray();
        Assert.AreNotEqual(0, components.Count);
        foreach (JsonNode? kept in components)
        {
            object component = KeptComponents.Read(kept!["json"]!, kind);
            string what = $"{version}, {kept["json"]!.ToJsonString()}";
            Assert.IsNull(KeptJson.Difference(kept["parameters"], KeptComponents.Parameters(component), allowNewMembers: true), what);
            // Options write their defaults, too: a new one is a new member.
            Assert.IsNull(KeptJson.Difference(kept["json"], KeptComponents.Write(component, kind), allowNewMembers: kind == typeof(NeuralNetworkOptions)), what);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Histories))]
    public void A_kept_history_reads_and_is_written_as_it_was(string version, string name)
    {
        string json = File.ReadAllText(KeptFolders.File(version, $"{name}.json"));
        History history = HistoryJson.Read(json);
        Assert.IsNull(KeptJson.Difference(KeptJson.Read(KeptFolders.File(version, $"{name}.values.json")), KeptHistory.Of(history)), $"{version}, {name}");
        Assert.IsNull(KeptJson.Difference(JsonNode.Parse(json), JsonNode.Parse(HistoryJson.Write(history)), allowNewMembers: true), $"{version}, {name}");
    }
}
