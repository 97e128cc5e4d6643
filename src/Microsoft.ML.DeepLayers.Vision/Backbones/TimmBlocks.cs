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
    };

    /// <param name="blocks">The blocks, stage by stage.</param>
    /// <param name="wrapsLast">Whether a block's last convolution and its normalization are one part.</param>
    internal TimmBlocks(IEnumerable<IReadOnlyList<TimmBlock>> blocks, bool wrapsLast)
    {
        int stage = 0;
        foreach (IReadOnlyList<TimmBlock> stageBlocks in blocks)
        {
            for (int block = 0; block < stageBlocks.Count; block++)
            {
                Add($"blocks.{stage}.{block}", stageBlocks[block], wrapsLast);
            }

            stage++;
        }
    }

    /// <summary>With the last convolution, its normalization, and the one dense layer behind them.</summary>
    /// <param name="convolution">What torchvision calls the convolution, <c>features.18</c>.</param>
    internal TimmBlocks WithHead(string convolution)
    {
        modules["conv_head"] = $"{convolution}.0";
        modules["bn2"] = $"{convolution}.1";
        modules["classifier"] = "classifier.1";
        return this;
    }

    /// <summary>
    /// With MobileNetV3's end: the last convolution and its normalization are a stage, and a convolution of the averages, which is
    /// a dense layer, comes between them and the classifier.
    /// </summary>
    /// <param name="stage">The number of that stage.</param>
    /// <param name="convolution">What torchvision calls the convolution, <c>features.16</c>.</param>
    internal TimmBlocks WithDenseHead(int stage, string convolution)
    {
        modules[$"blocks.{stage}.0.conv"] = $"{convolution}.0";
        modules[$"blocks.{stage}.0.bn1"] = $"{convolution}.1";
        modules["conv_head"] = "classifier.0";
        modules["classifier"] = "classifier.3";
        return this;
    }

    /// <summary>As one of the namings of a backbone.</summary>
    internal WeightNaming Naming => new("timm", "conv_stem.weight", name =>
    {
        int dot = Math.Max(0, name.LastIndexOf('.'));
        return modules.TryGetValue(name[..dot], out string? module) ? $"{module}{name[dot..]}" : name;
    });

    private void Add(string timm, TimmBlock block, bool wrapsLast)
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
        if (block.WeighsChannels)
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
