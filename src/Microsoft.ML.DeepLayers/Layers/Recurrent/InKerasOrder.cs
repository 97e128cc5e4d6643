using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Shows a kernel <c>[outputs, inputs, ...positions]</c> to regularizers and constraints as Keras stores it,
/// <c>[...positions, inputs, outputs]</c>: what they say of an axis then means what it means there.
/// </summary>
internal static class InKerasOrder
{
    /// <summary>The regularizer that sees the kernel in Keras's order.</summary>
    public static Regularizer? Of(Regularizer? regularizer) => regularizer is null ? null : new OrderedRegularizer(regularizer);

    /// <summary>The constraint that sees the kernel in Keras's order.</summary>
    public static Constraint? Of(Constraint? constraint) => constraint is null ? null : new OrderedConstraint(constraint);

    private static Tensor ToKeras(Tensor kernel)
    {
        long rank = kernel.dim();
        return kernel.permute([.. Positions(2, rank), 1, 0]);
    }

    private static Tensor FromKeras(Tensor kernel)
    {
        long rank = kernel.dim();
        return kernel.permute([rank - 1, rank - 2, .. Positions(0, rank - 2)]);
    }

    private static IEnumerable<long> Positions(long first, long end)
    {
        for (long axis = first; axis < end; axis++)
        {
            yield return axis;
        }
    }

    private sealed record OrderedRegularizer(Regularizer Inner) : Regularizer
    {
        public override Tensor Penalty(Tensor input) => Inner.Penalty(ToKeras(input));
    }

    private sealed record OrderedConstraint(Constraint Inner) : Constraint
    {
        public override Tensor Project(Tensor weight) => FromKeras(Inner.Project(ToKeras(weight)));
    }
}
