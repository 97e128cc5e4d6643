using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

[TestClass]
public sealed class OnnxScorerTests
{
    [TestMethod]
    public void Scores_any_number_of_rows_up_to_the_capacity()
    {
        using var scorer = new OnnxScorer(TestNetworks.Regression([1, 2]));
        using ScoringBuffer buffer = scorer.CreateBuffer(8, [true]);
        foreach (int rows in new[] { 3, 8, 3, 3, 8, 1 })
        {
            for (int row = 0; row < rows; row++)
            {
                buffer.Input(0, row)[0] = row;
                buffer.Input(0, row)[1] = rows;
            }

            scorer.Run(buffer, rows);
            for (int row = 0; row < rows; row++)
            {
                Assert.AreEqual(row + (2 * rows), buffer.Scores(0, row)[0]);
            }
        }
    }

    [TestMethod]
    public void Goes_on_after_Dispose_with_the_same_buffer()
    {
        using var scorer = new OnnxScorer(TestNetworks.Regression([1, 2]));
        using ScoringBuffer buffer = scorer.CreateBuffer(1, [true]);
        for (int i = 0; i < 3; i++)
        {
            buffer.Input(0, 0).Fill(i);
            scorer.Run(buffer, 1);
            Assert.AreEqual(3 * i, buffer.Scores(0, 0)[0]);
            scorer.Dispose();
            scorer.Dispose();
        }
    }

    [TestMethod]
    public void Disposing_while_others_run_is_safe()
    {
        using var scorer = new OnnxScorer(TestNetworks.Regression([1, 2]));
        using var done = new CancellationTokenSource();
        Task disposing = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                scorer.Dispose();
            }
        });
        Parallel.For(0, 4, thread =>
        {
            using ScoringBuffer buffer = scorer.CreateBuffer(2, [true]);
            for (int i = 0; i < 200; i++)
            {
                buffer.Input(0, 1)[0] = i;
                buffer.Input(0, 1)[1] = thread;
                scorer.Run(buffer, 2);
                Assert.AreEqual(i + (2 * thread), buffer.Scores(0, 1)[0]);
            }
        });
        done.Cancel();
        disposing.GetAwaiter().GetResult();
    }

    [TestMethod]
    public void A_damaged_network_is_an_error_that_names_its_columns()
    {
        using var scorer = new OnnxScorer(TestNetworks.Regression([1, 2]) with { Onnx = [1, 2, 3] });
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => scorer.CreateBuffer(1, [true]));
        StringAssert.Contains(error.Message, "'Features' [2]");
        StringAssert.Contains(error.Message, "ONNX Runtime could not load");
    }

    [TestMethod]
    public void A_network_that_does_not_fit_its_columns_is_an_error()
    {
        TrainedNetwork network = TestNetworks.Regression([1, 2]);
        Says(network with { Inputs = [new InputColumn("Features", new Shape(3))] }, "2 values a row where 3");
        Says(network with { Inputs = [new InputColumn("Other", new Shape(2))] }, "'Other'");
        Says(network with { Outputs = [new TrainedOutput(null, PredictionTask.MulticlassClassification, "Label", new ClassLabels(4))] }, "'Score' has 1 values a row where 4");

        static void Says(TrainedNetwork network, string text)
        {
            using var scorer = new OnnxScorer(network);
            StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => scorer.CreateBuffer(1, [true])).Message, text);
        }
    }
}
