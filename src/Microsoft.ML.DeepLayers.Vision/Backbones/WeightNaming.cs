using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>How some published code calls a backbone's tensors.</summary>
/// <param name="Source">Whose code it is.</param>
/// <param name="Telltale">A tensor that its files have and no others.</param>
/// <param name="Rename">What a tensor of that name is called in PyTorch with the backbone's layers as modules.</param>
internal sealed partial record WeightNaming(string Source, string Telltale, Func<string, string> Rename)
{
    /// <summary>
    /// What batch normalizations of such networks add to a variance, where it is not what the backbone's add
    /// (<see cref="BackboneBuilder.Epsilon"/>).
    /// </summary>
    internal float? Epsilon { get; init; }

    /// <summary>What parts of a block of ConvNeXt are called in torchvision.</summary>
    private static readonly Dictionary<string, string> ConvNeXtParts = new(StringComparer.Ordinal)
    {
        ["conv_dw"] = "block.0",
        ["norm"] = "block.2",
        ["mlp.fc1"] = "block.3",
        ["mlp.fc2"] = "block.5",
        ["dwconv"] = "block.0",
        ["pwconv1"] = "block.3",
        ["pwconv2"] = "block.5",
        ["gamma"] = "layer_scale.weight",
        ["head.norm"] = "classifier.0",
        ["head.fc"] = "classifier.2",
        ["head"] = "classifier.2",
    };

    /// <summary>What parts of a block of torchvision's transformer are called in timm; its dense layers have had two names.</summary>
    private static readonly Dictionary<string, string> TransformerParts = new(StringComparer.Ordinal)
    {
        ["ln_1"] = "norm1",
        ["ln_2"] = "norm2",
        ["self_attention"] = "attn",
        ["mlp.0"] = "mlp.fc1",
        ["mlp.3"] = "mlp.fc2",
        ["mlp.linear_1"] = "mlp.fc1",
        ["mlp.linear_2"] = "mlp.fc2",
        ["conv_proj"] = "patch_embed.proj",
        ["encoder.ln"] = "norm",
        ["heads.head"] = "head",
    };

    /// <summary>torchvision's names, which are those of the layers.</summary>
    /// <param name="telltale">A tensor that its files have and no others.</param>
    internal static WeightNaming Torchvision(string telltale) => new("torchvision", telltale, name => name);

    /// <summary>ConvNeXt's names: the layers are called as in torchvision.</summary>
    internal static IReadOnlyList<WeightNaming> ConvNeXt { get; } =
    [
        new("torchvision", "features.0.0.weight", name => name.EndsWith(".layer_scale", StringComparison.Ordinal) ? $"{name}.weight" : name),
        new("timm", "stem.0.weight", name => ConvNeXtOfTimm().Replace(name, match => Translated(match, ConvNeXtParts))),
        new("the authors", "downsample_layers.0.0.weight", name => ConvNeXtOfAuthors().Replace(name, match => Translated(match, ConvNeXtParts))),
    ];

    /// <summary>The vision transformer's names: the layers are called as in timm.</summary>
    internal static IReadOnlyList<WeightNaming> VisionTransformer { get; } =
    [
        new("timm", "patch_embed.proj.weight", name => Rooted(name, "cls_token", "pos_embed")
            .Replace(".attn.qkv.", ".attn.in_proj_", StringComparison.Ordinal).Replace(".attn.proj.", ".attn.out_proj.", StringComparison.Ordinal)),
        new("torchvision", "conv_proj.weight", name => Rooted(TransformerOfTorchvision().Replace(name, match => Translated(match, TransformerParts)), "class_token", "encoder.pos_embedding")),
    ];

    /// <summary>Parameters of the whole network, which are layers here.</summary>
    private static string Rooted(string name, string token, string positions) =>
        name == token ? "cls_token.token" : name == positions ? "pos_embed.weight" : name;

    /// <summary>The stem, a stage's block, what is between stages, or a layer outside: the groups say which.</summary>
    private static string Translated(Match match, Dictionary<string, string> parts)
    {
        string part = match.Groups["part"].Value;
        string translated = match.Groups["norm"].Success ? "classifier.0" : parts.GetValueOrDefault(part, part);
        if (match.Groups["encoder"].Success)
        {
            return $"blocks.{match.Groups["encoder"].Value}.{translated}";
        }

        if (match.Groups["down"].Success)
        {
            // Between the stages, of which torchvision counts each and what leads to it.
            return $"features.{2 * Number(match, "down")}.{part}";
        }

        return match.Groups["stage"].Success ? $"features.{(2 * Number(match, "stage")) + 1}.{match.Groups["block"].Value}.{translated}" : translated;
    }

    private static int Number(Match match, string group) => int.TryParse(match.Groups[group].Value, CultureInfo.InvariantCulture, out int number) ? number : 0;

    [GeneratedRegex(@"^(?:(?<down>stem)\.(?<part>\d)|stages\.(?<down>\d)\.downsample\.(?<part>\d)|stages\.(?<stage>\d)\.blocks\.(?<block>\d+)\.(?<part>gamma|conv_dw|norm|mlp\.fc[12])|(?<part>head\.(?:norm|fc)))(?=\.|$)")]
    private static partial Regex ConvNeXtOfTimm();

    [GeneratedRegex(@"^(?:downsample_layers\.(?<down>\d)\.(?<part>\d)|stages\.(?<stage>\d)\.(?<block>\d+)\.(?<part>gamma|dwconv|norm|pwconv[12])|(?<norm>norm)|(?<part>head))(?=\.|$)")]
    private static partial Regex ConvNeXtOfAuthors();

    [GeneratedRegex(@"^(?:encoder\.layers\.encoder_layer_(?<encoder>\d+)\.(?<part>ln_[12]|self_attention|mlp\.(?:0|3|linear_[12]))|(?<part>conv_proj|encoder\.ln|heads\.head))(?=\.)")]
    private static partial Regex TransformerOfTorchvision();
}
