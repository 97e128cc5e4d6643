using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>What recurrent layers drop in training: one mask a sequence, for all gates or for each, as in Keras.</summary>
[TestClass]
public sealed class RecurrentDropoutTests
{
    private const int Rows = 4000;

    /// <summary>h' = x, so that the output is the input as the layer sees it.</summary>
    [TestMethod]
    public void A_sequence_drops_the_same_features_at_each_step()
    {
        var layer = new SimpleRNN(2, Activation.Linear, useBias: false, dropout: 0.25f, returnSequences: true);
        using var harness = new LayerHarness([layer], new Shape(3, 2), fill: spec => spec.Name == "kernel" ? [1, 0, 0, 1] : [0, 0, 0, 0]);
        Values ones = Values.Of([.. Enumerable.Repeat(1.0, Rows * 6)], Rows, 3, 2);
        double[][] rows = [.. harness.RunTorch(ones, training: true, seed: 1).Data.Chunk(6)];
        int dropped = 0;
        foreach (double[] row in rows)
        {
            for (int feature = 0; feature < 2; feature++)
            {
                double first = row[feature];
                Assert.IsTrue(first == 0 || Math.Abs(first - (1 / 0.75)) < 1e-6, $"{first}");
                Assert.AreEqual(first, row[2 + feature]);
                Assert.AreEqual(first, row[4 + feature]);
                dropped += first == 0 ? 1 : 0;
            }
        }

        // Five standard deviations.
        Assert.AreEqual(0.25, dropped / (2.0 * Rows), 5 * Math.Sqrt(0.25 * 0.75 / (2 * Rows)));
        NumberAssert.AreClose(ones, harness.RunTorch(ones), 0, "not training");
    }

    /// <summary>h' = x + m · h with x = 1 is 1, 1 + m, 1 + m + m².</summary>
    [TestMethod]
    public void A_sequence_drops_the_same_state_at_each_step()
    {
        var layer = new SimpleRNN(1, Activation.Linear, useBias: false, recurrentDropout: 0.5f, returnSequences: true);
        using var harness = new LayerHarness([layer], new Shape(3, 1), fill: _ => [1]);
        Values ones = Values.Of([.. Enumerable.Repeat(1.0, Rows * 3)], Rows, 3, 1);
        int dropped = 0;
        foreach (double[] row in harness.RunTorch(ones, training: true, seed: 2).Data.Chunk(3))
        {
            bool isDropped = row[1] == 1;
            NumberAssert.AreClose(isDropped ? [1, 1, 1] : [1, 3, 7], row, 1e-6);
            dropped += isDropped ? 1 : 0;
        }

        Assert.AreEqual(0.5, dropped / (double)Rows, 5 * Math.Sqrt(0.25 / Rows));
    }

    /// <summary>
    /// With linear activations and x = 1 the output of one step is i · g · o: three gates that are all kept or all dropped
    /// under one mask, and each on its own under masks of their own.
    /// </summary>
    [TestMethod]
    [DataRow(0f, 0.5)]
    [DataRow(0.01f, 0.125)]
    public void Gates_share_a_mask_unless_the_state_is_dropped_too(float recurrentDropout, double kept)
    {
        var layer = new LSTM(1, Activation.Linear, Activation.Linear, useBias: false, dropout: 0.5f, recurrentDropout: recurrentDropout);
        using var harness = new LayerHarness([layer], new Shape(1, 1), fill: _ => [1, 1, 1, 1]);
        double[] outputs = harness.RunTorch(Values.Of([.. Enumerable.Repeat(1.0, Rows)], Rows, 1, 1), training: true, seed: 3).Data;
        Assert.IsTrue(outputs.All(output => output == 0 || Math.Abs(output - 8) < 1e-5));
        Assert.AreEqual(kept, outputs.Count(output => output != 0) / (double)Rows, 5 * Math.Sqrt(kept * (1 - kept) / Rows));
    }

    /// <summary>
    /// From h = 1 and x = 0, h' = z + (1 - z) n with linear activations, z = m1 and n = r m3 (reset after: r (m3 · 1)),
    /// r = m2: each gate sees the state through a mask of its own, while the h that z keeps is whole.
    /// </summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_GRU_drops_the_state_on_its_way_into_each_gate_alone(bool resetAfter)
    {
        var layer = new GRU(1, Activation.Linear, Activation.Linear, useBias: false, recurrentDropout: 0.5f, resetAfter: resetAfter);
        using var harness = new LayerHarness([layer], [new Shape(1, 1), new Shape(1)], fill: _ => [1, 1, 1]);
        var arguments = new LayerArguments(Values.Of(new double[Rows], Rows, 1, 1), Values.Of([.. Enumerable.Repeat(1.0, Rows)], Rows, 1));
        double[] outputs = harness.RunTorch(arguments, training: true, seed: 4).Outputs[0].Data;
        // z, r and m3 are 0 or 2: n is 4 where both r and m3 are kept, else 0.
        Dictionary<double, int> counts = outputs.GroupBy(output => Math.Round(output, 5)).ToDictionary(group => group.Key, group => group.Count());
        CollectionAssert.AreEquivalent(new[] { 0.0, 4, 2, -2 }, counts.Keys.ToArray());
        foreach ((double value, double probability) in new[] { (0.0, 0.375), (4, 0.125), (2, 0.375), (-2, 0.125) })
        {
            Assert.AreEqual(probability, counts[value] / (double)Rows, 5 * Math.Sqrt(probability * (1 - probability) / Rows), $"{value}");
        }
    }

    /// <summary>As for the LSTM: one step of a window of one position, from no state.</summary>
    [TestMethod]
    public void A_ConvLSTM_drops_for_each_gate_alone()
    {
        var layer = new ConvLSTM1D(1, 1, activation: Activation.Linear, recurrentActivation: Activation.Linear, useBias: false, dropout: 0.5f);
        using var harness = new LayerHarness([layer], new Shape(1, 1, 1), fill: _ => [1, 1, 1, 1]);
        double[] outputs = harness.RunTorch(Values.Of([.. Enumerable.Repeat(1.0, Rows)], Rows, 1, 1, 1), training: true, seed: 5).Data;
        Assert.IsTrue(outputs.All(output => output == 0 || Math.Abs(output - 8) < 1e-5));
        Assert.AreEqual(0.125, outputs.Count(output => output != 0) / (double)Rows, 5 * Math.Sqrt(0.125 * 0.875 / Rows));
    }

    /// <summary>The state's mask of a ConvLSTM is one for all steps: forget and all else kept, h is what it would be times powers of m.</summary>
    [TestMethod]
    public void A_ConvLSTM_drops_the_same_at_each_step()
    {
        var layer = new ConvLSTM1D(1, 1, activation: Activation.Linear, recurrentActivation: Activation.Linear, useBias: false, dropout: 0.5f, returnSequences: true);
        // Without a recurrent kernel each step adds i · g to f · c, and o times that is the output.
        using var harness = new LayerHarness([layer], new Shape(2, 1, 1), fill: spec => spec.Name == "kernel" ? [1, 1, 1, 1] : [0, 0, 0, 0]);
        var seen = new HashSet<(double, double)>();
        foreach (double[] row in harness.RunTorch(Values.Of([.. Enumerable.Repeat(1.0, Rows)], Rows / 2, 2, 1, 1), training: true, seed: 6).Data.Chunk(2))
        {
            seen.Add((Math.Round(row[0], 4), Math.Round(row[1], 4)));
        }

        // Kept: 2 · 4 = 8, then 2 · (2 · 4 + 4) = 24, or 8 again where the forget gate sees nothing.
        CollectionAssert.AreEquivalent(new[] { (0.0, 0.0), (8, 24), (8, 8) }, seen.ToArray());
    }
}
