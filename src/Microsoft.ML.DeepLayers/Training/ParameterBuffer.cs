using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// All trainable weights in one flat tensor, and all gradients in another: each weight and its gradient is a view into
/// them. An optimizer's step is then a handful of native calls, however many layers there are. Large gradients may stay where
/// the backward pass has put them, for who asks for <see cref="GradientParts"/>: that saves clearing the flat ones and adding
/// to them.
/// </summary>
internal sealed class ParameterBuffer : IDisposable
{
    /// <summary>Smaller gradients are not worth a tensor of their own.</summary>
    private const long LeastToLeave = 1 << 14;

    private readonly List<Tensor> views = [];
    private readonly Tensor gradients;
    private readonly IReadOnlyList<Tensor> followers;
    private readonly Dictionary<bool, Tensor?> decayFactors = [];

    /// <summary>Lays weights out.</summary>
    /// <param name="weights">The weights; the gradients of all that stands for one of them add up in one place.</param>
    /// <param name="device">Where.</param>
    internal ParameterBuffer(IReadOnlyList<TorchWeight> weights, torch.Device device)
    {
        followers = [.. weights.SelectMany(weight => weight.Aliases.Prepend(weight.Tensor))];
        long total = weights.Sum(weight => weight.Tensor.numel());
        ScalarType numberType = weights.Count > 0 ? weights[0].Tensor.dtype : ScalarType.Float32;
        Values = zeros(total, numberType, device).DetachFromDisposeScope();
        gradients = zeros(total, numberType, device).DetachFromDisposeScope();
        ValueMemory = FlatMemory.Of(Values);
        GradientMemory = FlatMemory.Of(gradients);
        using IDisposable noGrad = no_grad();
        var segments = new List<ParameterSegment>();
        long offset = 0;
        foreach (TorchWeight weight in weights)
        {
            var segment = new ParameterSegment(
                weight, offset, View(Values, offset, weight.Tensor), View(gradients, offset, weight.Tensor));
            segment.Value.copy_(weight.Tensor);
            foreach (Tensor follower in weight.Aliases.Prepend(weight.Tensor))
            {
                follower.set_(segment.Value);
                follower.grad = segment.Gradient;
            }

            segments.Add(segment);
            offset += weight.Tensor.numel();
        }

        Segments = segments;
        if (weights.Any(weight => weight.Spec.LearningRateFactor != 1))
        {
            LearningRateFactors = PerValue(weight => weight.Spec.LearningRateFactor);
        }
    }

    /// <summary>The weights, <c>[total]</c>.</summary>
    internal Tensor Values { get; }

    /// <summary>Their gradients, <c>[total]</c>, all in one place. A backward pass adds to them.</summary>
    internal Tensor Gradients
    {
        get
        {
            foreach (ParameterSegment segment in Segments)
            {
                segment.Gather();
            }

            return gradients;
        }
    }

    /// <summary>The memory of <see cref="Values"/>, where it is the CPU's.</summary>
    internal FlatMemory? ValueMemory { get; }

    /// <summary>The memory of <see cref="Gradients"/>, where it is the CPU's.</summary>
    internal FlatMemory? GradientMemory { get; }

    /// <summary>Whether nobody but backward passes and optimizers writes gradients, so that large ones may stay where they are. Default: false.</summary>
    internal bool LeavesGradients { get; set; }

    /// <summary>Sets all gradients to 0.</summary>
    internal void ClearGradients()
    {
        if (GradientMemory is null)
        {
            gradients.zero_().Dispose();
            return;
        }

        foreach (ParameterSegment segment in Segments)
        {
            if (LeavesGradients && segment.Length >= LeastToLeave && segment.Weight.Aliases.Count == 0)
            {
                segment.Leave();
            }
        }

        foreach ((_, FlatMemory stretch) in Gathered())
        {
            stretch.Clear();
        }
    }

    /// <summary>
    /// The gradients, part by part: where each begins, and its memory. For weights in the CPU's memory. The parts are valid until
    /// the gradients are cleared.
    /// </summary>
    internal IEnumerable<(long Offset, FlatMemory Gradients)> GradientParts()
    {
        foreach (ParameterSegment segment in Segments)
        {
            if (segment.Left() is { } gradient)
            {
                yield return (segment.Offset, gradient);
            }
        }

        foreach ((long Offset, FlatMemory Gradients) stretch in Gathered())
        {
            yield return stretch;
        }
    }

    /// <summary>Each weight's part of them, in order.</summary>
    internal IReadOnlyList<ParameterSegment> Segments { get; }

    /// <summary>By what the learning rate of each value is multiplied, <c>[total]</c>; <see langword="null"/> where all have the same.</summary>
    internal Tensor? LearningRateFactors { get; }

    /// <summary>By what the decay of each value is multiplied, <c>[total]</c>; <see langword="null"/> where all decay alike.</summary>
    /// <param name="excludeBiasAndNorm">Whether weights of one dimension do not decay.</param>
    internal Tensor? DecayFactors(bool excludeBiasAndNorm)
    {
        if (!decayFactors.TryGetValue(excludeBiasAndNorm, out Tensor? factors))
        {
            factors = excludeBiasAndNorm || LearningRateFactors is not null
                ? PerValue(weight => excludeBiasAndNorm && weight.Spec.Shape.Rank <= 1 ? 0 : weight.Spec.LearningRateFactor)
                : null;
            decayFactors.Add(excludeBiasAndNorm, factors);
        }

        return factors;
    }

    public void Dispose()
    {
        foreach (Tensor follower in followers)
        {
            follower.grad = null;
        }

        views.ForEach(view => view.Dispose());
        Values.Dispose();
        gradients.Dispose();
        LearningRateFactors?.Dispose();
        foreach (Tensor? factors in decayFactors.Values)
        {
            factors?.Dispose();
        }
    }

    /// <summary>The stretches of gradients that are in their place: where each begins, and its memory.</summary>
    private IEnumerable<(long Offset, FlatMemory Gradients)> Gathered()
    {
        long begin = 0;
        foreach (ParameterSegment segment in Segments.Where(segment => segment.IsLeft))
        {
            if (begin < segment.Offset)
            {
                yield return (begin, GradientMemory!.Slice(begin, segment.Offset - begin));
            }

            begin = segment.Offset + segment.Length;
        }

        if (begin < GradientMemory!.Length)
        {
            yield return (begin, GradientMemory.Slice(begin, GradientMemory.Length - begin));
        }
    }

    private Tensor View(Tensor flat, long offset, Tensor weight)
    {
        using Tensor narrowed = flat.narrow(0, offset, weight.numel());
        Tensor view = narrowed.view(weight.shape).DetachFromDisposeScope();
        views.Add(view);
        return view;
    }

    private Tensor PerValue(Func<TorchWeight, float> factor)
    {
        Tensor factors = zeros_like(Values).DetachFromDisposeScope();
        foreach (ParameterSegment segment in Segments)
        {
            using Tensor part = factors.narrow(0, segment.Offset, segment.Value.numel());
            part.Fill(factor(segment.Weight)).Dispose();
        }

        return factors;
    }
}
