using System.Text.RegularExpressions;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Weights.Conversion;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>Random weights of a backbone, and the same as whoever publishes such weights would have them.</summary>
internal static partial class PublishedTensors
{
    /// <summary>Weights under the network's own names, of sizes that let an image's signal through to the logits.</summary>
    internal static NetworkWeights Random(Backbone backbone, int seed = 1)
    {
        var random = new Random(seed);
        NetworkGraph graph = backbone.ToNetwork().Graph;
        return new NetworkWeights(graph.Weights(graph.InferShapes([backbone.InputShape])).Select(weight =>
        {
            Shape shape = weight.Spec.Shape;
            int fanIn = shape.Rank == 4 ? (int)shape.Size / shape[0] : shape.Rank > 1 ? shape[0] : 0;
            float Next() => weight.Spec.Name switch
            {
                "moving_variance" or "gamma" => 0.5f + random.NextSingle(),
                _ when fanIn > 0 => ((2 * random.NextSingle()) - 1) * MathF.Sqrt(6f / fanIn),
                _ => (random.NextSingle() - 0.5f) / 4,
            };
            return new WeightTensor(weight.FullName, shape, [.. Enumerable.Range(0, (int)shape.Size).Select(_ => Next())]);
        }));
    }

    /// <summary>The same numbers as a state_dict with torchvision's (a transformer's with timm's) names.</summary>
    internal static NetworkWeights ToStateDict(Backbone backbone, NetworkWeights weights)
    {
        WeightConversion conversion = WeightExport.Run(weights, ConversionTarget.Of(backbone.ToNetwork(), new()), new(), new PyTorchConvention());
        var tensors = new List<WeightTensor>();
        foreach (WeightTensor tensor in conversion.Weights)
        {
            tensors.Add(tensor.Name switch
            {
                "cls_token.token" => Named("cls_token", new Shape([1, 1, .. tensor.Shape])),
                "pos_embed.weight" => Named("pos_embed", new Shape([1, .. tensor.Shape])),
                var name when name.EndsWith(".layer_scale.weight", StringComparison.Ordinal) => Named(name[..^".weight".Length], new Shape([.. tensor.Shape, 1, 1])),
                var name => Named(name.Replace("attn.in_proj_", "attn.qkv.", StringComparison.Ordinal).Replace("attn.out_proj", "attn.proj", StringComparison.Ordinal), tensor.Shape),
            });
            if (tensor.Name.EndsWith("running_var", StringComparison.Ordinal))
            {
                tensors.Add(new WeightTensor(tensor.Name.Replace("running_var", "num_batches_tracked", StringComparison.Ordinal), new Shape(), [7]));
            }

            WeightTensor Named(string name, Shape shape) => new(name, shape, tensor.Values.Span);
        }

        return new NetworkWeights(tensors);
    }

    /// <summary>The state_dict of a backbone with the names and shapes of timm.</summary>
    internal static NetworkWeights OfTimm(NetworkWeights tensors, Backbone backbone) => backbone switch
    {
        ConvNeXtTiny => Renamed(tensors, ConvNeXtOfTimm, tensor => tensor.Name.EndsWith("layer_scale", StringComparison.Ordinal) ? new Shape(tensor.Shape[0]) : tensor.Shape),
        VisionTransformer => tensors,
        MobileNetV3 => Renamed(tensors, name => MobileNetV3OfTimm(name, backbone is MobileNetV3Large), tensor => tensor.Name == "classifier.0.weight" ? new Shape([.. tensor.Shape, 1, 1]) : tensor.Shape),
        _ => Renamed(tensors, name => InvertedResidualsOfTimm(name, backbone is MobileNetV2)),
    };

    /// <summary>A state_dict with other names, in the shapes that go with them.</summary>
    internal static NetworkWeights Renamed(NetworkWeights tensors, Func<string, string> rename, Func<WeightTensor, Shape>? shape = null) => new(tensors.Select(tensor =>
        new WeightTensor(rename(tensor.Name), shape?.Invoke(tensor) ?? tensor.Shape, tensor.Values.Span)));

    /// <summary>timm's name of a tensor of torchvision's ConvNeXt.</summary>
    internal static string ConvNeXtOfTimm(string name)
    {
        Match match = Places().Match(name);
        if (!match.Success)
        {
            return name.Replace("classifier.0", "head.norm", StringComparison.Ordinal).Replace("classifier.2", "head.fc", StringComparison.Ordinal);
        }

        (int place, string index, string rest) = (int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), match.Groups[2].Value, match.Groups[3].Value);
        rest = rest.Replace("layer_scale", "gamma", StringComparison.Ordinal).Replace("block.0", "conv_dw", StringComparison.Ordinal).Replace("block.2", "norm", StringComparison.Ordinal)
            .Replace("block.3", "mlp.fc1", StringComparison.Ordinal).Replace("block.5", "mlp.fc2", StringComparison.Ordinal);
        return place == 0 ? $"stem.{index}.{rest}" : place % 2 == 0 ? $"stages.{place / 2}.downsample.{index}.{rest}" : $"stages.{place / 2}.blocks.{index}.{rest}";
    }

    /// <summary>The authors' name of a tensor of torchvision's ConvNeXt.</summary>
    internal static string ConvNeXtOfAuthors(string name)
    {
        string timm = ConvNeXtOfTimm(name).Replace("stem.", "downsample_layers.0.", StringComparison.Ordinal).Replace(".blocks.", ".", StringComparison.Ordinal);
        return Downsampling().Replace(timm, "downsample_layers.$1")
            .Replace("conv_dw", "dwconv", StringComparison.Ordinal).Replace("mlp.fc1", "pwconv1", StringComparison.Ordinal).Replace("mlp.fc2", "pwconv2", StringComparison.Ordinal)
            .Replace("head.norm", "norm", StringComparison.Ordinal).Replace("head.fc", "head", StringComparison.Ordinal);
    }

    /// <summary>timm's name of a tensor of torchvision's MobileNetV2 or EfficientNet-B0.</summary>
    internal static string InvertedResidualsOfTimm(string name, bool isMobileNetV2)
    {
        string[] parts = name.Split('.');
        if (parts[0] == "classifier")
        {
            return $"classifier.{parts[2]}";
        }

        int feature = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), last = isMobileNetV2 ? 18 : 8;
        if (feature == 0 || feature == last)
        {
            return $"{(parts[2] == "0" ? (feature == 0 ? "conv_stem" : "conv_head") : feature == 0 ? "bn1" : "bn2")}.{parts[3]}";
        }

        // MobileNetV2 counts all blocks in one, of stages of 1, 2, 3, 4, 3, 3 and 1.
        int[] begins = [1, 2, 4, 7, 11, 14, 17];
        int stage = isMobileNetV2 ? Array.FindLastIndex(begins, begin => begin <= feature) : feature - 1;
        string block = isMobileNetV2 ? $"{feature - begins[stage]}" : parts[2];
        string rest = string.Join('.', parts[(isMobileNetV2 ? 3 : 4)..^1]);
        string[] timm = (isMobileNetV2, stage == 0) switch
        {
            (true, true) => ["0.0", "conv_dw", "0.1", "bn1", "1", "conv_pw", "2", "bn2"],
            (true, false) => ["0.0", "conv_pw", "0.1", "bn1", "1.0", "conv_dw", "1.1", "bn2", "2", "conv_pwl", "3", "bn3"],
            (false, true) => ["0.0", "conv_dw", "0.1", "bn1", "1.fc1", "se.conv_reduce", "1.fc2", "se.conv_expand", "2.0", "conv_pw", "2.1", "bn2"],
            _ => ["0.0", "conv_pw", "0.1", "bn1", "1.0", "conv_dw", "1.1", "bn2", "2.fc1", "se.conv_reduce", "2.fc2", "se.conv_expand", "3.0", "conv_pwl", "3.1", "bn3"],
        };
        return $"blocks.{stage}.{block}.{timm[Array.IndexOf(timm, rest) + 1]}.{parts[^1]}";
    }

    /// <summary>timm's name of a tensor of torchvision's MobileNetV3.</summary>
    internal static string MobileNetV3OfTimm(string name, bool isLarge)
    {
        string[] parts = name.Split('.');
        if (parts[0] == "classifier")
        {
            return $"{(parts[1] == "0" ? "conv_head" : "classifier")}.{parts[2]}";
        }

        // The blocks at which stages begin; the last is that of one convolution.
        int[] begins = isLarge ? [1, 2, 4, 7, 11, 13, 16] : [1, 2, 4, 7, 9, 12];
        int feature = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        int stage = Array.FindLastIndex(begins, begin => begin <= feature);
        if (feature == 0 || feature == begins[^1])
        {
            string prefix = feature == 0 ? "" : $"blocks.{stage}.0.";
            return $"{prefix}{(parts[2] == "1" ? "bn1" : feature == 0 ? "conv_stem" : "conv")}.{parts[3]}";
        }

        // Of a block's convolutions, the last and, but for the first block's, the first are of 1 × 1.
        bool weighs = isLarge ? feature is (>= 4 and <= 6) or >= 11 : feature is 1 or >= 4;
        string[] convolutions = [.. feature == 1 ? Array.Empty<string>() : ["conv_pw"], "conv_dw", .. weighs ? ["se"] : Array.Empty<string>(), feature == 1 ? "conv_pw" : "conv_pwl"];
        string part = convolutions[int.Parse(parts[3], System.Globalization.CultureInfo.InvariantCulture)];
        string normalization = $"bn{Array.IndexOf([.. convolutions.Where(other => other != "se")], part) + 1}";
        string layer = part == "se" ? (parts[4] == "fc1" ? "se.conv_reduce" : "se.conv_expand") : parts[4] == "0" ? part : normalization;
        return $"blocks.{stage}.{feature - begins[stage]}.{layer}.{parts[5]}";
    }

    /// <summary>torchvision's name of a tensor of timm's vision transformer.</summary>
    internal static string TransformerOfTorchvision(string name) => Blocks().Replace(name, "encoder.layers.encoder_layer_$1.")
        .Replace("norm1", "ln_1", StringComparison.Ordinal).Replace("norm2", "ln_2", StringComparison.Ordinal).Replace("attn.qkv.", "self_attention.in_proj_", StringComparison.Ordinal)
        .Replace("attn.proj", "self_attention.out_proj", StringComparison.Ordinal).Replace("mlp.fc1", "mlp.0", StringComparison.Ordinal).Replace("mlp.fc2", "mlp.3", StringComparison.Ordinal)
        .Replace("cls_token", "class_token", StringComparison.Ordinal).Replace("pos_embed", "encoder.pos_embedding", StringComparison.Ordinal)
        .Replace("patch_embed.proj", "conv_proj", StringComparison.Ordinal) switch
    {
        var other when other.StartsWith("norm.", StringComparison.Ordinal) => $"encoder.ln.{other[5..]}",
        var other when other.StartsWith("head.", StringComparison.Ordinal) => $"heads.{other}",
        var other => other,
    };

    [GeneratedRegex(@"^features\.(\d+)\.(\d+)\.(.*)$")]
    private static partial Regex Places();

    [GeneratedRegex(@"^stages\.(\d)\.downsample")]
    private static partial Regex Downsampling();

    [GeneratedRegex(@"^blocks\.(\d+)\.")]
    private static partial Regex Blocks();
}
