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

    /// <summary>Passes gradients back through one segment.</summary>
    /// <param name="segment">Which segment it is.</param>
    /// <param name="outputs">What it gave, with the gradient of each.</param>
    /// <param name="values">The kept values that it read, always in the same order.</param>
    /// <param name="losses">Kept values that the loss is a sum of.</param>
    /// <param name="weights">The weights that it used.</param>
    /// <param name="scope">The dispose scope of the segment, which gradients outlive.</param>
    internal void PassBack(
        int segment, IReadOnlyList<(Tensor Output, Tensor Gradient)> outputs, IEnumerable<Tensor> values, IEnumerable<Tensor> losses,
        IReadOnlySet<Tensor> weights, DisposeScope? scope = null)
    {
        Tensor[] known = [.. values.Where(value => value.requires_grad).Concat(weights)];
        Tensor[] targets = [.. known, .. losses.Where(loss => loss.requires_grad)];
        if (outputs.Count == 0 || targets.Length == 0)
        {
            return;
        }

        // Sums so far come first, as they would in one backward pass over all. Where no gradient may arrive TorchSharp gives
        // a tensor without contents, which it goes on counting: there the sum so far is 0, which takes no memory.
        bool[] isReached = network.IsReached(segment, known.Length);
        var begun = new List<(Tensor Output, Tensor Gradient)>();
        bool[] isZero = new bool[targets.Length];
        for (int i = 0; i < targets.Length; i++)
        {
            if (sums.TryGetValue(targets[i], out Tensor? sum))
            {
                begun.Add((targets[i], sum));
            }
            else if (i < known.Length && !isReached[i])
            {
                isZero[i] = true;
                begun.Add((targets[i], zeros([], targets[i].dtype, targets[i].device).expand(targets[i].shape)));
            }
        }

        IList<Tensor> found = autograd.grad(
            [.. outputs.Concat(begun).Select(output => output.Output)], targets, [.. outputs.Concat(begun).Select(output => output.Gradient)],
            retain_graph: false, create_graph: false, allow_unused: true);
        for (int i = 0; i < targets.Length; i++)
        {
            bool arrived = !found[i].IsInvalid && !(isZero[i] && Array.TrueForAll(found[i].stride(), stride => stride == 0));
            if (i < known.Length)
            {
                isReached[i] |= arrived && isZero[i];
            }

            if (!arrived)
            {
                found[i].Dispose();
            }
            else if (weights.Contains(targets[i]) && !network.UsedAgain.Contains(targets[i]))
            {
                Add(targets[i], found[i]);
            }
            else
            {
                Take(targets[i])?.Dispose();
                sums.Add(targets[i], scope is null ? found[i] : scope.MoveToOuter(found[i]));
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
