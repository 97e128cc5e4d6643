using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Writes down what the first batches of a training were like, layer by layer.</summary>
internal sealed class StepRecorder : IStepObserver, IDisposable
{
    private readonly NetworkGraph graph;
    private readonly IReadOnlyList<Objective> objectives;
    private readonly int batches;
    private readonly Dictionary<string, int> nodes = new(StringComparer.Ordinal);
    private Tensor? before;

    /// <param name="plan">The plan of the training.</param>
    /// <param name="batches">How many batches are looked at.</param>
    internal StepRecorder(TrainingPlan plan, int batches)
    {
        graph = plan.Graph;
        objectives = plan.Objectives;
        this.batches = batches;
        Outputs = [.. graph.Nodes.Select(node => new ActivityRecord(ActivationOf(node.Layer)))];
        Labels = [.. plan.Objectives.Select(_ => new ActivityRecord(null))];
        Gradients = [.. graph.Nodes.Select(_ => new List<GradientNorms>())];
        Updates = [.. graph.Nodes.Select(_ => new List<double>())];
        ConstantLosses = [.. plan.Objectives.Select(objective => new ConstantPredictor(objective))];
    }

    /// <summary>What each node gave; for an input, what it was given.</summary>
    internal ActivityRecord[] Outputs { get; }

    /// <summary>The labels of each output.</summary>
    internal ActivityRecord[] Labels { get; }

    /// <summary>The gradients of each node's weights, batch by batch.</summary>
    internal List<GradientNorms>[] Gradients { get; }

    /// <summary>How long each step was, compared with the node's weights.</summary>
    internal List<double>[] Updates { get; }

    /// <summary>The loss of each batch looked at.</summary>
    internal List<double> Losses { get; } = [];

    /// <summary>What a constant would lose on the batches looked at.</summary>
    internal ConstantPredictor[] ConstantLosses { get; }

    /// <summary>The activation that a layer ends in, if it says so.</summary>
    internal static Activation? ActivationOf(Layer layer) => layer switch
    {
        Dense dense => dense.Activation,
        EinsumDense dense => dense.Activation,
        StandardConvolution convolution => convolution.Activation,
        DepthwiseConvolution convolution => convolution.Activation,
        SeparableConvolution convolution => convolution.Activation,
        TransposedConvolution convolution => convolution.Activation,
        ActivationLayer activation => activation.Activation,
        ReLU { NegativeSlope: 0 } => Activation.ReLU,
        Softmax => Activation.Softmax,
        TimeDistributed distributed => ActivationOf(distributed.Layer),
        _ => null,
    };

    public bool LooksAtValues => Losses.Count < batches;

    public void OnForward(BatchTensorSet batch, IReadOnlyList<Tensor>[] values)
    {
        if (Losses.Count >= batches)
        {
            return;
        }

        using IDisposable noGrad = no_grad();
        for (int node = 0; node < values.Length; node++)
        {
            Outputs[node].Add(values[node][0]);
        }

        for (int output = 0; output < objectives.Count; output++)
        {
            Labels[output].Add(batch.Labels[output]);
            ConstantLosses[output].Add(batch.Labels[output], batch.Weights, values[graph.Outputs[output].Node][graph.Outputs[output].Output].shape);
        }
    }

    public void OnBackward(StepOutcome outcome, ParameterBuffer parameters)
    {
        if (Losses.Count >= batches)
        {
            return;
        }

        using IDisposable noGrad = no_grad();
        Losses.Add(outcome.Losses.Total.detach().to(ScalarType.Float32).item<float>());
        foreach (IGrouping<int, ParameterSegment> layer in parameters.Segments.GroupBy(NodeOf))
        {
            double all = 0, kernels = 0;
            long count = 0;
            foreach (ParameterSegment segment in layer)
            {
                double square = Square(segment.Gradient);
                all += square;
                if (segment.Weight.Spec.Shape.Rank > 1)
                {
                    (kernels, count) = (kernels + square, count + segment.Gradient.numel());
                }
            }

            Gradients[layer.Key].Add(new GradientNorms(Math.Sqrt(all), count == 0 ? null : Math.Sqrt(kernels / count)));
        }

        before?.Dispose();
        before = parameters.Values.clone().DetachFromDisposeScope();
    }

    public void OnStep(ParameterBuffer parameters)
    {
        if (before is null)
        {
            return;
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor change = parameters.Values.sub(before);
        foreach (IGrouping<int, ParameterSegment> layer in parameters.Segments.Where(segment => segment.Weight.Spec.Shape.Rank > 1).GroupBy(NodeOf))
        {
            double weights = layer.Sum(segment => Square(before.narrow(0, segment.Offset, segment.Value.numel())));
            double changes = layer.Sum(segment => Square(change.narrow(0, segment.Offset, segment.Value.numel())));
            if (weights > 0)
            {
                Updates[layer.Key].Add(Math.Sqrt(changes / weights));
            }
        }

        before.Dispose();
        before = null;
    }

    public void Dispose() => before?.Dispose();

    /// <summary>The node that a weight belongs to: names of nodes may hold slashes, those of weights too.</summary>
    private int NodeOf(ParameterSegment segment)
    {
        string name = segment.Weight.Name;
        if (!nodes.TryGetValue(name, out int node))
        {
            node = Enumerable.Range(0, graph.Nodes.Count).Where(i => graph.Nodes[i].SharedWith is null)
                .Where(i => name.StartsWith($"{graph.Nodes[i].Name}/", StringComparison.Ordinal))
                .MaxBy(i => graph.Nodes[i].Name.Length);
            nodes.Add(name, node);
        }

        return node;
    }

    private static double Square(Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        return values.detach().cpu().to(ScalarType.Float64).Square().sum().item<double>();
    }
}

/// <summary>How large the gradients of a layer were.</summary>
/// <param name="Norm">The length of all of them.</param>
/// <param name="KernelSize">The root mean square of those of its kernels; <see langword="null"/> without kernels.</param>
internal readonly record struct GradientNorms(double Norm, double? KernelSize);
