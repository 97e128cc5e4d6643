using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public static partial class TensorOperations
{
    /// <summary>
    /// The matrix product x · y, as <c>keras.ops.matmul</c>: matrices <c>[..., n, k]</c> and <c>[..., k, m]</c> give
    /// <c>[..., n, m]</c>; leading axes broadcast. A vector x is a single row, a vector y a single column, and that axis is left out.
    /// <para>TorchSharp's own <c>matmul</c> does not catch what libtorch throws: missing memory or a wrong shape ends the process.</para>
    /// </summary>
    /// <param name="x">The left matrices.</param>
    /// <param name="y">The right matrices.</param>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The shapes do not fit, or there is too little memory.</exception>
    public static Tensor Matmul(this Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        (long left, long right) = (x.dim(), y.dim());
        if (left == 1 || right == 1)
        {
            Tensor matrices = (left == 1 ? x.unsqueeze(0) : x).Matmul(right == 1 ? y.unsqueeze(1) : y);
            Tensor rows = right == 1 ? matrices.squeeze(-1) : matrices;
            return left == 1 ? rows.squeeze(right == 1 ? -1 : -2) : rows;
        }

        if (right == 2)
        {
            return nn.functional.linear(x, y.t());
        }

        if (left == 3 && right == 3 && x.shape[0] == y.shape[0])
        {
            return x.bmm(y);
        }

        // As many leading axes for both, which broadcast, and are then one axis.
        long[] batch = BatchShape(x.shape, y.shape);
        Tensor product = Batched(x, batch).bmm(Batched(y, batch));
        return product.reshape([.. batch, x.shape[^2], y.shape[^1]]);
    }

    private static Tensor Batched(Tensor x, long[] batch)
    {
        long[] matrix = x.shape[^2..];
        return x.expand([.. batch, .. matrix]).reshape([-1, .. matrix]);
    }

    private static long[] BatchShape(long[] left, long[] right)
    {
        long[] batch = new long[Math.Max(left.Length, right.Length) - 2];
        for (int axis = 0; axis < batch.Length; axis++)
        {
            (long one, long other) = (Size(left, axis), Size(right, axis));
            batch[axis] = one == 1 ? other : one;
        }

        return batch;

        long Size(long[] shape, int axis)
        {
            int index = axis - batch.Length + shape.Length - 2;
            return index < 0 ? 1 : shape[index];
        }
    }
}
