using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// Lets the layers that learn from the data (<see cref="IAdaptiveLayer"/>) do so before the first epoch: a pass over the
/// training examples for all those that do not stand behind one another, and so on. Each sees what arrives at its place,
/// computed as at inference by the layers in front of it.
/// </summary>
internal sealed class Adaptation
{
    private readonly TrainingPlan plan;
    private readonly TorchNetwork network;
    private readonly BatchPipeline pipeline;
    private readonly BatchTensors tensors;

    private Adaptation(TrainingPlan plan, TorchNetwork network, BatchPipeline pipeline, BatchTensors tensors) =>
        (this.plan, this.network, this.pipeline, this.tensors) = (plan, network, pipeline, tensors);

    private NetworkGraph Graph => plan.Graph;

    /// <summary>Adapts what can be adapted, unless training continues from weights that were adapted then.</summary>
    internal static void Run(TrainingPlan plan, TorchNetwork network, BatchPipeline pipeline, BatchTensors tensors)
    {
        if (plan.InitialWeights is null)
        {
            new Adaptation(plan, network, pipeline, tensors).Run();
        }
    }

    private void Run()
    {
        var adaptations = new Dictionary<int, LayerAdaptation>();
        for (int node = 0; node < Graph.Nodes.Count; node++)
        {
            // A layer that is applied again learns at its first place.
            if (Graph.Nodes[node].SharedWith is null && (Graph.Nodes[node].Layer as IAdaptiveLayer)?.BeginAdaptation(plan.Shapes.Inputs[node][0]) is { } adaptation)
            {
                adaptations.Add(node, adaptation);
            }
        }

        int[] levels = Levels(adaptations.ContainsKey);
        foreach (IGrouping<int, int> pass in adaptations.Keys.GroupBy(node => levels[node]).OrderBy(group => group.Key))
        {
            int[] nodes = [.. pass];
            plan.Log($"adapting {string.Join(", ", nodes.Select(node => Graph.Nodes[node].Name))} to the training data");
            Read(nodes, adaptations);
            Array.ForEach(nodes, node => Set(node, adaptations[node].Finish()));
        }
    }

    /// <summary>How many adapted layers stand in front of each node, one behind the other.</summary>
    private int[] Levels(Func<int, bool> isAdapted)
    {
        int[] levels = new int[Graph.Nodes.Count];
        for (int node = 0; node < levels.Length; node++)
        {
            levels[node] = Graph.Nodes[node].Inputs.Select(input => levels[input.Node] + (isAdapted(input.Node) ? 1 : 0)).DefaultIfEmpty().Max();
        }

        return levels;
    }

    /// <summary>Goes through the training examples once.</summary>
    private void Read(int[] nodes, Dictionary<int, LayerAdaptation> adaptations)
    {
        bool[] needed = Ancestors(nodes);
        using IDisposable noGrad = no_grad();
        foreach (Batch batch in pipeline.Read(plan.Examples.Training.BeginEpoch(null), plan.Options.CancellationToken))
        {
            plan.CheckAlive();
            using DisposeScope scope = NewDisposeScope();
            IReadOnlyList<Tensor>[] values = GraphRunner.Run(
                Graph, network.Functions, tensors[batch].Inputs, new ForwardContext(Training: false, null), needed);
            foreach (int node in nodes)
            {
                NodeOutput read = Graph.Nodes[node].Inputs[0];
                adaptations[node].Update(values[read.Node][read.Output]);
            }
        }
    }

    private bool[] Ancestors(int[] nodes)
    {
        bool[] needed = new bool[Graph.Nodes.Count];
        for (int node = needed.Length - 1; node >= 0; node--)
        {
            if (needed[node] || nodes.Contains(node))
            {
                foreach (NodeOutput input in Graph.Nodes[node].Inputs)
                {
                    needed[input.Node] = true;
                }
            }
        }

        return needed;
    }

    private void Set(int node, IReadOnlyDictionary<string, float[]> values)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, float[] numbers) in values)
        {
            Tensor weight = network.Weights.Single(candidate => candidate.Name == $"{Graph.Nodes[node].Name}/{name}").Tensor;
            weight.copy_(tensor(numbers).reshape(weight.shape));
        }
    }
}
