using System.Globalization;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>What the settings that make up for rare classes mean for the outputs of a network.</summary>
internal static class ClassBalance
{
    private const int NamesShown = 50;

    /// <summary>Checks that the settings go with the tasks.</summary>
    /// <exception cref="ArgumentException">They ask for classes where there are none; the message names the setting.</exception>
    internal static IReadOnlyList<OutputPlan> Checked(IReadOnlyList<OutputPlan> outputs, NeuralNetworkOptions options)
    {
        foreach (OutputPlan output in outputs)
        {
            if (output.ClassWeights is not null && !IsClassifier(output))
            {
                throw new ArgumentException(
                    $"{nameof(NeuralNetworkOptions.ClassWeights)} weigh classes, but label column '{output.LabelColumnName}' is for {output.Head.Task}, which has none. Give examples weights instead: {nameof(NeuralNetworkOptions.ExampleWeightColumnName)}.");
            }
        }

        int classifiers = outputs.Count(IsClassifier);
        if (options.StratifiedValidation && classifiers == 0)
        {
            throw new ArgumentException(
                $"{nameof(NeuralNetworkOptions.StratifiedValidation)} keeps the shares of classes, but {PredictionTask.Regression} has none. Leave it off, or give a validation set: Fit(train, validation).");
        }

        return options.Sampling != ExampleSampling.BalancedClasses || classifiers == 1
            ? outputs
            : throw new ArgumentException(
                $"{nameof(NeuralNetworkOptions.Sampling)} = {nameof(ExampleSampling.BalancedClasses)} draws the classes of one label equally often, but {(classifiers == 0 ? $"{PredictionTask.Regression} has none" : $"{classifiers} outputs have classes: give them {nameof(OutputOptions.ClassWeights)} instead")}.");
    }

    /// <summary>Says how data is to be split and drawn from.</summary>
    internal static ExampleReading Applied(this ExampleReading reading, NeuralNetworkOptions options, TrainingColumns columns)
    {
        int[] labels = [.. Enumerable.Range(0, columns.Outputs.Count).Where(i => IsClassifier(columns.Outputs[i].Plan))];
        return reading with
        {
            StratifyBy = options.StratifiedValidation ? labels : [],
            SamplingKeyColumn = options.SamplingKeyColumnName,
            Sampling = options.Sampling,
            SampledLabel = labels.FirstOrDefault(),
        };
    }

    /// <summary>The weights of each output's classes; <see langword="null"/> for an output of which all examples weigh the same.</summary>
    /// <param name="columns">What the network's outputs are to predict.</param>
    /// <param name="training">The training examples, which are counted where that decides.</param>
    /// <param name="checkAlive">Throws where the run has been cancelled.</param>
    internal static IReadOnlyList<float[]?> Weights(TrainingColumns columns, ExampleSource training, Action checkAlive)
    {
        float[]?[] weights = [.. columns.Outputs.Select(Given)];
        int[] counted = [.. Enumerable.Range(0, weights.Length).Where(i => columns.Outputs[i].Plan.ClassWeights is { IsBalanced: true })];
        if (counted.Length > 0)
        {
            long[][] counts = Count(training, counted, [.. counted.Select(i => ClassCount(columns.Outputs[i]))], checkAlive);
            for (int i = 0; i < counted.Length; i++)
            {
                weights[counted[i]] = Balanced(counts[i]);
            }
        }

        return weights;
    }

    /// <summary>Checks the classes that the settings name.</summary>
    /// <exception cref="ArgumentException">The label has no class of that name; the message lists those that it has.</exception>
    internal static void Check(TrainingColumns columns)
    {
        foreach (TrainingOutput output in columns.Outputs)
        {
            Given(output);
        }
    }

    private static bool IsClassifier(OutputPlan output) => output.Head.Task != PredictionTask.Regression;

    private static int ClassCount(TrainingOutput output) => output.Plan.Head.Task == PredictionTask.BinaryClassification ? 2 : output.Units;

    /// <summary>The weights that were given by name.</summary>
    private static float[]? Given(TrainingOutput output)
    {
        if (output.Plan.ClassWeights is not { IsBalanced: false } given)
        {
            return null;
        }

        string[] names = Names(output);
        if (given.Weights.Keys.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            string more = names.Length > NamesShown ? $", and {names.Length - NamesShown} more" : "";
            throw new ArgumentException(
                $"{nameof(NeuralNetworkOptions.ClassWeights)} names the class '{unknown}', but label column '{output.Label.Name}' has: {string.Join(", ", names.Take(NamesShown))}{more}.");
        }

        return [.. names.Select(name => given.Weights.GetValueOrDefault(name, 1))];
    }

    /// <summary>What the classes are called, in order.</summary>
    private static string[] Names(TrainingOutput output)
    {
        if (!output.Label.IsKey)
        {
            return ["false", "true"];
        }

        ClassLabels? classes = output.Classes;
        return classes?.Values is { } values
            ? [.. values.Cast<object>().Select(value => value is bool flag ? flag ? "true" : "false" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")]
            : [.. Enumerable.Range(1, ClassCount(output)).Select(number => number.ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>Counts the examples of each class in a pass over the data.</summary>
    private static long[][] Count(ExampleSource examples, int[] labels, int[] classes, Action checkAlive)
    {
        long[][] counts = [.. classes.Select(count => new long[count])];
        var batch = new Batch(examples.Layout, 256);
        using IBatchFiller filler = examples.BeginEpoch(null);
        while (filler.Fill(batch))
        {
            checkAlive();
            for (int i = 0; i < labels.Length; i++)
            {
                foreach (float label in batch.Labels[labels[i]].Span[..batch.Count])
                {
                    counts[i][(int)label]++;
                }
            }
        }

        return counts;
    }

    /// <summary>Classes without examples count for nothing.</summary>
    private static float[] Balanced(long[] counts)
    {
        double share = (double)counts.Sum() / counts.Count(count => count > 0);
        return [.. counts.Select(count => count == 0 ? 1 : (float)(share / count))];
    }
}
