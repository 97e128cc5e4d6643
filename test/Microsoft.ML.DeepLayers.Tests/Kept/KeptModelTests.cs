using KeptFiles;
using Microsoft.ML.DeepLayers.Tests.Persistence;
using ModuleHost;

namespace Microsoft.ML.DeepLayers.Tests.Kept;

/// <summary>Model zips of earlier versions load, and score as they did.</summary>
[TestClass]
[DoNotParallelize]
public sealed class KeptModelTests
{
    public static IEnumerable<object[]> Zips => KeptFolders.Cases(KeptKind.Zip);

    [ClassInitialize]
    public static void Register(TestContext context)
    {
        Network.RegisterModule(TestModules.Tower, TestModules.MakeTower);
        Network.RegisterModule(TestModules.Sequence, TestModules.MakeSequence);
    }

    [TestMethod]
    [DynamicData(nameof(Zips))]
    public void A_kept_zip_scores_as_it_did(string version, string name)
    {
        KeptCase kept = KeptFolders.Case(version, name);
        byte[] zip = File.ReadAllBytes(KeptFolders.File(version, $"{name}.zip"));
        ITransformer model = ModelZips.Load(zip);
        IDataView input = KeptInput.Load(Path.Combine(KeptFolders.Root, version), name);
        System.Text.Json.Nodes.JsonNode expected = KeptJson.Read(KeptFolders.File(version, $"{name}.scores.json"));
        Assert.AreNotEqual(0, expected["rows"]!.AsArray().Count);
        Assert.IsNull(KeptJson.Difference(expected, KeptTable.Of(model, input), kept.Tolerance), $"{version}, {kept}");

        ITransformer again = ModelZips.Load(ModelZips.Save(new MLContext(), model, input.Schema));
        Assert.IsNull(KeptJson.Difference(expected, KeptTable.Of(again, input), kept.Tolerance), $"{version}, {kept}, saved again");
    }

    [TestMethod]
    [DynamicData(nameof(Zips))]
    public void Definition_options_history_and_weights_of_a_kept_zip_can_be_read(string version, string name)
    {
        ITransformer model = ModelZips.Load(File.ReadAllBytes(KeptFolders.File(version, $"{name}.zip")));
        foreach (NeuralNetworkTransformer network in Networks(model))
        {
            Assert.AreEqual(network.Network, Network.FromJson(network.Network.ToJson()));
            Assert.AreEqual(network.Network.ToJson().ReplaceLineEndings("\n"), network.Model.Trained.DefinitionJson.ReplaceLineEndings("\n"));
            Assert.AreNotEqual(0, network.Model.GetOptions().Epochs);
            Assert.AreNotEqual(0, network.History.Epochs.Count);
            Assert.AreNotEqual(0, network.Model.GetWeights().Count);
        }
    }

    /// <summary>The zips of before the loader's assembly name those of the transformers: this is what they are kept for.</summary>
    [TestMethod]
    [DataRow("regression", "Microsoft.ML.DeepLayers,"), DataRow("pixels-padded", "Microsoft.ML.DeepLayers.Vision,"), DataRow("overlay-gradcam", "Microsoft.ML.DeepLayers.Vision,")]
    public void Zips_of_before_the_loader_name_the_assembly_of_the_transformer(string name, string assembly)
    {
        byte[] Header(string version) => ModelZips.Entries(File.ReadAllBytes(KeptFolders.File(version, $"{name}.zip")))["TransformerChain/Model.key"];
        Assert.IsGreaterThan(0, Header("0.1.0-before-loader").AsSpan().IndexOf(System.Text.Encoding.Unicode.GetBytes(assembly)));
        Assert.IsGreaterThan(0, Header("0.1.0").AsSpan().IndexOf(System.Text.Encoding.Unicode.GetBytes("Microsoft.ML.DeepLayers.Loader,")));
    }

    internal static IEnumerable<NeuralNetworkTransformer> Networks(ITransformer model) => model switch
    {
        NeuralNetworkTransformer network => [network],
        IEnumerable<ITransformer> chain => chain.SelectMany(Networks),
        _ => [],
    };
}
