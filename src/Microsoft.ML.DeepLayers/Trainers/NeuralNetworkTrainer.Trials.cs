using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers;

/// <content>What trains only to find something out, and leaves nothing behind.</content>
public sealed partial class NeuralNetworkTrainer
{
    /// <summary>
    /// Finds out which learning rate suits network and data (Smith 2017): trains some steps with a rate that rises
    /// exponentially, until the loss diverges. What is learned there is thrown away; trainer and options stay as they are.
    /// Takes the options' optimizer, batch size, loss and seed, but not its learning rate or schedule, callbacks, validation set
    /// or checkpoint.
    /// </summary>
    /// <param name="trainData">The training data.</param>
    /// <param name="minLearningRate">The rate of the first step; above 0. Default: 1e-7.</param>
    /// <param name="maxLearningRate">The rate of the last step, if the loss does not diverge before; above the first one. Default: 10.</param>
    /// <param name="steps">The number of optimizer steps; at least 10. Default: 100.</param>
    /// <returns>The losses by rate, and the rate that they suggest.</returns>
    /// <exception cref="ArgumentException">A number lies outside its range; or a column is missing or of a wrong type.</exception>
    /// <exception cref="InvalidOperationException">The data or the network cannot be used.</exception>
    /// <exception cref="LibTorchNotFoundException">The application references no libtorch package.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <example><code>
    /// LearningRateCurve curve = ml.Regression.Trainers.NeuralNetwork(network).FindLearningRate(data);
    /// Console.WriteLine(curve);
    /// var options = new NeuralNetworkOptions { Optimizer = new Adam(curve.Suggestion ?? 0.001f) };
    /// var model = ml.Regression.Trainers.NeuralNetwork(network, options).Fit(data);
    /// </code></example>
    public LearningRateCurve FindLearningRate(IDataView trainData, float minLearningRate = 1e-7f, float maxLearningRate = 10, int steps = 100)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        LearningRateFinder.Check(minLearningRate, maxLearningRate, steps);
        return Try(trainData, null, (plan, _, _) => LearningRateFinder.Run(plan, minLearningRate, maxLearningRate, steps));
    }

    /// <summary>
    /// Trains on a few batches and says what seems to be wrong: dead and saturated units, gradients that vanish or explode, steps
    /// of a wrong size, features or labels that say nothing, an output layer that does not fit. The batches are learned over and
    /// over for some 300 steps, since a network that cannot learn even a few examples by heart has a mistake in it. Nothing
    /// comes of it but the diagnosis; callbacks are not called, and no file is written.
    /// </summary>
    /// <param name="trainData">The training data.</param>
    /// <param name="batches">How many batches are looked at; at least 1.</param>
    /// <returns>What was seen; print it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of batches is below 1.</exception>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The data or the network cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <example><code>
    /// Console.WriteLine(ml.Regression.Trainers.NeuralNetwork(network).Diagnose(data));
    /// </code></example>
    public Diagnosis Diagnose(IDataView trainData, int batches = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1);
        return Try(trainData, null, (plan, columns, _) => Doctor.Examine(plan, batches, Doubts(columns)));
    }

    /// <summary>
    /// Finds the largest number of examples for a batch that memory has room for, by training for two steps with twice as many
    /// each time. On a GPU, its memory decides. Elsewhere, the outputs of all layers and their gradients may take half of the
    /// memory that .NET has to itself (<see cref="GCMemoryInfo.TotalAvailableMemoryBytes"/>): without that limit, the computer
    /// would slow to a crawl long before memory runs out. The largest batch is not always the best one to learn with.
    /// </summary>
    /// <param name="trainData">The training data. Batches do not become larger than it.</param>
    /// <param name="initial">The number to begin with, made a power of two if it is none; at least 1.</param>
    /// <param name="max">The largest number to try; not below <paramref name="initial"/>.</param>
    /// <returns>A power of two, for <see cref="NeuralNetworkOptions.BatchSize"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The data or the network cannot be used, or not even the first number fits.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public int FindBatchSize(IDataView trainData, int initial = 8, int max = 8192) =>
        FindBatchSize(trainData, initial, max, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);

    /// <summary>The same with another limit for what is not on a GPU.</summary>
    internal int FindBatchSize(IDataView trainData, int initial, int max, long memoryBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(initial, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, initial);
        return Try(trainData, null, (plan, _, _) =>
        {
            long examples = plan.Examples.Training.Count ?? long.MaxValue;
            // Where the data has fewer examples than the first number, that number is as good as any.
            return BatchSizeSearch.Find(initial, (int)Math.Max(initial, Math.Min(max, examples)), size => BatchSizeSearch.Fits(plan, size, memoryBytes));
        });
    }

    private IEnumerable<Finding> Doubts(TrainingColumns columns) => options.AddOutputLayer
        ? columns.Outputs
            .Select((output, i) => (Text: output.Plan.Head.Doubt(Network.Graph, output.Units, i), output.Plan.Name))
            .Where(doubt => doubt.Text is not null)
            .Select(doubt => new Finding(FindingSeverity.Warning, doubt.Name, doubt.Text!, "With two output layers, the first one's activation lets little through."))
        : [];
}
