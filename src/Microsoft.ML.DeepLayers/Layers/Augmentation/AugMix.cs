using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Mixes each image with several versions of itself, each made by a chain of operations (Hendrycks et al. 2020), in training
/// only. Operations are those of <see cref="RandAugment"/>, drawn for each image; the shares of the chains follow
/// Dirichlet(alpha), the share of the image itself Beta(alpha, alpha).
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>AugMix</c>, which draws chains and shares for a whole batch; ONNX: nothing.</para>
/// </summary>
/// <example><c>new AugMix()</c> makes networks that bear with noise and blur better.</example>
public sealed record AugMix : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="numChains">The number of chains; at least 1. Default: 3.</param>
    /// <param name="chainDepth">The number of operations of a chain; at least 1. "Nothing" is one of those that are drawn. Default: 3.</param>
    /// <param name="factor">The range of strengths; within 0 and 1. Left out: 0 to 0.3.</param>
    /// <param name="alpha">How even the shares are; above 0. Default: 1, which makes all shares as likely.</param>
    /// <param name="allOps">Whether brightness, contrast, color degeneration and sharpness are among the operations. Default: <see langword="true"/>.</param>
    /// <param name="interpolation">How the value between pixels is found. Default: <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public AugMix(
        int numChains = 3,
        int chainDepth = 3,
        FloatRange? factor = null,
        float alpha = 1,
        bool allOps = true,
        Interpolation interpolation = Interpolation.Bilinear,
        FloatRange? valueRange = null)
        : base(valueRange)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numChains, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(chainDepth, 1);
        if (alpha is not (> 0 and < float.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "It must be above 0.");
        }

        CheckDefined(interpolation, nameof(interpolation));
        NumChains = numChains;
        ChainDepth = chainDepth;
        Factor = (factor ?? 0.3f).Within(0, 1, nameof(factor));
        Alpha = alpha;
        AllOps = allOps;
        Interpolation = interpolation;
    }

    /// <summary>The number of chains.</summary>
    public int NumChains { get; }

    /// <summary>The number of operations of a chain.</summary>
    public int ChainDepth { get; }

    /// <summary>The range of strengths.</summary>
    public FloatRange? Factor { get; }

    /// <summary>How even the shares are.</summary>
    public float Alpha { get; }

    /// <summary>Whether brightness, contrast, color degeneration and sharpness are among the operations.</summary>
    public bool AllOps { get; }

    /// <summary>How the value between pixels is found.</summary>
    public Interpolation Interpolation { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        var operations = new RandomOperations(Factor!.Value, Interpolation, ValueRange!.Value, images.shape[3], AllOps);
        Tensor shares = Shares(images, NumChains, generator);
        Tensor own = Shares(images, 2, generator).narrow(1, 0, 1);
        Tensor mixed = images.mul(Share(own, 0));
        for (int chain = 0; chain < NumChains; chain++)
        {
            Tensor changed = images;
            for (int step = 0; step < ChainDepth; step++)
            {
                changed = operations.Apply(changed, generator);
            }

            mixed = mixed.Add(changed.mul(Share(shares.mul(own.neg().Add(1)), chain)));
        }

        return Clip(mixed);
    }

    /// <summary>Shares that add up to 1 for each image: Gamma variables in parts of their sum. The tiny number is for a very small alpha, where all may be 0.</summary>
    private Tensor Shares(Tensor images, int count, Generator generator)
    {
        Tensor drawn = _standard_gamma(TensorOperations.Full([images.shape[0], count], Alpha, images.dtype, images.device), generator).Add(1e-30);
        return drawn.div(drawn.sum(1, keepdim: true));
    }

    private static Tensor Share(Tensor shares, int index) => shares.narrow(1, index, 1).view(-1, 1, 1, 1);
}
