using Microsoft.ML.DeepLayers.Data;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>What a training run needs.</summary>
internal sealed record TrainingPlan
{
    internal required NetworkGraph Graph { get; init; }

    internal required GraphShapes Shapes { get; init; }

    /// <summary>What each output of the graph is compared with.</summary>
    internal required IReadOnlyList<Objective> Objectives { get; init; }

    /// <summary>The classes of each output, for those who name them; nothing where an output has none, or where nobody asks.</summary>
    internal IReadOnlyList<Scoring.ClassLabels?> Classes { get; init; } = [];

    internal required ExampleSet Examples { get; init; }

    /// <summary>What the classes of each output weigh in training, from class 0; <see langword="null"/>, or nothing, where they weigh the same.</summary>
    internal IReadOnlyList<float[]?> ClassWeights { get; init; } = [];

    internal required NeuralNetworkOptions Options { get; init; }

    internal required int Seed { get; init; }

    internal required torch.Device Device { get; init; }

    /// <summary>Whether cached examples go to the device once, where it has room, rather than batch by batch; by default where that pays.</summary>
    internal bool? HoldsExamplesOnDevice { get; init; }

    /// <summary>Weights to begin with; <see langword="null"/> for the initializers'.</summary>
    internal NetworkWeights? InitialWeights { get; init; }

    /// <summary>What was measured before, where training continues.</summary>
    internal History? InitialHistory { get; init; }

    /// <summary>Where an interrupted training stood that is taken up again.</summary>
    internal Checkpoint? Checkpoint { get; init; }

    /// <summary>Takes the messages of the run.</summary>
    internal required Action<string> Log { get; init; }

    /// <summary>Throws where the run has been cancelled.</summary>
    internal required Action CheckAlive { get; init; }

    internal bool HasValidation => Examples.Validation is not null;

    /// <summary>The validation examples; where batches are to be overfitted, those very batches.</summary>
    internal ExampleSource? Validation => HasValidation && Options.OverfitBatches > 0 ? Examples.Training : Examples.Validation;

    /// <summary>How many batches of the data each pass takes; all where there is no limit.</summary>
    internal long MaxBatches => RepeatedBatches is { } repeated ? repeated : Options.FastDevRun > 0 ? Options.FastDevRun : Options.OverfitBatches > 0 ? Options.OverfitBatches : long.MaxValue;

    /// <summary>
    /// The callbacks of the options, and those that other options stand for. Those that write checkpoints come last, when the
    /// others have done their part.
    /// </summary>
    internal IEnumerable<Callback> AllCallbacks => (CallbacksInstead ??
    [
        .. Options.Callbacks,
        .. Options.MaxTime is { } limit ? [new TimeLimit(limit)] : Array.Empty<Callback>(),
        .. Options.Progress is { } progress ? [new ProgressReporting(progress)] : Array.Empty<Callback>(),
    ]).OrderBy(callback => callback is ModelCheckpoint or BackupAndRestore);

    /// <summary>Callbacks in the place of the options', for runs that only try something out.</summary>
    internal IReadOnlyList<Callback>? CallbacksInstead { get; init; }

    /// <summary>A number of epochs in the place of the options', for runs that only try something out.</summary>
    internal int? EpochsInstead { get; init; }

    /// <summary>A learning rate in the place of the optimizer's, for runs that only try something out.</summary>
    internal LearningRateSchedule? LearningRateInstead { get; init; }

    /// <summary>The learning rate of this run.</summary>
    internal LearningRateSchedule LearningRate => LearningRateInstead ?? Options.Optimizer.LearningRate;

    /// <summary>Whether the run may go wrong: it only tries something out, and its weights are not used.</summary>
    internal bool MayDiverge { get; init; }

    /// <summary>A size of batches in the place of the options', for runs that only try something out.</summary>
    internal int? BatchSizeInstead { get; init; }

    /// <summary>The number of examples of a batch.</summary>
    internal int BatchSize => BatchSizeInstead ?? Options.BatchSize;

    /// <summary>How many batches every epoch goes through, always the same, for runs that only try something out.</summary>
    internal int? RepeatedBatches { get; init; }

    /// <summary>How long schedules take training to be, in the place of this run's length.</summary>
    internal TrainingLength? LengthInstead { get; init; }

    /// <summary>Looks on at every step.</summary>
    internal IStepObserver? Observer { get; init; }

    /// <summary>The number of epochs of this run.</summary>
    internal int Epochs => EpochsInstead ?? (Options.FastDevRun > 0 ? 1 : Options.Epochs);

    /// <summary>The number of batches of an epoch; <see langword="null"/> where it is not known.</summary>
    internal long? BatchesPerEpoch => Examples.Training.Count is { } count
        ? Math.Min(MaxBatches, (count + BatchSize - 1) / BatchSize)
        : MaxBatches < long.MaxValue ? MaxBatches : null;

    internal TrainingLength Length
    {
        get
        {
            if (LengthInstead is { } length)
            {
                return length;
            }

            int accumulated = Options.Optimizer.GradientAccumulationSteps;
            return new TrainingLength(Epochs, (BatchesPerEpoch + accumulated - 1) / accumulated);
        }
    }
}

/// <summary>What a training run gives.</summary>
internal sealed record TrainingResult(NetworkWeights Weights, History History);
