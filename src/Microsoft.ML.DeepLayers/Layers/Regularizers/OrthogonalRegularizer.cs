using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Adds factor · (the mean of |cos| of the angles between each two rows, or columns, of a matrix) to the loss, which makes
/// them orthogonal. Keras: <c>OrthogonalRegularizer</c>.
/// <para>A single row or column adds nothing (in Keras: not a number).</para>
/// </summary>
public sealed record OrthogonalRegularizer : Regularizer
{
    private const double Epsilon = 1e-7;

    /// <summary>Creates the regularizer.</summary>
    /// <param name="factor">The factor; not negative. Default: 0.01.</param>
    /// <param name="mode">Which vectors are made orthogonal. Default: <see cref="OrthogonalMode.Rows"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is negative or no number, or the mode is none of these.</exception>
    public OrthogonalRegularizer(float factor = 0.01f, OrthogonalMode mode = OrthogonalMode.Rows)
    {
        if (!Enum.IsDefined(mode))
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "The mode must be Rows or Columns.");
        }

        (Factor, Mode) = (CheckFactor(factor, nameof(factor)), mode);
    }

    /// <summary>The factor.</summary>
    public float Factor { get; }

    /// <summary>Which vectors are made orthogonal.</summary>
    public OrthogonalMode Mode { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The input is no matrix.</exception>
    public override Tensor Penalty(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() != 2)
        {
            throw new InvalidOperationException(
                $"An OrthogonalRegularizer is for matrices, such as the kernel of Dense, but was given [{string.Join(", ", input.shape)}].");
        }

        Tensor vectors = nn.functional.normalize(Mode == OrthogonalMode.Rows ? input : input.t(), 2, dim: 1, eps: Epsilon);
        long count = vectors.shape[0];
        double pairs = Math.Max(1.0, count * (count - 1.0) / 2);
        return vectors.Matmul(vectors.t()).abs().triu(1).sum().Multiply(Factor / pairs);
    }
}
