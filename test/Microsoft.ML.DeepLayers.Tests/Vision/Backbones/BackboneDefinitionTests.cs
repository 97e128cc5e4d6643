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
        BackboneStage[] withTop = [.. whole.GetStages().Where(stage => !stage.IsHead)];
        foreach (FeaturePooling pooling in new[] { FeaturePooling.None, FeaturePooling.Average, FeaturePooling.Max })
        {
            IReadOnlyList<BackboneStage> without = (whole with { IncludeTop = false, Pooling = pooling }).GetStages();
            BackboneStage[] body = [.. without.Where(stage => !stage.IsHead)];
            CollectionAssert.AreEqual(withTop.Select(stage => $"{stage}: {string.Join(", ", stage.Layers)}").ToArray(), body.Select(stage => $"{stage}: {string.Join(", ", stage.Layers)}").ToArray());
            Shape features = body[^1].OutputShape;
            Assert.AreEqual(pooling == FeaturePooling.None ? features : new Shape(features[-1]), without[^1].OutputShape);
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

    [TestMethod]
    public void A_transformer_gives_its_class_token_or_its_patches()
    {
        var backbone = new ViTTiny { IncludeTop = false, Height = 32, Width = 48 };
        Assert.AreEqual(new Shape(7, 192), backbone.GetStages()[^1].OutputShape);
        Assert.AreEqual(new Shape(192), (backbone with { Pooling = FeaturePooling.ClassToken }).GetStages()[^1].OutputShape);
        CollectionAssert.AreEqual(new[] { "patches", "pooling" }, (backbone with { Pooling = FeaturePooling.Average }).GetStages()[^1].Layers.ToArray());
    }

    [TestMethod]
    public void A_transformer_refuses_images_that_it_cannot_divide()
    {
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(new ViTTiny { Height = 225 }.ToNetwork);
        StringAssert.Contains(exception.Message, "must be multiples of 16, but are 225 and 224");
    }

    /// <summary>Images of 28 × 28 are surrounded by zeros, so that the dense layers are those of 32 × 32.</summary>
    [TestMethod]
    public void LeNet_takes_images_of_28_and_of_32()
    {
        Assert.AreEqual("stem [14, 14, 6], stage2 [5, 5, 16], head [10]", string.Join(", ", new LeNet5 { Height = 28, Width = 28 }.GetStages()));
        Assert.AreEqual(61_706, Parameters(new LeNet5 { Height = 28, Width = 28 }));
        Assert.AreEqual(62_006, Parameters(new LeNet5 { Channels = 3 }));
    }

    /// <summary>torchvision 0.14: the sums of <c>numel</c> with this <c>width_mult</c>.</summary>
    [TestMethod]
    public void Mobile_networks_are_multiplied_as_published()
    {
        Assert.AreEqual(1_519_112, Parameters(new MobileNetV2 { WidthMultiplier = 0.25f }));
        Assert.AreEqual(1_677_128, Parameters(new MobileNetV2 { WidthMultiplier = 0.35f }));
        Assert.AreEqual(6_108_776, Parameters(new MobileNetV2 { WidthMultiplier = 1.4f }));
        Assert.AreEqual(917_264, Parameters(new MobileNetV3Small { WidthMultiplier = 0.5f }));
        Assert.AreEqual(3_377_576, Parameters(new MobileNetV3Large { WidthMultiplier = 0.75f }));
        Assert.AreEqual(790_096, Parameters(new MobileNetV3Large { WidthMultiplier = 0.3f }));
    }

    [TestMethod]
    [DataRow(-0.1f)]
    [DataRow(1f)]
    public void Rates_of_skipped_paths_are_refused_by_name(float rate)
    {
        Assert.AreEqual("DropPathRate", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new EfficientNetB0 { DropPathRate = rate }).ParamName);
        Assert.AreEqual("DropPathRate", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ConvNeXtTiny { DropPathRate = rate }).ParamName);
        Assert.AreEqual("DropPathRate", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ViTSmall { DropPathRate = rate }).ParamName);
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
