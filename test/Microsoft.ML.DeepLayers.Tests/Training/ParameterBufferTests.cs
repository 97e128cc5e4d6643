using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class ParameterBufferTests
{
    [TestMethod]
    public void Weights_keep_their_values_and_lie_one_after_the_other()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] weights = [tensor(new float[] { 1, 2, 3, 4, 5, 6 }).reshape(2, 3), tensor(7f), tensor(new float[] { 8, 9 })];
        Array.ForEach(weights, weight => weight.requires_grad = true);
        using var buffer = new ParameterBuffer(Of(weights), CPU);
        CollectionAssert.AreEqual(new float[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, Floats(buffer.Values));
        CollectionAssert.AreEqual(new float[9], Floats(buffer.Gradients));
        CollectionAssert.AreEqual(new long[] { 2, 3 }, weights[0].shape);
        CollectionAssert.AreEqual(new float[] { 1, 2, 3, 4, 5, 6 }, Floats(weights[0]));
        CollectionAssert.AreEqual(Array.Empty<long>(), weights[1].shape);
        Assert.AreEqual(7f, weights[1].item<float>());
    }

    [TestMethod]
    public void Weights_are_views_of_the_buffer()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor first = ones(2, 2, requires_grad: true), second = zeros(3, requires_grad: true);
        using var buffer = new ParameterBuffer(Of(first, second), CPU);
        using (no_grad())
        {
            buffer.Values.add_(arange(7, ScalarType.Float32));
        }

        CollectionAssert.AreEqual(new float[] { 1, 2, 3, 4 }, Floats(first));
        CollectionAssert.AreEqual(new float[] { 4, 5, 6 }, Floats(second));
        using (no_grad())
        {
            second.fill_(9);
        }

        CollectionAssert.AreEqual(new float[] { 1, 2, 3, 4, 9, 9, 9 }, Floats(buffer.Values));
        Assert.IsTrue(first.requires_grad && second.requires_grad);
    }

    [TestMethod]
    public void Backward_passes_add_to_the_flat_gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor first = tensor(new float[] { 1, 2 }), second = tensor(new float[] { 3 });
        (first.requires_grad, second.requires_grad) = (true, true);
        using var buffer = new ParameterBuffer(Of(first, second), CPU);
        // d(a² + 5b)/da = 2a, /db = 5.
        void Backward() => (first.square().sum() + (second * 5).sum()).backward();

        Backward();
        CollectionAssert.AreEqual(new float[] { 2, 4, 5 }, Floats(buffer.Gradients));
        Backward();
        CollectionAssert.AreEqual(new float[] { 4, 8, 10 }, Floats(buffer.Gradients));
        buffer.Gradients.zero_();
        Backward();
        CollectionAssert.AreEqual(new float[] { 2, 4, 5 }, Floats(buffer.Gradients));
        CollectionAssert.AreEqual(new float[] { 2, 4 }, Floats(first.grad!));
    }

    [TestMethod]
    public void Large_gradients_may_stay_where_the_backward_pass_puts_them()
    {
        using DisposeScope scope = NewDisposeScope();
        // Large ones at the beginning and the end, one that nothing depends on, one whose gradient is transposed, small ones between.
        Tensor[] weights = [ones(200, 100), ones(3), ones(20_000), ones(5), ones(150, 140), ones(30_000)];
        Array.ForEach(weights, weight => weight.requires_grad = true);
        using var buffer = new ParameterBuffer(Of(weights), CPU) { LeavesGradients = true };
        void Backward() => ((weights[0] * 2).sum() + (weights[1] * 3).sum() + (weights[3] * 5).sum()
            + (weights[4].t() * arange(21_000, ScalarType.Float32).view(140, 150)).sum() + (weights[5] * 7).sum()).backward();
        float[] Expected(int times) => [.. new[]
            {
                full(20_000, 2f), full(3, 3f), zeros(20_000), full(5, 5f), arange(21_000, ScalarType.Float32).view(140, 150).t().reshape(-1), full(30_000, 7f),
            }.SelectMany(part => Floats(part * times))];
        float[] Parts()
        {
            var all = new float[(int)buffer.Values.numel()];
            int count = 0;
            foreach ((long offset, FlatMemory gradients) in buffer.GradientParts())
            {
                gradients.Part(0, (int)gradients.Length).CopyTo(all.AsSpan((int)offset));
                count += (int)gradients.Length;
            }

            Assert.AreEqual(all.Length, count);
            return all;
        }

        for (int step = 0; step < 3; step++)
        {
            buffer.ClearGradients();
            Backward();
            CollectionAssert.AreEqual(Expected(1), Parts());
            Assert.IsTrue(buffer.Segments[0].IsLeft && buffer.Segments[5].IsLeft);
            Assert.IsFalse(buffer.Segments[1].IsLeft || buffer.Segments[2].IsLeft || buffer.Segments[3].IsLeft);
            Backward();
            CollectionAssert.AreEqual(Expected(2), Parts());
            CollectionAssert.AreEqual(Expected(2), Floats(buffer.Gradients));
            Assert.IsFalse(buffer.Segments.Any(segment => segment.IsLeft));
            Backward();
            CollectionAssert.AreEqual(Expected(3), Floats(buffer.Gradients));
            CollectionAssert.AreEqual(Expected(3), Parts());
        }

        buffer.ClearGradients();
        CollectionAssert.AreEqual(new float[Expected(1).Length], Floats(buffer.Gradients));
    }

    /// <summary>Also where a libtorch module owns the weights, as in an LSTM.</summary>
    [TestMethod]
    public void A_step_changes_what_the_layers_compute()
    {
        foreach (Sequential network in new Sequential[] { [new Dense(3), new Dense(2)], [new Reshape(2, 2), new LSTM(3), new Dense(2)], [new Reshape(2, 2, 1), new Conv2D(2, 2), new Flatten()] })
        {
            using DisposeScope scope = NewDisposeScope();
            NetworkGraph graph = network.Graph;
            using var torchNetwork = new TorchNetwork(graph, graph.InferShapes([new Shape(4)]), CPU);
            torchNetwork.Initialize(1);
            Tensor input = ones(1, 4);
            Tensor Forward() => torchNetwork.Forward([input], new ForwardContext(true, null))[0];
            float[] before = Floats(Forward());
            using var buffer = new ParameterBuffer(torchNetwork.Weights, CPU);
            CollectionAssert.AreEqual(before, Floats(Forward()), "moving the weights into the buffer changes nothing");

            Forward().sum().backward();
            // Along the negative gradient, the sum falls by about the squared length of the step.
            double squares = buffer.Gradients.square().sum().item<float>();
            Assert.IsGreaterThan(0, squares);
            using (no_grad())
            {
                buffer.Values.add_(buffer.Gradients, alpha: -1e-3);
            }

            Assert.AreEqual(-1e-3 * squares, Floats(Forward()).Sum() - before.Sum(), 1e-4 + (1e-4 * squares), network.ToString());
        }
    }

    [TestMethod]
    public void Disposing_frees_the_buffer_and_leaves_the_weights_to_their_owner()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = tensor(new float[] { 1, 2 });
        weight.requires_grad = true;
        long before = LiveTensors.Count();
        var buffer = new ParameterBuffer(Of(weight), CPU);
        using (NewDisposeScope())
        {
            (weight * 3).sum().backward();
        }

        buffer.Dispose();
        Assert.AreEqual(before, Tensor.TotalCount);
        Assert.IsNull(weight.grad);
        CollectionAssert.AreEqual(new float[] { 1, 2 }, Floats(weight));
    }

    [TestMethod]
    public void It_outlives_the_scope_it_was_made_in()
    {
        using Tensor weight = ones(2, requires_grad: true);
        ParameterBuffer buffer;
        using (NewDisposeScope())
        {
            buffer = new ParameterBuffer(Of(weight), CPU);
        }

        CollectionAssert.AreEqual(new float[] { 1, 1 }, Floats(buffer.Values));
        buffer.Dispose();
    }

    [TestMethod]
    public void A_network_without_trainable_weights_has_an_empty_buffer()
    {
        using var buffer = new ParameterBuffer([], CPU);
        Assert.AreEqual(0, buffer.Values.numel());
    }

    private static TorchWeight[] Of(params Tensor[] weights) => [.. weights.Select((weight, i) => TestBuffer.Weight($"weight_{i}", weight))];

    private static float[] Floats(Tensor values)
    {
        using Tensor detached = values.detach();
        return [.. detached.data<float>()];
    }
}
