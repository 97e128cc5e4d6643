using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Modules;
using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// One batch through a <see cref="RematerializedNetwork"/>, forward and backward. Values that are kept are cut off from what
/// they were computed from (leaves). Gradients are added up in the order of an ordinary backward pass, so that they are the
/// same to the bit: sums so far enter the backward pass of the next segment as its first summand.
/// </summary>
internal sealed class RematerializedStep
{
    private readonly RematerializedNetwork network;
    private readonly IReadOnlyList<Tensor> inputs;
    private readonly ForwardContext context;
    private readonly GraphValues kept;
    private readonly List<Recorded> recorded = [];
    private readonly GradientSums gradients;

    /// <param name="network">The network.</param>
    /// <param name="inputs">A tensor for each of its inputs.</param>
    /// <param name="context">The context of the step; what layers add to the loss is added to it.</param>
    internal RematerializedStep(RematerializedNetwork network, IReadOnlyList<Tensor> inputs, ForwardContext context)
    {
        (this.network, this.inputs, this.context) = (network, inputs, context);
        kept = new GraphValues(network.Graph);
        gradients = new GradientSums(network);
    }

    private IReadOnlyList<GraphSegment> Segments => network.Segments;

    /// <summary>Computes the outputs of the network; the caller's dispose scope owns them and all that is kept.</summary>
    /// <param name="look">Is shown what each node gave, without what gradients need.</param>
    internal IReadOnlyList<Tensor> Forward(Action<IReadOnlyList<Tensor>[]>? look = null)
    {
        IReadOnlyList<Tensor>[]? seen = look is null ? null : new IReadOnlyList<Tensor>[network.Graph.Nodes.Count];
        for (int i = 0; i < Segments.Count - 1; i++)
        {
            recorded.Add(Record(i, seen));
        }

        // The last segment's gradients come first: nothing would be gained by computing it again.
        GraphSegment last = Segments[^1];
        GraphValues values = Given(last);
        GraphRunner.Run(network.Graph, network.Functions, inputs, context, values, (last.First, last.End), release: look is null);
        if (seen is not null)
        {
            Array.Copy(values.Values, last.First, seen, last.First, last.End - last.First);
            look!(seen);
            Array.ForEach(seen[..last.First], node => Dispose(node));
        }

        return [.. network.Graph.Outputs.Select(output => output.Node < last.First
            ? kept.Values[output.Node][output.Output] : values.Values[output.Node][output.Output])];
    }

    /// <summary>Adds the gradients of a loss to those of the weights.</summary>
    /// <param name="loss">The loss, computed from the outputs and from what layers added to the context.</param>
    internal void Backward(Tensor loss)
    {
        GraphSegment last = Segments[^1];
        gradients.PassBack(
            [(loss, ones_like(loss))],
            last.Reads.Union(network.Graph.Outputs.Where(output => output.Node < last.First)).Select(Kept),
            recorded.SelectMany(segment => segment.Losses), network.WithLoss);
        for (int i = recorded.Count - 1; i >= 0; i--)
        {
            Recompute(i);
        }

        gradients.Complete();
    }

    /// <summary>Runs a segment, and keeps what others read of it.</summary>
    private Recorded Record(int index, IReadOnlyList<Tensor>[]? seen)
    {
        GraphSegment segment = Segments[index];
        Tensor? state = BeginRandom(index);
        bool isForeign = Nodes(segment).Any(node => network.States[node].IsForeign);
        Tensor? globalState = isForeign ? GlobalRandom.GetState() : null;
        Tensor[] remembered = [.. Remembered(segment).Select(tensor => tensor.detach().clone())];
        using DisposeScope scope = NewDisposeScope();
        GraphValues values = Given(segment);
        ForwardContext own = Context(isRecomputation: false);
        // With gradients, though they are not used: without, libtorch may compute otherwise, and differ in the last bit.
        GraphRunner.Run(network.Graph, network.Functions, inputs, own, values, (segment.First, segment.End), release: seen is null);
        foreach (IGrouping<int, NodeOutput> node in segment.Gives.GroupBy(value => value.Node))
        {
            var leaves = new Tensor[values.Values[node.Key].Count];
            foreach (NodeOutput value in node)
            {
                leaves[value.Output] = scope.MoveToOuter(Leaf(values.Values[node.Key][value.Output], network.HasGradient[node.Key]));
            }

            kept.Values[node.Key] = leaves;
            kept.Masks[node.Key] = values.Masks[node.Key];
            foreach (Tensor? mask in values.Masks[node.Key])
            {
                if (mask is not null)
                {
                    scope.MoveToOuter(mask);
                }
            }
        }

        if (seen is not null)
        {
            foreach (int node in Nodes(segment))
            {
                seen[node] = [.. values.Values[node].Select(value => scope.MoveToOuter(value.detach()))];
            }
        }

        Tensor[] losses = [.. own.Losses.Select(loss => scope.MoveToOuter(Leaf(loss, loss.requires_grad)))];
        Array.ForEach(losses, context.AddLoss);
        return new Recorded(losses, state, globalState, remembered);
    }

    /// <summary>Runs a segment again, as it was run the first time, and passes gradients back through it.</summary>
    private void Recompute(int index)
    {
        GraphSegment segment = Segments[index];
        Recorded first = recorded[index];
        (NodeOutput Value, Tensor Gradient)[] given = [.. segment.Gives
            .Select(value => (value, gradients.Take(Kept(value)))).Where(value => value.Item2 is not null).Select(value => (value.value, value.Item2!))];
        if (given.Length == 0 && first.Losses.All(loss => gradients.Of(loss) is null))
        {
            return;
        }

        // The values themselves are computed anew.
        foreach (NodeOutput value in segment.Gives.Where(value => !network.Graph.Outputs.Contains(value)))
        {
            Kept(value).Dispose();
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor[] later = [.. Remembered(segment).Select(tensor => tensor.detach().clone())];
        Restore(segment, first.Remembered);
        Rewind(index, first);
        GraphValues values = Given(segment);
        ForwardContext own = Context(isRecomputation: true);
        GraphRunner.Run(network.Graph, network.Functions, inputs, own, values, (segment.First, segment.End), release: true);
        IEnumerable<(Tensor Output, Tensor? Gradient)> outputs = given
            .Select(value => (values.Values[value.Value.Node][value.Value.Output], (Tensor?)value.Gradient))
            .Concat(own.Losses.Zip(first.Losses, (loss, leaf) => (loss, gradients.Take(leaf))));
        gradients.PassBack(
            [.. outputs.Where(output => output.Gradient is not null && output.Output.requires_grad).Select(output => (output.Output, output.Gradient!))],
            segment.Reads.Select(Kept), [], network.Trainable[index], scope);
        Restore(segment, later);
        Array.ForEach(given, value => value.Gradient.Dispose());
    }

    private static Tensor Leaf(Tensor value, bool hasGradient)
    {
        Tensor leaf = value.detach();
        return hasGradient && leaf.is_floating_point() ? leaf.requires_grad_(true) : leaf;
    }

    private Tensor Kept(NodeOutput value) => kept.Values[value.Node][value.Output];

    /// <summary>The values that a segment begins with.</summary>
    private GraphValues Given(GraphSegment segment)
    {
        var values = new GraphValues(network.Graph);
        foreach (NodeOutput read in segment.Reads)
        {
            values.Values[read.Node] = kept.Values[read.Node];
            values.Masks[read.Node] = kept.Masks[read.Node];
        }

        return values;
    }

    private ForwardContext Context(bool isRecomputation) =>
        new(context.Training, context.Generator) { Masks = context.Masks, IsRecomputation = isRecomputation, Seed = context.Seed };

    /// <summary>What layers draw from: read on the CPU; a GPU's cannot be, and is seeded for the segment.</summary>
    private Tensor? BeginRandom(int index)
    {
        SeedDevice(index);
        return context.Generator is { } generator && DeviceGenerator.CanRead(generator) ? generator.get_state() : null;
    }

    private void Rewind(int index, Recorded first)
    {
        SeedDevice(index);
        if (first.Generator is { } state)
        {
            context.Generator!.set_state(state);
        }

        if (first.GlobalGenerator is { } globalState)
        {
            GlobalRandom.SetState(globalState);
        }
    }

    private void SeedDevice(int index)
    {
        if (context.Generator is { } generator && !DeviceGenerator.CanRead(generator))
        {
            DeviceGenerator.Seed(network.Device, context.Seed + index + 1);
        }
    }

    private void Restore(GraphSegment segment, IReadOnlyList<Tensor> values)
    {
        using IDisposable noGrad = no_grad();
        foreach ((Tensor tensor, Tensor value) in Remembered(segment).Zip(values))
        {
            tensor.copy_(value);
        }
    }

    private IEnumerable<Tensor> Remembered(GraphSegment segment) =>
        Nodes(segment).Select(network.Graph.OwnerOf).Distinct().SelectMany(node => network.States[node].Remembered);

    private static IEnumerable<int> Nodes(GraphSegment segment) => Enumerable.Range(segment.First, segment.End - segment.First);

    private static void Dispose(IReadOnlyList<Tensor> values)
    {
        foreach (Tensor value in values)
        {
            value.Dispose();
        }
    }

    /// <summary>What is known of a segment that has been run.</summary>
    /// <param name="Losses">What its layers added to the loss.</param>
    /// <param name="Generator">Where the run's random generator stood before.</param>
    /// <param name="GlobalGenerator">Where libtorch's own stood.</param>
    /// <param name="Remembered">What the weights that layers change by themselves were before.</param>
    private sealed record Recorded(IReadOnlyList<Tensor> Losses, Tensor? Generator, Tensor? GlobalGenerator, IReadOnlyList<Tensor> Remembered);
}
