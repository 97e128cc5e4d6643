using System.Reflection;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class CancellationTests
{
    private const int Steps = 17; // 1 batch tried of the validation, 3 epochs of 4 training and 1 validation batch, 1 for the evaluation

    [TestMethod]
    public void A_run_can_be_cancelled_at_any_step()
    {
        for (int step = 1; step <= Steps; step++)
        {
            using var cancellation = new CancellationTokenSource();
            int steps = 0;
            TestRun run = Run(cancellation.Token) with
            {
                CheckAlive = () =>
                {
                    if (++steps == step)
                    {
                        cancellation.Cancel();
                    }

                    cancellation.Token.ThrowIfCancellationRequested();
                },
            };
            run.Options.KeepModelWhenCancelled = false;
            Assert.Throws<OperationCanceledException>(() => run.Train(), $"step {step}");
            Assert.AreEqual(step, steps, "cancelled at once");
        }
    }

    /// <summary>Also where only the token says so, between the steps.</summary>
    [TestMethod]
    public void The_token_alone_is_enough()
    {
        using var cancellation = new CancellationTokenSource();
        TestRun run = Run(cancellation.Token);
        run.Options.Callbacks.Add(new CancelAt(2, cancellation));
        run.Options.KeepModelWhenCancelled = false;
        OperationCanceledException error = Assert.Throws<OperationCanceledException>(() => run.Train());
        Assert.AreEqual(cancellation.Token, error.CancellationToken);
        Assert.HasCount(2, run.Log, "the second epoch ended, the third did not");
    }

    [TestMethod]
    public void A_run_that_is_not_cancelled_takes_all_its_steps()
    {
        int steps = 0;
        (Run(CancellationToken.None) with { CheckAlive = () => steps++ }).Train();
        Assert.AreEqual(Steps, steps);
    }

    [TestMethod]
    public void A_token_that_was_cancelled_before_stops_Fit_before_it_reads()
    {
        var ml = new MLContext(seed: 1);
        var options = new NeuralNetworkOptions { Epochs = 1, CancellationToken = new CancellationToken(canceled: true) };
        var view = new Data.TestView(100).WithVector("Features", 2, (row, _) => row).WithNumber("Label", row => row);
        Assert.Throws<OperationCanceledException>(() => ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, options).Fit(view));
        Assert.IsLessThanOrEqualTo(1, view.RowsRead);
        Assert.AreEqual(0, view.OpenCursors);
    }

    [TestMethod]
    public void Cancelling_the_MLContext_ends_Fit()
    {
        var ml = new MLContext(seed: 1);
        int epochs = 0;
        ml.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Info && message.RawMessage.StartsWith("epoch ", StringComparison.Ordinal) && ++epochs == 2)
            {
                CancelExecution(ml);
            }
        };
        var view = new Data.TestView(40).WithVector("Features", 2, (row, _) => row / 40f).WithNumber("Label", row => row / 40f);
        var options = new NeuralNetworkOptions { Epochs = 1000, KeepModelWhenCancelled = false };
        OperationCanceledException error = Assert.Throws<OperationCanceledException>(
            () => ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, options).Fit(view));
        Assert.AreEqual("Training was cancelled through the MLContext.", error.Message);
        Assert.AreEqual(2, epochs);
        Assert.AreEqual(0, view.OpenCursors);
    }

    [TestMethod]
    public void Before_the_first_epoch_is_done_there_is_no_model_to_keep()
    {
        using var cancellation = new CancellationTokenSource();
        TestRun run = Run(cancellation.Token);
        run.Options.Callbacks.Add(new LambdaCallback(onValidationBegin: (_, _) => cancellation.Cancel()));
        Assert.Throws<OperationCanceledException>(() => run.Train());
    }

    [TestMethod]
    public void A_cancelled_run_keeps_the_weights_of_the_best_epoch_by_the_validation_loss()
    {
        using var cancellation = new CancellationTokenSource();
        var weights = new List<NetworkWeights>();
        // A learning rate that grows tenfold every epoch soon makes it worse.
        TestRun run = Run(cancellation.Token) with { Body = [] };
        run.Options.Epochs = 9;
        run.Options.Optimizer = new SGD(learningRate: 0.01f);
        run.Options.Callbacks.Add(new LambdaCallback(onEpochEnd: (training, result) =>
        {
            weights.Add(training.GetWeights());
            training.LearningRateFactor *= 6;
            if (result.Epoch == 4)
            {
                cancellation.Cancel();
            }
        }));
        Microsoft.ML.DeepLayers.Training.TrainingResult result = run.Train();
        Assert.IsTrue(result.History.WasCancelled);
        Assert.HasCount(4, result.History.Epochs);
        int best = result.History["val_loss"].Index().MinBy(pair => pair.Item).Index;
        Assert.IsLessThan(3, best, "the last epoch must not be the best one for this test");
        Assert.AreEqual(best + 1, result.History.BestEpoch);
        WeightAssert.AreEqual(weights[best], result.Weights);
        Assert.AreEqual($"Cancelled: the model has the weights of epoch {best + 1}.", run.Log[^1]);
    }

    [TestMethod]
    public void Without_a_validation_set_a_cancelled_run_keeps_the_last_epoch()
    {
        using var cancellation = new CancellationTokenSource();
        TestRun run = Run(cancellation.Token) with { Validation = null };
        NetworkWeights? last = null;
        run.Options.Callbacks.Add(new LambdaCallback(
            onEpochEnd: (training, _) => last = training.GetWeights(),
            onBatchEnd: (_, batch) =>
            {
                if (batch is { Epoch: 3, Batch: 2 })
                {
                    cancellation.Cancel();
                }
            }));
        Microsoft.ML.DeepLayers.Training.TrainingResult result = run.Train();
        Assert.AreEqual(2, result.History.BestEpoch);
        WeightAssert.AreEqual(last!, result.Weights);
    }

    [TestMethod]
    public void A_model_of_a_run_that_the_MLContext_cancelled_says_so_also_when_loaded()
    {
        var ml = new MLContext(seed: 1);
        var view = new Data.TestView(40).WithVector("Features", 2, (row, _) => row / 40f).WithNumber("Label", row => row / 40f);
        var options = new NeuralNetworkOptions
        {
            Epochs = 1000,
            Callbacks =
            {
                new LambdaCallback(onEpochEnd: (_, result) =>
                {
                    if (result.Epoch == 2)
                    {
                        CancelExecution(ml);
                    }
                }),
            },
        };
        using NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, options).Fit(view);
        using var folder = new TemporaryFolder();
        ml.Model.Save(model, view.Schema, folder["model.zip"]);
        using var loaded = (NeuralNetworkTransformer)new MLContext().Model.Load(folder["model.zip"], out _);
        foreach (History history in new[] { model.Model.Trained.History, loaded.Model.Trained.History })
        {
            Assert.IsTrue(history.WasCancelled);
            Assert.AreEqual(2, history.BestEpoch);
            Assert.HasCount(2, history.Epochs);
        }
    }

    [TestMethod]
    public void Cancelling_one_MLContext_leaves_others_alone()
    {
        CancelExecution(new MLContext(seed: 1));
        var ml = new MLContext(seed: 1);
        var view = new Data.TestView(40).WithVector("Features", 2, (row, _) => row / 40f).WithNumber("Label", row => row / 40f);
        using NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, epochs: 1).Fit(view);
        Assert.HasCount(1, model.Model.Trained.History.Epochs);
    }

    /// <summary>What MLContextExtension.CancelExecution of the package Microsoft.ML.Experimental does.</summary>
    private static void CancelExecution(MLContext ml) =>
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)!.Invoke(ml, null);

    private static TestRun Run(CancellationToken cancellation) => new()
    {
        Training = Rows.Line(16),
        Validation = Rows.Line(4, 2),
        Body = [new Dense(3), new Dropout(0.5f)],
        Options = new() { Epochs = 3, BatchSize = 4, CancellationToken = cancellation },
    };

    private sealed record CancelAt(int Epoch, CancellationTokenSource Cancellation) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Run(this);

        private sealed class Run(CancelAt owner) : CallbackRun
        {
            public override void OnEpochEnd(EpochResult result)
            {
                if (result.Epoch == owner.Epoch)
                {
                    owner.Cancellation.Cancel();
                }
            }
        }
    }
}
