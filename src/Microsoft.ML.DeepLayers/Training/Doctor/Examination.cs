using Microsoft.ML.DeepLayers.Layers;
using static Microsoft.ML.DeepLayers.Finding;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Judges what was recorded of a training. The thresholds leave room: what is found should be worth looking at.</summary>
/// <param name="plan">The plan of the training.</param>
/// <param name="recorder">What was recorded.</param>
internal sealed class Examination(TrainingPlan plan, StepRecorder recorder)
{
    private const double ManyDead = 0.5;
    private const double MuchSaturated = 0.5;
    private const double Imbalance = 1e3;
    private const double LargeGradient = 1e3;
    private const double LargeStep = 0.15;
    private const double SmallStep = 1e-5;
    private const double LargeFeature = 10;
    private const double SmallFeature = 0.01;
    private const double BetterThanConstant = 0.95;

    private NetworkGraph Graph => plan.Graph;

    /// <summary>What was measured of each layer.</summary>
    internal IReadOnlyList<LayerDiagnosis> Layers() =>
    [
        .. Nodes().Where(node => Graph.Nodes[node].Inputs.Count > 0).Select(node => new LayerDiagnosis(
            Graph.Nodes[node].Name, Graph.Nodes[node].Layer.GetType().Name, recorder.Outputs[node].Mean, recorder.Outputs[node].StandardDeviation)
        {
            DeadFraction = recorder.Outputs[node].DeadFraction,
            SaturatedFraction = recorder.Outputs[node].SaturatedFraction,
            GradientNorm = Median(recorder.Gradients[node].Select(gradient => gradient.Norm)),
            UpdateRatio = Median(recorder.Updates[node]),
        }),
    ];

    /// <summary>What seems to be wrong.</summary>
    /// <param name="overfittedLoss">The loss after training on the same batches over and over; <see langword="null"/> where it did not come to that.</param>
    internal IEnumerable<Finding> Findings(double? overfittedLoss) =>
        [.. Losses(overfittedLoss), .. Labels(), .. OutputActivations(), .. Activities(), .. Gradients(), .. Steps(), .. Features()];

    private IEnumerable<Finding> Losses(double? overfittedLoss)
    {
        if (recorder.Losses.FindIndex(loss => !double.IsFinite(loss)) is >= 0 and int batch)
        {
            int first = Nodes().FirstOrDefault(node => !recorder.Outputs[node].IsFinite, -1);
            yield return new Finding(
                FindingSeverity.Error, first < 0 ? null : Graph.Nodes[first].Name,
                Text($"The loss is {recorder.Losses[batch]} in batch {batch + 1}{(first < 0 ? "" : ", and this is the first layer whose outputs are not finite")}."),
                "Lower the learning rate, clip gradients, and bring features and labels to a common scale (Transforms.NormalizeMeanVariance).");
            yield break;
        }

        double?[] constants = [.. recorder.ConstantLosses.Select(constant => constant.Loss())];
        if (overfittedLoss is { } loss && Array.TrueForAll(constants, constant => constant is not null))
        {
            double constant = constants.Zip(plan.Objectives, (value, objective) => value!.Value * objective.Weight).Sum();
            // Labels that are all the same are another finding.
            if (constant > 1e-6 && loss > BetterThanConstant * constant)
            {
                yield return new Finding(
                    FindingSeverity.Error, null,
                    Text($"Trained on the same few batches over and over, the network comes to a loss of {loss:G4} on them; a constant has {constant:G4}."),
                    "Check that labels belong to their rows (shuffled labels look like this), that features say something about them, and that gradients reach the first layers; then try a larger network or learning rate.");
            }
        }
    }

    private IEnumerable<Finding> Labels()
    {
        for (int output = 0; output < recorder.Labels.Length; output++)
        {
            ActivityRecord labels = recorder.Labels[output];
            if (labels.Units > 0 && Enumerable.Range(0, labels.Units).All(unit => labels.Range(unit).Low == labels.Range(unit).High))
            {
                bool isNumber = plan.Objectives[output].Task == PredictionTask.Regression;
                yield return new Finding(
                    FindingSeverity.Error, plan.Objectives[output].OutputName,
                    isNumber ? Text($"All labels are {labels.Range(0).Low:G6}.") : "All labels are of one class.",
                    "Check the label's column. Where the rows are sorted by label, shuffle them (NeuralNetworkOptions.Shuffle).");
            }
        }
    }

    /// <summary>Outputs that cannot become what the labels are. The activation that scoring applies has been taken off.</summary>
    private IEnumerable<Finding> OutputActivations()
    {
        for (int output = 0; output < plan.Objectives.Count; output++)
        {
            GraphNode node = Graph.Nodes[Graph.Outputs[output].Node];
            if (StepRecorder.ActivationOf(node.Layer) is not { } activation || activation == Activation.Linear)
            {
                continue;
            }

            Objective objective = plan.Objectives[output];
            string name = activation.GetType().Name.Replace("Activation", "", StringComparison.Ordinal);
            if (objective.Task != PredictionTask.Regression)
            {
                string right = objective.Task == PredictionTask.BinaryClassification ? "Sigmoid" : "Softmax";
                yield return new Finding(
                    FindingSeverity.Error, node.Name, $"The output layer of a {objective.Task} ends in {name}, and {right} is applied to that.",
                    $"End it in {right} or Linear.");
            }
            else if (objective.Activation == Activation.Linear && RangeOf(activation) is var (low, high) && recorder.Labels[output] is { Units: > 0 } labels
                && Enumerable.Range(0, labels.Units).Any(unit => labels.Range(unit).Low < low || labels.Range(unit).High > high))
            {
                yield return new Finding(
                    FindingSeverity.Error, node.Name, Text($"The output layer ends in {name}, which gives {(double.IsInfinity(high) ? Text($"at least {low}") : Text($"{low} to {high}"))}; there are labels outside of that."),
                    "End it in Linear, or bring the labels to that range.");
            }
        }
    }

    private IEnumerable<Finding> Activities()
    {
        foreach (int node in Nodes())
        {
            ActivityRecord record = recorder.Outputs[node];
            string name = Graph.Nodes[node].Name;
            if (record.DeadFraction is > ManyDead and double dead)
            {
                yield return new Finding(
                    dead == 1 ? FindingSeverity.Error : FindingSeverity.Warning, name, Text($"{dead:P0} of the units are dead: 0 for every example."),
                    "Lower the learning rate, use VarianceScaling.HeNormal as the initializer or LeakyReLU as the activation, and check biases and the scale of the inputs.");
            }

            if (record.SaturatedFraction is > MuchSaturated and double saturated && !Graph.Outputs.Any(output => output.Node == node))
            {
                yield return new Finding(
                    FindingSeverity.Warning, name, Text($"{saturated:P0} of the outputs are at an end of the activation, where hardly any gradient passes."),
                    "Use smaller initial weights or VarianceScaling.GlorotUniform, scale the inputs, put a BatchNormalization before the activation, or use ReLU.");
            }
        }
    }

    private IEnumerable<Finding> Gradients()
    {
        (string Name, double Size)[] sizes =
        [
            .. Nodes().Where(node => Graph.Nodes[node].Layer is not Embedding)
                .Select(node => (Graph.Nodes[node].Name, Size: Median(recorder.Gradients[node].Where(gradient => gradient.KernelSize is not null).Select(gradient => gradient.KernelSize!.Value))))
                .Where(layer => layer.Size is not null).Select(layer => (layer.Name, layer.Size!.Value)),
        ];
        double norm = Math.Sqrt(recorder.Gradients.Select(norms => Median(norms.Select(gradient => gradient.Norm)) ?? 0).Sum(value => value * value));
        if (sizes.Length >= 2 && double.IsFinite(norm) && sizes[^1].Size > Imbalance * sizes[0].Size)
        {
            yield return new Finding(
                FindingSeverity.Warning, sizes[0].Name,
                Text($"Gradients vanish: they are {sizes[0].Size:G2} here and {sizes[^1].Size:G2} in {sizes[^1].Name} (root mean square)."),
                "Use ReLU or GELU in place of sigmoid and tanh, BatchNormalization or LayerNormalization between layers, shortcuts (Add), or fewer layers.");
        }
        else if (sizes.Length > 0 && (norm > LargeGradient || (sizes.Length >= 2 && sizes[0].Size > Imbalance * sizes[^1].Size)))
        {
            yield return new Finding(
                FindingSeverity.Warning, sizes[0].Name, Text($"Gradients explode: their length is {norm:G2} in all, and {sizes[0].Size:G2} here (root mean square)."),
                "Clip them (the optimizer's GlobalClipNorm), use smaller initial weights, and bring features and labels to a common scale.");
        }
    }

    private IEnumerable<Finding> Steps()
    {
        if (Median(recorder.Updates.Select(updates => Median(updates)).Where(ratio => ratio is not null).Select(ratio => ratio!.Value)) is not { } step)
        {
            yield break;
        }

        if (step > LargeStep)
        {
            yield return new Finding(
                FindingSeverity.Warning, null, Text($"Steps are too large: each changes weights by {step:G2} of their size; about 0.001 is usual."), "Lower the learning rate.");
        }
        else if (step < SmallStep)
        {
            yield return new Finding(
                FindingSeverity.Warning, null, Text($"Steps are too small: each changes weights by {step:G2} of their size; about 0.001 is usual."),
                "Raise the learning rate, unless a schedule is only warming up, and see whether gradients vanish.");
        }
    }

    private IEnumerable<Finding> Features()
    {
        for (int input = 0; input < Graph.Inputs.Count; input++)
        {
            ActivityRecord values = recorder.Outputs[Graph.Inputs[input]];
            if (values.Units == 0 || !IsNumeric(Graph.Inputs[input]))
            {
                continue;
            }

            string column = Graph.ColumnOf(Graph.Inputs[input], plan.Options.FeatureColumnName);
            int[] constant = [.. Enumerable.Range(0, values.Units).Where(unit => values.Range(unit).Low == values.Range(unit).High)];
            if (constant.Length > 0)
            {
                bool all = constant.Length == values.Units;
                yield return new Finding(
                    all ? FindingSeverity.Error : FindingSeverity.Information, column,
                    Text($"{(all ? "All features are constant" : $"Constant: feature {string.Join(", ", constant.Take(5))}{(constant.Length > 5 ? $" and {constant.Length - 5} more" : "")}")} (feature {constant[0]} is always {values.Range(constant[0]).Low:G4})."),
                    "Check the column; what never changes says nothing.");
            }

            (double Mean, double Deviation)[] moments = [.. Enumerable.Range(0, values.Units).Except(constant).Select(values.Moments)];
            double far = moments.Select(moment => Math.Max(Math.Abs(moment.Mean), moment.Deviation)).DefaultIfEmpty(1).Max();
            if (far > LargeFeature || (moments.Length > 0 && Array.TrueForAll(moments, moment => moment.Deviation < SmallFeature)))
            {
                yield return new Finding(
                    FindingSeverity.Warning, column,
                    Text($"Features are not scaled: means lie between {moments.Min(moment => moment.Mean):G3} and {moments.Max(moment => moment.Mean):G3}, standard deviations between {moments.Min(moment => moment.Deviation):G3} and {moments.Max(moment => moment.Deviation):G3}."),
                    "Bring them to mean 0 and standard deviation 1: Transforms.NormalizeMeanVariance, or the layers Normalization and Rescaling.");
            }
        }
    }

    /// <summary>Whether a layer computes with an input as it is, rather than looking it up or scaling it.</summary>
    private bool IsNumeric(int input)
    {
        var reached = new HashSet<int> { input };
        for (int node = input + 1; node < Graph.Nodes.Count; node++)
        {
            if (!Graph.Nodes[node].Inputs.Any(read => reached.Contains(read.Node)))
            {
                continue;
            }

            if (MixedPrecision.IsHeavy(Graph.Nodes[node].Layer))
            {
                return true;
            }

            if (Graph.Nodes[node].Layer is Flatten or Reshape or Permute or Concatenate or ZeroPaddingLayer or CroppingLayer or Masking or Dropout)
            {
                reached.Add(node);
            }
        }

        return false;
    }

    private IEnumerable<int> Nodes() => Enumerable.Range(0, Graph.Nodes.Count);

    private static (double Low, double High)? RangeOf(Activation activation) => activation switch
    {
        ReLUActivation { NegativeSlope: 0, MaxValue: var max } => (0, max ?? double.PositiveInfinity),
        SoftmaxActivation => (0, 1),
        SoftplusActivation or ExponentialActivation => (0, double.PositiveInfinity),
        _ => ActivityRecord.Ends(activation),
    };

    private static double? Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : sorted[sorted.Length / 2];
    }
}
