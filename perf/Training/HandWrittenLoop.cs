using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>
/// What somebody who knows TorchSharp well writes: all examples in one tensor before training begins, its own optimizer,
/// one dispose scope a step, the loss read once an epoch.
/// </summary>
internal sealed class HandWrittenLoop : IDisposable
{
    private readonly BenchmarkNetwork network;
    private readonly Tensor examples;
    private readonly Tensor labels;
    private readonly int training;

    internal HandWrittenLoop(BenchmarkNetwork network, int examples)
    {
        this.network = network;
        training = examples - (int)(examples * BenchmarkNetwork.ValidationFraction);
        (float[] values, float[] classes) = network.Generate(examples);
        using DisposeScope scope = NewDisposeScope();
        this.examples = network.Arrange(tensor(values).view(examples, -1)).to(MeasuredDevice.Torch).MoveToOuterDisposeScope();
        labels = tensor(classes).to(ScalarType.Int64, MeasuredDevice.Torch).MoveToOuterDisposeScope();
    }

    /// <summary>Trains a new network, and validates it after each epoch.</summary>
    internal void Train()
    {
        using DisposeScope scope = NewDisposeScope();
        using nn.Module<Tensor, Tensor> model = network.ByHand().to(MeasuredDevice.Torch);
        using optim.Optimizer optimizer = optim.Adam(model.parameters());
        for (int epoch = 0; epoch < network.Epochs; epoch++)
        {
            (double loss, double accuracy) = Epoch(model, optimizer);
            (double validationLoss, double validationAccuracy) = Validate(model);
            if (!double.IsFinite(loss + accuracy + validationLoss + validationAccuracy))
            {
                throw new InvalidOperationException("The hand-written loop diverged.");
            }
        }
    }

    public void Dispose()
    {
        examples.Dispose();
        labels.Dispose();
    }

    private (double Loss, double Accuracy) Epoch(nn.Module<Tensor, Tensor> model, optim.Optimizer optimizer)
    {
        using DisposeScope epoch = NewDisposeScope();
        model.train();
        Tensor order = randperm(training, device: MeasuredDevice.Torch);
        Tensor sum = zeros(1, device: MeasuredDevice.Torch);
        Tensor correct = zeros(1, ScalarType.Int64, MeasuredDevice.Torch);
        for (int start = 0; start < training; start += network.BatchSize)
        {
            using DisposeScope step = NewDisposeScope();
            int count = Math.Min(network.BatchSize, training - start);
            Tensor rows = order.narrow(0, start, count);
            Tensor expected = labels.index_select(0, rows);
            Tensor output = model.call(examples.index_select(0, rows));
            Tensor loss = nn.functional.cross_entropy(output, expected);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            using IDisposable noGrad = no_grad();
            sum.add_(loss, alpha: count);
            correct.add_(output.argmax(1).eq(expected).sum());
        }

        return (sum.item<float>() / training, correct.item<long>() / (double)training);
    }

    private (double Loss, double Accuracy) Validate(nn.Module<Tensor, Tensor> model)
    {
        using DisposeScope epoch = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        model.eval();
        long count = labels.shape[0] - training;
        Tensor sum = zeros(1, device: MeasuredDevice.Torch);
        Tensor correct = zeros(1, ScalarType.Int64, MeasuredDevice.Torch);
        for (long start = training; start < labels.shape[0]; start += network.BatchSize)
        {
            using DisposeScope step = NewDisposeScope();
            long size = Math.Min(network.BatchSize, labels.shape[0] - start);
            Tensor expected = labels.narrow(0, start, size);
            Tensor output = model.call(examples.narrow(0, start, size));
            sum.add_(nn.functional.cross_entropy(output, expected), alpha: size);
            correct.add_(output.argmax(1).eq(expected).sum());
        }

        return (sum.item<float>() / count, correct.item<long>() / (double)count);
    }
}
