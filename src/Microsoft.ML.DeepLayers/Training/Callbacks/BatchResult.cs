using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>Where training stands after a batch. Valid while callbacks are told of it.</summary>
public sealed class BatchResult
{
    private readonly Tensor loss;

    internal BatchResult(Tensor loss) => this.loss = loss;

    /// <summary>The number of the epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The number of the batch within the epoch, from 1.</summary>
    public required long Batch { get; init; }

    /// <summary>The number of examples in the batch.</summary>
    public required int Examples { get; init; }

    /// <summary>The number of optimizer steps taken so far.</summary>
    public required long Step { get; init; }

    /// <summary>The learning rate of the batch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The loss of the batch. Reading it waits for the device.</summary>
    public double Loss => loss.item<float>();
}
