using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Explain;

/// <summary>What Grad-CAM finds in an image.</summary>
/// <param name="Map">The weighted sum of the channels, in the size of the feature map; above 0 only.</param>
/// <param name="ClassIndex">The class that is explained.</param>
/// <param name="Score">Its probability; of a regression, the value.</param>
internal readonly record struct GradCamResult(float[] Map, int ClassIndex, float Score);

/// <summary>A trained network as libtorch computes it, with gradients at one of its layers. One thread at a time.</summary>
internal sealed class GradCamNetwork : IDisposable
{
    /// <summary>What images and their feature maps may take at once, in numbers.</summary>
    private const long ValuesAtOnce = 8 << 20;

    private readonly ExplainedNetwork network;
    private readonly RebuiltNetwork rebuilt;
    private readonly int node;
    private readonly int rowsAtOnce;

    internal GradCamNetwork(ExplainedNetwork network, int node)
    {
        this.network = network;
        this.node = node;
        using DisposeScope scope = NewDisposeScope();
        rebuilt = RebuiltNetwork.Build(network.Trained);
        long values = network.Shapes.Outputs.Max(shapes => shapes.Sum(shape => shape.HasVariableLength ? 0 : shape.Size));
        rowsAtOnce = (int)Math.Clamp(ValuesAtOnce / values, 1, 64);
    }

    internal int MapHeight => network.Shapes.Outputs[node][0][0];

    internal int MapWidth => network.Shapes.Outputs[node][0][1];

    /// <exception cref="InvalidOperationException">libtorch failed; the message says what to look at.</exception>
    internal List<GradCamResult> Compute(IReadOnlyList<float[][]> rows, int? classIndex)
    {
        var results = new List<GradCamResult>();
        foreach (float[][][] chunk in rows.Chunk(rowsAtOnce))
        {
            try
            {
                Compute(chunk, classIndex, results);
            }
            catch (ExternalException exception)
            {
                // libtorch's own message is a page of native stack behind its first line.
                throw new InvalidOperationException(
                    $"libtorch could not compute gradients of the network for {chunk.Length} images {network.Image}: {exception.Message.Split('\n')[0]} Check that memory suffices.", exception);
            }
        }

        return results;
    }

    public void Dispose() => rebuilt.Dispose();

    private void Compute(float[][][] rows, int? classIndex, List<GradCamResult> results)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] inputs = [.. network.Trained.Inputs.Select((input, index) => ToTensor(rows, index, input.Shape))];
        var context = new ForwardContext(Training: false, null);
        var values = new GraphValues(rebuilt.Graph);
        using (no_grad())
        {
            GraphRunner.Run(rebuilt.Graph, rebuilt.Torch.Functions, inputs, context, values, (0, node + 1));
        }

        // From here on gradients are asked for; nodes before this one do not depend on it.
        Tensor map = values.Values[node][0].detach().requires_grad_(true);
        values.Values[node] = [map, .. values.Values[node].Skip(1)];
        GraphRunner.Run(rebuilt.Graph, rebuilt.Torch.Functions, inputs, context, values, (node + 1, rebuilt.Graph.Nodes.Count));
        NodeOutput output = rebuilt.Graph.Outputs[network.Output];
        Tensor logits = values.Values[output.Node][output.Output].flatten(1);
        (Tensor explained, long[] classes, float[] scores) = Choose(logits, classIndex);
        // Images do not depend on one another, so that the gradient of the sum is that of each.
        // The map is a leaf, so that the gradient stays with it; of autograd.grad, TorchSharp does not catch what libtorch throws.
        autograd.backward([explained.sum()], inputs: [map]);
        Tensor gradient = map.grad ?? zeros_like(map);
        using IDisposable noGrad = no_grad();
        Tensor heat = map.mul(gradient.mean([1, 2], keepdim: true)).sum(-1).relu();
        float[] numbers = heat.contiguous().data<float>().ToArray();
        foreach ((float[] one, int index) in numbers.Chunk(MapHeight * MapWidth).Select((one, index) => (one, index)))
        {
            results.Add(new GradCamResult(one, (int)classes[index], scores[index]));
        }
    }

    /// <summary>The logit that is explained for each image, of which class it is, and that class's probability.</summary>
    private (Tensor Explained, long[] Classes, float[] Scores) Choose(Tensor logits, int? classIndex)
    {
        PredictionTask task = network.TrainedOutput.Task;
        // A binary classifier has one logit: what speaks for false is what speaks against true.
        Tensor all = task == PredictionTask.BinaryClassification ? cat([logits.neg().Multiply(0.5), logits.Multiply(0.5)], 1) : logits;
        Tensor chosen = classIndex is { } index
            ? TensorOperations.Full([all.shape[0], 1], (long)index, ScalarType.Int64)
            : task == PredictionTask.Regression ? zeros([all.shape[0], 1], ScalarType.Int64) : all.detach().argmax(1, keepdim: true);
        Tensor scores = task == PredictionTask.Regression ? network.TrainedOutput.Activation.Apply(logits) : all.softmax(1);
        Tensor explained = task == PredictionTask.BinaryClassification ? all.Multiply(2) : all;
        return (explained.gather(1, chosen), [.. chosen.data<long>()], [.. scores.detach().gather(1, chosen).contiguous().data<float>()]);
    }

    private static Tensor ToTensor(float[][][] rows, int input, Shape shape)
    {
        float[] values = [.. rows.SelectMany(row => row[input])];
        return tensor(values).reshape(shape.WithBatch(rows.Length));
    }
}
