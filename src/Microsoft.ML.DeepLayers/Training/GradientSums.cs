using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// The gradients of a step that is passed back segment by segment: those of values that are kept, and of weights that
/// several segments use until all have been there; others are added to the weights' own at once.
/// </summary>
/// <param name="network">The network.</param>
internal sealed class GradientSums(RematerializedNetwork network)
{
    private readonly Dictionary<Tensor, Tensor> sums = new(ReferenceEqualityComparer.Instance);

    /// <summary>The gradient so far, or <see langword="null"/>.</summary>
    internal Tensor? Of(Tensor value) => sums.GetValueOrDefault(value);

    /// <summary>Hands out a gradient that is complete.</summary>
    internal Tensor? Take(Tensor value) => sums.Remove(value, out Tensor? sum) ? sum : null;

    /// <summary>
    /// Passes gradients back through one segment. All that receives some is a leaf, so that libtorch's <c>backward</c> leaves
    /// the gradient with it; of <c>autograd.grad</c>, TorchSharp does not catch what libtorch throws.
    /// </summary>
    /// <param name="outputs">The outputs of the segment, with the gradient of each.</param>
    /// <param name="values">The kept values that it read, always in the same order.</param>
    /// <param name="losses">Kept values that the loss is a sum of.</param>
    /// <param name="weights">The weights that it used.</param>
    /// <param name="scope">The dispose scope of the segment, which gradients outlive.</param>
    internal void PassBack(
        IReadOnlyList<(Tensor Output, Tensor Gradient)> outputs, IEnumerable<Tensor> values, IEnumerable<Tensor> losses,
        IReadOnlySet<Tensor> weights, DisposeScope? scope = null)
    {
        Tensor[] summed = [.. values.Concat(losses).Where(value => value.requires_grad), .. weights.Where(network.UsedAgain.Contains)];
        Tensor[] targets = [.. summed, .. weights.Where(weight => !network.UsedAgain.Contains(weight))];
        if (outputs.Count == 0 || targets.Length == 0)
        {
            return;
        }

        // Sums so far come first, as they would in one backward pass over all.
        IEnumerable<(Tensor Output, Tensor Gradient)> begun = summed.Where(sums.ContainsKey).Select(target => (target, sums[target]));
        (Tensor Output, Tensor Gradient)[] all = [.. outputs, .. begun];
        Tensor?[] own = [.. summed.Select(target => target.grad)];
        Array.ForEach(summed, target => target.grad = null);
        autograd.backward([.. all.Select(output => output.Output)], [.. all.Select(output => output.Gradient)], inputs: targets);
        foreach ((Tensor target, Tensor? before) in summed.Zip(own))
        {
            Tensor? found = target.grad;
            target.grad = before;
            before?.Dispose();
            if (found is not null)
            {
                Take(target)?.Dispose();
                sums.Add(target, scope is null ? found : scope.MoveToOuter(found));
            }
        }
    }

    /// <summary>Adds the sums of weights that several segments use to the weights' own gradients.</summary>
    internal void Complete()
    {
        foreach (Tensor weight in network.UsedAgain)
        {
            if (Take(weight) is { } sum)
            {
                Add(weight, sum);
            }
        }
    }

    private static void Add(Tensor weight, Tensor gradient)
    {
        using (no_grad())
        {
            using Tensor sum = weight.grad!;
            sum.AddInPlace(gradient).Dispose();
        }

        gradient.Dispose();
    }
}
