using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>However a run ends, it leaves no tensor behind, and that without the garbage collector.</summary>
[TestClass]
[DoNotParallelize]
public sealed class NativeMemoryTests
{
    public static IEnumerable<Optimizer[]> Optimizers => [[new Adam()], [new AdamW()], [new SGD(momentum: 0.5f)], [new RMSprop(momentum: 0.5f, centered: true)]];

    [TestMethod]
    [DynamicData(nameof(Optimizers))]
    public void A_run_that_ends_well(Optimizer optimizer) => AssertLeavesNothing(() =>
    {
        TestRun run = Run();
        run.Options.Optimizer = optimizer;
        run.Train();
    });

    [TestMethod]
    public void Layers_of_every_kind()
    {
        foreach (Sequential body in new Sequential[]
        {
            [new Reshape(6, 6, 1), new Conv2D(2, 3, padding: Padding.Same), new BatchNormalization(), new AveragePooling2D(2, padding: Padding.Same), new Flatten()],
            [new Reshape(9, 4), new Conv1D(3, 2, padding: Padding.Causal), new Bidirectional(new LSTM(2, returnSequences: true)), new GRU(2, resetAfter: false)],
            [new Reshape(9, 4), new SimpleRNN(3, Activation.Softsign, returnSequences: true), new GlobalMaxPooling1D(), new ActivationLayer(Activation.Mish)],
        })
        {
            AssertLeavesNothing(() => (Run() with { Body = body }).Train());
        }
    }

    [TestMethod]
    public void A_run_that_restores_weights() => AssertLeavesNothing(() => (Run() with { Options = new() { Epochs = 4, Callbacks = { new EarlyStopping(patience: 1) } } }).Train());

    [TestMethod]
    public void A_run_that_continues_another() => AssertLeavesNothing(() =>
    {
        TrainingResult first = Run().Train();
        (Run() with { InitialWeights = first.Weights, InitialHistory = first.History }).Train();
    });

    [TestMethod]
    public void A_run_that_is_cancelled() => AssertLeavesNothing(() =>
    {
        int steps = 0;
        TestRun run = Run() with { CheckAlive = () => { if (++steps == 6) { throw new OperationCanceledException(); } } };
        Assert.ThrowsExactly<OperationCanceledException>(() => run.Train());
    });

    [TestMethod]
    public void A_run_that_diverges() => AssertLeavesNothing(() =>
        Assert.ThrowsExactly<InvalidOperationException>(() => (Run() with { Options = new() { Epochs = 30, Optimizer = new SGD(1e20f) } }).Train()));

    [TestMethod]
    public void A_run_whose_initial_weights_do_not_fit() => AssertLeavesNothing(() =>
        Assert.ThrowsExactly<WeightMismatchException>(() => (Run() with { InitialWeights = new NetworkWeights([]) }).Train()));

    [TestMethod]
    public void A_run_whose_callback_cannot_work() => AssertLeavesNothing(() =>
        Assert.ThrowsExactly<InvalidOperationException>(() => (Run() with { Options = new() { Callbacks = { new EarlyStopping("f1") } } }).Train()));

    [TestMethod]
    public void A_run_whose_data_fails() => AssertLeavesNothing(() =>
    {
        var view = new Data.TestView(100).WithVector("Features", 36, (row, _) => row == 70 ? float.NaN : 0).WithNumber("Label", _ => 0).WithNumber("Weight", _ => 1);
        TestRun run = Run() with
        {
            Around = source => new Microsoft.ML.DeepLayers.Data.StreamedExamples(view, source.Layout, MissingValues.Error, 1000),
        };
        Assert.ThrowsExactly<InvalidOperationException>(() => run.Train());
        Assert.AreEqual(0, view.OpenCursors);
    });

    /// <summary>A caller may have a scope of its own around Fit: nothing of the run is to be found in it.</summary>
    [TestMethod]
    public void A_scope_around_the_run_stays_empty()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Run().Train();
        Assert.AreEqual(0, scope.DisposablesCount);
    }

    private static void AssertLeavesNothing(Action action)
    {
        action(); // What is made once for the whole process.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long tensors = LiveTensors.Count();
        long live = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        action();
        Assert.AreEqual(tensors, torch.Tensor.TotalCount);
        Assert.AreEqual(live, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    private static TestRun Run() => new()
    {
        Body = [new Dense(5, Activation.LeakyReLU()), new BatchNormalization(), new Dropout(0.3f)],
        Training = Rows.Make(30, 36, x => x[0]) with { Weights = [.. Enumerable.Repeat(0.5f, 30)] },
        Validation = Rows.Make(7, 36, x => x[0], seed: 2) with { Weights = [.. Enumerable.Repeat(2f, 7)] },
        Options = new() { Epochs = 2, BatchSize = 8 },
    };
}
