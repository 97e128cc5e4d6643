using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Tests.Weights;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>Files with the names of torchvision and timm become the weights of backbones, to the bit.</summary>
[TestClass]
public sealed class BackboneWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static IEnumerable<object[]> Names => BackboneTable.Names;

    public void Dispose() => folder.Dispose();

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Published_names_are_those_of_the_layers(string name)
    {
        Backbone backbone = BackboneTable.Row(name).Small;
        NetworkWeights weights = PublishedTensors.Random(backbone);
        WeightConversion conversion = backbone.LoadWeights(PublishedTensors.ToStateDict(backbone, weights));
        WeightFiles.AreSame(weights, conversion.Weights);
        Assert.IsTrue(conversion.Report.All(row => row.Target is not null || row.Source.EndsWith("num_batches_tracked", StringComparison.Ordinal)));
    }

    /// <summary>The issue's own wording: a synthetic file in torchvision's naming gives bit-equal logits with the same weights set by hand.</summary>
    [TestMethod]
    [DataRow("ResNet18", "pt")]
    [DataRow("MobileNetV3Large", "safetensors")]
    [DataRow("MobileNetV3Small", "pt")]
    public void A_file_gives_the_logits_of_the_weights_set_by_hand_to_the_bit(string name, string format)
    {
        Backbone backbone = BackboneTable.Row(name).Small;
        NetworkWeights weights = PublishedTensors.Random(backbone);
        NetworkWeights file = PublishedTensors.ToStateDict(backbone, weights);
        string path = folder[$"weights.{format}"];
        if (format == "pt")
        {
            file.SavePyTorch(path);
        }
        else
        {
            file.SaveSafeTensors(path);
        }

        var random = new Random(2);
        var image = new WeightTensor("pixels", new Shape([2, .. backbone.InputShape]), [.. Enumerable.Range(0, 2 * (int)backbone.InputShape.Size).Select(_ => (float)random.Next(256))]);
        float[] expected = WeightFiles.Run(backbone.ToNetwork(), weights, image);
        Assert.IsTrue(expected.All(float.IsFinite));
        Assert.HasCount(6, expected.Distinct().ToArray());
        CollectionAssert.AreEqual(
            expected.Select(BitConverter.SingleToInt32Bits).ToArray(),
            WeightFiles.Run(backbone.ToNetwork(), backbone.LoadWeights(path).Weights, image).Select(BitConverter.SingleToInt32Bits).ToArray());
    }

    [TestMethod]
    [DataRow("timm")]
    [DataRow("the authors")]
    public void ConvNeXt_is_read_under_other_names(string source)
    {
        Backbone backbone = BackboneTable.Row("ConvNeXtTiny").Small;
        NetworkWeights weights = PublishedTensors.Random(backbone);
        NetworkWeights file = PublishedTensors.Renamed(
            PublishedTensors.ToStateDict(backbone, weights), source == "timm" ? PublishedTensors.ConvNeXtOfTimm : PublishedTensors.ConvNeXtOfAuthors,
            tensor => tensor.Name.EndsWith("layer_scale", StringComparison.Ordinal) ? new Shape(tensor.Shape[0]) : tensor.Shape);
        Assert.IsTrue(file.TryGet(source == "timm" ? "stages.1.blocks.2.conv_dw.weight" : "stages.1.2.dwconv.weight", out _));
        WeightFiles.AreSame(weights, backbone.LoadWeights(file).Weights);
    }

    [TestMethod]
    [DataRow("MobileNetV2", "blocks.1.0.conv_pwl.weight", "blocks.0.0.bn2.running_mean")]
    [DataRow("EfficientNetB0", "blocks.1.0.se.conv_expand.bias", "blocks.0.0.conv_pw.weight")]
    public void Inverted_residuals_are_read_under_timms_names(string name, string one, string other)
    {
        Backbone backbone = BackboneTable.Row(name).Small;
        NetworkWeights weights = PublishedTensors.Random(backbone);
        NetworkWeights file = PublishedTensors.OfTimm(PublishedTensors.ToStateDict(backbone, weights), backbone);
        Assert.IsTrue(file.TryGet(one, out _));
        Assert.IsTrue(file.TryGet(other, out _));
        Assert.IsFalse(file.Names.Any(tensor => tensor.Contains("features", StringComparison.Ordinal)));
        WeightFiles.AreSame(weights, backbone.LoadWeights(file).Weights);
    }

    /// <summary>Its normalizations there have another epsilon: 0.00001 instead of 0.001.</summary>
    [TestMethod]
    [DataRow("MobileNetV3Large", "blocks.6.0.bn1.running_var")]
    [DataRow("MobileNetV3Small", "blocks.5.0.bn1.running_var")]
    public void MobileNetV3_is_read_under_timms_names_with_its_variances_adjusted(string name, string last)
    {
        Backbone backbone = BackboneTable.Row(name).Small with { WidthMultiplier = 1 };
        NetworkWeights weights = PublishedTensors.Random(backbone);
        NetworkWeights file = PublishedTensors.OfTimm(PublishedTensors.ToStateDict(backbone, weights), backbone);
        Assert.IsFalse(file.Names.Any(tensor => tensor.Contains("features", StringComparison.Ordinal)));
        WeightConversion conversion = backbone.LoadWeights(file);
        WeightFiles.AreSame(
            new NetworkWeights(weights.Select(tensor => tensor.Name.EndsWith("moving_variance", StringComparison.Ordinal)
                ? new WeightTensor(tensor.Name, tensor.Shape, [.. tensor.Values.ToArray().Select(value => value - 0.00099f)])
                : tensor)),
            conversion.Weights);
        Assert.AreEqual("-0.00099 added: the file's normalizations have an epsilon of 1E-05, this one 0.001", conversion.Report.Single(row => row.Source == last).Action);
    }

    [TestMethod]
    public void A_transformer_is_read_under_torchvisions_names()
    {
        Backbone backbone = BackboneTable.Row("ViTTiny").Small;
        NetworkWeights weights = PublishedTensors.Random(backbone);
        NetworkWeights file = PublishedTensors.Renamed(PublishedTensors.ToStateDict(backbone, weights), PublishedTensors.TransformerOfTorchvision);
        Assert.IsTrue(file.TryGet("encoder.layers.encoder_layer_3.self_attention.in_proj_weight", out _));
        WeightFiles.AreSame(weights, backbone.LoadWeights(file).Weights);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Without_a_top_that_of_the_file_is_left_out_and_reported(string name)
    {
        Backbone backbone = BackboneTable.Row(name).Small, body = backbone with { IncludeTop = false, Classes = 5, Pooling = FeaturePooling.Average };
        NetworkWeights weights = PublishedTensors.Random(backbone);
        NetworkWeights file = PublishedTensors.ToStateDict(backbone, weights);
        WeightConversion conversion = body.LoadWeights(file);
        string[] kept = [.. PublishedTensors.Random(body).Names];
        WeightFiles.AreSame(new NetworkWeights(kept.Select(tensor => weights[tensor])), conversion.Weights);
        ConvertedWeight[] left = [.. conversion.Report.Where(row => row.Action.StartsWith("left out: it belongs to the top", StringComparison.Ordinal))];
        Assert.AreEqual(weights.Count - kept.Length, left.Length);
        Assert.IsTrue(left.All(row => row.Target is null));
        CollectionAssert.AreEqual(file.Names.ToArray(), conversion.Report.Select(row => row.Source).ToArray());

        // A file that has no top itself.
        NetworkWeights bare = new(file.Where(tensor => !left.Any(row => row.Source == tensor.Name)));
        WeightFiles.AreSame(conversion.Weights, body.LoadWeights(bare).Weights);
    }

    [TestMethod]
    public void Names_that_training_scripts_wrap_are_unwrapped_and_reported_as_they_are()
    {
        Backbone backbone = BackboneTable.Row("ResNet18").Small;
        NetworkWeights weights = PublishedTensors.Random(backbone);
        NetworkWeights file = PublishedTensors.Renamed(PublishedTensors.ToStateDict(backbone, weights), tensor => $"state_dict.module.{tensor}");
        WeightConversion conversion = backbone.LoadWeights(file);
        WeightFiles.AreSame(weights, conversion.Weights);
        Assert.AreEqual("state_dict.module.conv1.weight", conversion.Report[0].Source);
        Assert.AreEqual("as it is", conversion.Report[0].Action);
    }

    [TestMethod]
    public void Other_classes_are_refused_with_advice()
    {
        Backbone backbone = BackboneTable.Row("ResNet18").Small;
        NetworkWeights file = PublishedTensors.ToStateDict(backbone, PublishedTensors.Random(backbone));
        WeightMismatchException exception = Assert.ThrowsExactly<WeightMismatchException>(() => (backbone with { Classes = 7 }).LoadWeights(file));
        Assert.Contains("'fc.weight' has shape [3, 64] instead of [7, 64]", exception.Message);
        Assert.Contains("IncludeTop = false", exception.Message);
        Assert.HasCount(2, exception.Problems);
    }

    [TestMethod]
    public void The_weights_of_another_network_are_refused_by_name_and_briefly()
    {
        Backbone small = BackboneTable.Row("ResNet18").Small, large = BackboneTable.Row("ResNet34").Small;
        NetworkWeights file = PublishedTensors.ToStateDict(large, PublishedTensors.Random(large));
        WeightMismatchException exception = Assert.ThrowsExactly<WeightMismatchException>(() => small.LoadWeights(file));
        Assert.Contains("(named as torchvision does) do not fit ResNet18", exception.Message);
        Assert.Contains("'layer1.2.conv1.weight' [8, 8, 3, 3] of the file has no place in the network", exception.Message);
        Assert.Contains($"and {exception.Problems.Count - 20} more", exception.Message);

        string message = Assert.ThrowsExactly<WeightMismatchException>(() => BackboneTable.Row("ConvNeXtTiny").Small.LoadWeights(file)).Message;
        Assert.Contains("not those of ConvNeXtTiny", message);
        Assert.Contains("'stem.0.weight' (as timm calls it)", message);
        Assert.Contains("The first are: conv1.weight [8, 3, 7, 7]", message);
    }

    [TestMethod]
    public void A_layer_that_the_file_lacks_is_named()
    {
        Backbone backbone = BackboneTable.Row("MobileNetV2").Small;
        NetworkWeights file = PublishedTensors.ToStateDict(backbone, PublishedTensors.Random(backbone));
        NetworkWeights gap = new(file.Where(tensor => tensor.Name != "features.3.conv.2.weight"));
        WeightMismatchException exception = Assert.ThrowsExactly<WeightMismatchException>(() => backbone.LoadWeights(gap));
        Assert.HasCount(1, exception.Problems);
        Assert.Contains("'features.3.conv.2.weight' [8, 48, 1, 1] is missing in the file", exception.Problems[0]);
    }

    [TestMethod]
    public void A_file_of_no_known_format_is_refused_by_name()
    {
        File.WriteAllText(folder["notes.txt"], "These are no weights at all.");
        string message = Assert.ThrowsExactly<FormatException>(() => new ResNet18().LoadWeights(folder["notes.txt"])).Message;
        Assert.Contains("notes.txt", message);
        Assert.Contains("no file of weights", message);
    }
}
