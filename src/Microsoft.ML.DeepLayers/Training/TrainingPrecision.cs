namespace Microsoft.ML.DeepLayers;

/// <summary>In which numbers a network is trained. Keras: the policy, <c>float32</c>, <c>mixed_bfloat16</c>, <c>mixed_float16</c>.</summary>
public enum TrainingPrecision
{
    /// <summary>Everything in 32 bits. The default.</summary>
    Float32,

    /// <summary>
    /// Large layers compute in bfloat16: 16 bits with the range of float32 and 8 bits of precision. The weights that are learned
    /// stay in 32 bits. Pays on GPUs since NVIDIA's Ampere, and on CPUs with instructions for it (AMX, AVX512-BF16) where layers
    /// are large; whether it does is best measured. Keras: <c>mixed_bfloat16</c>.
    /// </summary>
    MixedBFloat16,

    /// <summary>
    /// Large layers compute in float16: 16 bits with 11 bits of precision and a range of 6e-8 to 65504. The weights that are
    /// learned stay in 32 bits, and the loss is scaled so that small gradients do not become 0: by 32768 at first, by half as
    /// much after a step whose gradients were not finite, which is left out, and by twice as much after 2000 good steps. For
    /// NVIDIA GPUs only, those before Ampere above all. Keras: <c>mixed_float16</c> with <c>LossScaleOptimizer</c>.
    /// </summary>
    MixedFloat16,
}
