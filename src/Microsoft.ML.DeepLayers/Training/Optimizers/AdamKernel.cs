using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers;

/// <summary>A step of Adam in one pass over the memory.</summary>
/// <param name="values">The weights.</param>
/// <param name="mean">The mean gradients.</param>
/// <param name="square">The mean squared gradients.</param>
internal sealed class AdamKernel(FlatMemory values, FlatMemory mean, FlatMemory square)
{
    /// <summary>The kernel for these tensors; <see langword="null"/> where they are not in the CPU's memory.</summary>
    internal static AdamKernel? Create(ParameterBuffer parameters, TorchSharp.torch.Tensor mean, TorchSharp.torch.Tensor square) =>
        parameters.ValueMemory is { } values && FlatMemory.Of(mean) is { } means && FlatMemory.Of(square) is { } squares
            ? new AdamKernel(values, means, squares)
            : null;

    /// <summary>m += (1 - beta1) · (g - m); v = beta2 · v + (1 - beta2) · g²; w -= step · m / (sqrt(v) + epsilon).</summary>
    /// <param name="begin">The first weight.</param>
    /// <param name="gradients">The gradients from there on.</param>
    /// <param name="beta1">How much of the mean gradient is kept.</param>
    /// <param name="beta2">How much of the mean squared gradient is kept.</param>
    /// <param name="epsilon">Keeps the division finite.</param>
    /// <param name="step">The size of the step.</param>
    internal void Step(long begin, FlatMemory gradients, double beta1, double beta2, double epsilon, double step) => FlatMemory.ForParts(gradients.Length, (offset, count) => Step(
        values.Part(begin + offset, count), gradients.Part(offset, count), mean.Part(begin + offset, count), square.Part(begin + offset, count),
        (float)(1 - beta1), (float)beta2, (float)(1 - beta2), (float)epsilon, (float)step));

    private static void Step(
        Span<float> values, Span<float> gradients, Span<float> mean, Span<float> square, float newMean, float beta2, float newSquare, float epsilon, float step)
    {
        Span<Vector<float>> w = MemoryMarshal.Cast<float, Vector<float>>(values);
        Span<Vector<float>> g = MemoryMarshal.Cast<float, Vector<float>>(gradients)[..w.Length];
        Span<Vector<float>> m = MemoryMarshal.Cast<float, Vector<float>>(mean)[..w.Length];
        Span<Vector<float>> v = MemoryMarshal.Cast<float, Vector<float>>(square)[..w.Length];
        for (int i = 0; i < w.Length; i++)
        {
            m[i] += newMean * (g[i] - m[i]);
            v[i] = (v[i] * beta2) + (g[i] * g[i] * newSquare);
            w[i] -= step * (m[i] / (Vector.SquareRoot(v[i]) + new Vector<float>(epsilon)));
        }

        for (int i = w.Length * Vector<float>.Count; i < values.Length; i++)
        {
            mean[i] += newMean * (gradients[i] - mean[i]);
            square[i] = (square[i] * beta2) + (gradients[i] * gradients[i] * newSquare);
            values[i] -= step * (mean[i] / (MathF.Sqrt(square[i]) + epsilon));
        }
    }
}
