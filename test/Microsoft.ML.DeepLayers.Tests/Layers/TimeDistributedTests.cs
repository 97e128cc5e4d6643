using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>TimeDistributed is the layer, step by step.</summary>
[TestClass]
public sealed class TimeDistributedTests
{
    [TestMethod]
    public void Each_step_is_what_the_layer_makes_of_it()
    {
        var layer = new Conv1D(2, 2, activation: Activation.Tanh);
        using var alone = new LayerHarness([layer], new Shape(3, 2));
        using var distributed = new LayerHarness([new TimeDistributed(layer)], new Shape(4, 3, 2));
        Values input = LayerHarness.RandomInput(LayerTable.Row("LSTM"), new Shape(4, 3, 2), 2);
        double[] expected = [.. input.Data.Chunk(6).SelectMany(step => alone.RunTorch(Values.Of(step, 1, 3, 2)).Data)];
        NumberAssert.AreClose(expected, distributed.RunTorch(input).Data, 1e-6, "libtorch");
        NumberAssert.AreClose(expected, distributed.RunOnnx(input).Data, 1e-5, "ONNX Runtime");
    }

    /// <summary>The mean of 1, 2, 3 and 6 is 3, their variance 3.5, whatever the row and the step.</summary>
    [TestMethod]
    public void Batch_statistics_are_over_all_steps()
    {
        using var harness = new LayerHarness(
            [new TimeDistributed(new BatchNormalization(epsilon: 1e-6f, center: false, scale: false))], new Shape(2, 1), fill: _ => [1]);
        double[] normalized = harness.RunTorch(Values.Of([1, 2, 3, 6], 2, 2, 1), training: true).Data;
        NumberAssert.AreClose([.. new[] { -2.0, -1, 0, 3 }.Select(value => value / Math.Sqrt(3.5))], normalized, 1e-5);
    }
}
