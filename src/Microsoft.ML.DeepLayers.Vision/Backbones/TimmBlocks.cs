namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// timm's names of the parts of networks of inverted residual blocks (<c>blocks.2.0.conv_dw</c>), and those of torchvision, by
/// which the layers are called.
/// </summary>
internal sealed class TimmBlocks
{
    private readonly Dictionary<string, string> modules = new(StringComparer.Ordinal)
    {
        ["conv_stem"] = "features.0.0",
        ["bn1"] = "features.0.1",
        ["classifier"] = "classifier.1",
    };

    /// <param name="blocks">What torchvision calls the parts of each block, <c>features.1.conv</c>, stage by stage; and whether it expands its channels first.</param>
    /// <param name="head">What it calls the convolution behind them, <c>features.18</c>.</param>
    /// <param name="weighsChannels">Whether blocks have a squeeze and excitation.</param>
    /// <param name="wrapsLast">Whether a block's last convolution and its normalization are one part.</param>
    internal TimmBlocks(IEnumerable<IReadOnlyList<(string Name, bool Expands)>> blocks, string head, bool weighsChannels, bool wrapsLast)
    {
        modules["conv_head"] = $"{head}.0";
        modules["bn2"] = $"{head}.1";
        int stage = 0;
        foreach (IReadOnlyList<(string Name, bool Expands)> stageBlocks in blocks)
        {
            for (int block = 0; block < stageBlocks.Count; block++)
            {
                Add($"blocks.{stage}.{block}", stageBlocks[block], weighsChannels, wrapsLast);
            }

            stage++;
        }
    }

    /// <summary>As one of the namings of a backbone.</summary>
    internal WeightNaming Naming => new("timm", "conv_stem.weight", name =>
    {
        int dot = Math.Max(0, name.LastIndexOf('.'));
        return modules.TryGetValue(name[..dot], out string? module) ? $"{module}{name[dot..]}" : name;
    });

    private void Add(string timm, (string Name, bool Expands) block, bool weighsChannels, bool wrapsLast)
    {
        int part = 0, normalization = 1;
        void Wrapped(string convolution)
        {
            modules[$"{timm}.{convolution}"] = $"{block.Name}.{part}.0";
            modules[$"{timm}.bn{normalization++}"] = $"{block.Name}.{part++}.1";
        }

        if (block.Expands)
        {
            Wrapped("conv_pw");
        }

        Wrapped("conv_dw");
        if (weighsChannels)
        {
            modules[$"{timm}.se.conv_reduce"] = $"{block.Name}.{part}.fc1";
            modules[$"{timm}.se.conv_expand"] = $"{block.Name}.{part++}.fc2";
        }

        string last = block.Expands ? "conv_pwl" : "conv_pw";
        if (wrapsLast)
        {
            Wrapped(last);
            return;
        }

        modules[$"{timm}.{last}"] = $"{block.Name}.{part++}";
        modules[$"{timm}.bn{normalization}"] = $"{block.Name}.{part}";
    }
}
