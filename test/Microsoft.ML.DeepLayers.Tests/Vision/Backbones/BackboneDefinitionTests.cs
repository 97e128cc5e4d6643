using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>Backbones are the networks that were published, by the numbers of their parameters and the shapes of their stages.</summary>
[TestClass]
public sealed class BackboneDefinitionTests
{
    public static IEnumerable<object[]> Names => BackboneTable.Names;

    [TestMethod]
    public void Every_backbone_has_a_row()
    {
        Type[] missing = [.. typeof(Backbone).Assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(Backbone)) && !type.IsAbstract)
            .Except(BackboneTable.All.Select(row => row.Backbone.GetType()))];
        Assert.IsEmpty(missing, $"No row in BackboneTable: {string.Join(", ", missing.Select(type => type.Name))}.");
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Has_as_many_parameters_as_published(string name)
    {
        BackboneRow row = BackboneTable.Row(name);
        Assert.AreEqual(row.Parameters, Parameters(row.Backbone));
        Assert.AreEqual(row.Below, Parameters(row.Backbone with { IncludeTop = false }));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Stages_have_the_published_shapes_and_share_out_all_layers(string name)
    {
        BackboneRow row = BackboneTable.Row(name);
        IReadOnlyList<BackboneStage> stages = row.Backbone.GetStages();
        Assert.AreEqual(row.Stages, string.Join(", ", stages));
        Assert.AreEqual("stem", stages[0].Name);
        CollectionAssert.AreEqual(stages.Select(stage => stage == stages[^1]).ToArray(), stages.Select(stage => stage.IsHead).ToArray());

        string[] layers = [.. row.Backbone.ToNetwork().Graph.Nodes.Where(node => node.Layer is not Input).Select(node => node.Name)];
        CollectionAssert.AreEquivalent(layers, stages.SelectMany(stage => stage.Layers).ToArray());
        Assert.AreEqual(layers[^1], stages[^1].OutputLayer);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Without_its_top_it_has_the_same_layers_below(string name)
    {
        Backbone whole = BackboneTable.Row(name).Backbone;
        IReadOnlyList<BackboneStage> body = (whole with { IncludeTop = false }).GetStages();
        IReadOnlyList<BackboneStage> withTop = whole.GetStages();
        Assert.IsTrue(body.All(stage => !stage.IsHead));
        CollectionAssert.AreEqual(
            withTop.Where(stage => !stage.IsHead).SelectMany(stage => stage.Layers).ToArray(),
            body.SelectMany(stage => stage.Layers).Take(withTop.Where(stage => !stage.IsHead).Sum(stage => stage.Layers.Count)).ToArray());

        foreach (FeaturePooling pooling in new[] { FeaturePooling.Average, FeaturePooling.Max })
        {
            Backbone pooled = whole with { IncludeTop = false, Pooling = pooling };
            Assert.AreEqual(new Shape(body[^1].OutputShape[-1]), pooled.GetStages()[^1].OutputShape);
            Assert.IsTrue(pooled.GetStages()[^1].IsHead);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Reads_back_equal_from_json(string name)
    {
        Network network = BackboneTable.Row(name).Small.ToNetwork();
        Network read = Network.FromJson(network.ToJson());
        Assert.AreEqual(network, read);
        Assert.AreEqual(network.Summary(), read.Summary());
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Is_a_value(string name)
    {
        Backbone backbone = BackboneTable.Row(name).Backbone, other = backbone with { Classes = 7 };
        Assert.AreEqual(backbone, backbone with { });
        Assert.AreEqual(backbone, other with { Classes = backbone.Classes });
        Assert.AreNotEqual(backbone, other);
        Assert.AreNotEqual(backbone.ToNetwork(), other.ToNetwork());
        Assert.AreEqual(new Shape(7), other.GetStages()[^1].OutputShape);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Preprocessing_is_the_first_layer_and_can_be_left_out(string name)
    {
        Backbone backbone = BackboneTable.Row(name).Small;
        IReadOnlyList<GraphNode> with = backbone.ToNetwork().Graph.Nodes, without = (backbone with { IncludePreprocessing = false }).ToNetwork().Graph.Nodes;
        Assert.AreEqual("preprocessing", with[1].Name);
        CollectionAssert.AreEqual(with.Select(node => node.Name).Where(layer => layer != "preprocessing").ToArray(), without.Select(node => node.Name).ToArray());
    }

    [TestMethod]
    [DataRow(nameof(Backbone.Height))]
    [DataRow(nameof(Backbone.Width))]
    [DataRow(nameof(Backbone.Classes))]
    [DataRow(nameof(Backbone.WidthMultiplier))]
    public void Numbers_below_one_are_refused_by_name(string property)
    {
        ArgumentOutOfRangeException exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ = property switch
        {
            nameof(Backbone.Height) => new ResNet18 { Height = 0 },
            nameof(Backbone.Width) => new ResNet18 { Width = 0 },
            nameof(Backbone.Classes) => new ResNet18 { Classes = 0 },
            _ => new ResNet18 { WidthMultiplier = 0 },
        });
        Assert.AreEqual(property, exception.ParamName);
    }

    [TestMethod]
    public void A_pooling_that_the_network_does_not_have_is_refused_by_name()
    {
        var backbone = new ResNet18 { IncludeTop = false, Pooling = FeaturePooling.ClassToken };
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(backbone.ToNetwork).Message, "ResNet18 has no pooling 'ClassToken'");
    }

    /// <summary>Channels last, on the scale of ImageNet's mean and deviation: (128 / 255 - 0.485) / 0.229 = 0.0740.</summary>
    [TestMethod]
    public void Pixels_are_brought_to_the_scale_of_ImageNet()
    {
        var normalization = (Normalization)new ResNet18().ToNetwork().Graph.Nodes[1].Layer;
        using var harness = new Layers.LayerHarness([normalization], new Shape(1, 2, 3));
        double[] expected = [0.0740, 0.2052, 0.4265, (1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225];
        double[] actual = harness.RunTorch(Layers.Values.Of([128, 128, 128, 255, 255, 255], 1, 1, 2, 3)).Data;
        Layers.NumberAssert.AreClose(expected, actual, 1e-4);
    }

    private static long Parameters(Backbone backbone)
    {
        NetworkGraph graph = backbone.ToNetwork().Graph;
        return graph.Weights(graph.InferShapes([backbone.InputShape])).Where(weight => weight.Spec.Trainable).Sum(weight => weight.Spec.Shape.Size);
    }
}
