using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// Vision transformers (Dosovitskiy et al. 2021, "An image is worth 16x16 words"; the sizes Tiny and Small of Touvron et al.
/// 2021), as timm defines them: patches of 16 × 16 pixels, a class token, trained positions, and blocks that normalize first.
/// Height and width are multiples of 16.
/// <para>
/// Stages: <c>stem</c> (patches, class token and positions), <c>blocks.0</c> to <c>blocks.11</c>, the last with the final
/// normalization, <c>head</c>. Without the top, the output is <c>[1 + patches, features]</c>, the class token first.
/// </para>
/// <para>Weights: timm's <c>vit_tiny_patch16_224</c> and <c>vit_small_patch16_224</c>, for pixels from -1 to 1.</para>
/// </summary>
public abstract record VisionTransformer : Backbone
{
    private const int Patch = 16;
    private const int HeadSize = 64;
    private const int Depth = 12;
    private const float Epsilon = 1e-6f;

    private static readonly Initializer Initializer = new TruncatedNormal(0, 0.02f);

    private readonly float dropPathRate;

    private protected VisionTransformer()
        : base(224)
    {
    }

    /// <summary>
    /// With what probability both parts of the last block are skipped in training, an example at a time; those of earlier
    /// blocks with less, in proportion to their place. Default: 0.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not within [0, 1).</exception>
    public float DropPathRate
    {
        get => dropPathRate;
        init => dropPathRate = BackboneBuilder.CheckRate(value, nameof(DropPathRate));
    }

    /// <summary>The number of attention heads, of 64 features each.</summary>
    private protected abstract int Heads { get; }

    private protected sealed override IReadOnlyList<WeightNaming> Namings => WeightNaming.VisionTransformer;

    /// <summary>Pixels from -1 to 1.</summary>
    private protected sealed override Layer CreatePreprocessing() => Normalization([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]);

    private protected sealed override LayerOutput Features(BackboneBuilder builder, LayerOutput pixels)
    {
        if (Height % Patch != 0 || Width % Patch != 0)
        {
            throw new InvalidOperationException(
                $"{GetType().Name} divides images into patches of {Patch} × {Patch} pixels: Height and Width must be multiples of {Patch}, but are {Height} and {Width}.");
        }

        int heads = Scaled(Heads);
        int features = heads * HeadSize;
        int patches = Height / Patch * (Width / Patch);
        LayerOutput x = builder.Convolution(
            "patch_embed.proj", pixels, features, Patch, strides: Patch, useBias: true, initializer: VarianceScaling.LecunNormal, padding: 0);
        x = builder.Apply("patch_embed.flatten", new Reshape(patches, features), x);
        x = builder.Apply("cls_token", new ClassToken(new RandomNormal(0, 1e-6f)), x);
        LayerOutput positions = builder.Apply("pos_embed", new PositionEmbedding(patches + 1, Initializer), x);
        x = builder.Apply("pos_embed.add", new Add(), x, positions);
        for (int block = 0; block < Depth; block++)
        {
            builder.Begin($"blocks.{block}");
            x = Block(builder, $"blocks.{block}", x, heads, DropPathRate * block / (Depth - 1));
        }

        return builder.Apply("norm", new LayerNormalization(epsilon: Epsilon), x);
    }

    private protected sealed override LayerOutput Top(BackboneBuilder builder, LayerOutput features) =>
        builder.Apply("head", new Dense(Classes, kernelInitializer: Initializer), Token(builder, features));

    private protected sealed override LayerOutput Pool(BackboneBuilder builder, LayerOutput features) => Pooling switch
    {
        FeaturePooling.None => features,
        FeaturePooling.ClassToken => Token(builder, features),
        FeaturePooling.Average => builder.Apply("pooling", new GlobalAveragePooling1D(), Patches(builder, features)),
        FeaturePooling.Max => builder.Apply("pooling", new GlobalMaxPooling1D(), Patches(builder, features)),
        _ => throw NoSuchPooling(),
    };

    private LayerOutput Token(BackboneBuilder builder, LayerOutput x)
    {
        x = builder.Apply("token", new Cropping1D((0, Height / Patch * (Width / Patch))), x);
        return builder.Apply("flatten", new Flatten(), x);
    }

    private static LayerOutput Patches(BackboneBuilder builder, LayerOutput x) => builder.Apply("patches", new Cropping1D((1, 0)), x);

    private static LayerOutput Block(BackboneBuilder builder, string name, LayerOutput x, int heads, float rate)
    {
        LayerOutput branch = builder.Apply($"{name}.norm1", new LayerNormalization(epsilon: Epsilon), x);
        branch = builder.Apply($"{name}.attn", new MultiHeadAttention(heads, HeadSize, kernelInitializer: Initializer), branch);
        x = builder.Residual($"{name}.attn", branch, x, rate);
        branch = builder.Apply($"{name}.norm2", new LayerNormalization(epsilon: Epsilon), x);
        branch = builder.Apply($"{name}.mlp.fc1", new Dense(4 * heads * HeadSize, Activation.GELU, kernelInitializer: Initializer), branch);
        branch = builder.Apply($"{name}.mlp.fc2", new Dense(heads * HeadSize, kernelInitializer: Initializer), branch);
        return builder.Residual($"{name}.mlp", branch, x, rate);
    }
}

/// <summary>The vision transformer of 192 features and 3 heads: 5,717,416 parameters for images of 224 × 224, 5,524,416 of them below the top.</summary>
public sealed record ViTTiny : VisionTransformer
{
    private protected override int Heads => 3;
}

/// <summary>The vision transformer of 384 features and 6 heads: 22,050,664 parameters for images of 224 × 224, 21,665,664 of them below the top.</summary>
public sealed record ViTSmall : VisionTransformer
{
    private protected override int Heads => 6;
}
