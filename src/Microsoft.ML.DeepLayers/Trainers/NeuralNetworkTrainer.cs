using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Reporting;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using Microsoft.ML.DeepLayers.Weights;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Trains a network as an ML.NET estimator. Made by <c>NeuralNetwork(...)</c> on <c>BinaryClassification.Trainers</c>,
/// <c>MulticlassClassification.Trainers</c> and <c>Regression.Trainers</c>. It holds settings only: each <c>Fit</c> is a
/// training run of its own.
/// </summary>
public sealed partial class NeuralNetworkTrainer : ITrainerEstimator<NeuralNetworkTransformer, NeuralNetworkModelParameters>
{
    private readonly IHostEnvironment environment;
    private readonly IHost host;
    private readonly TaskHead head;
    private readonly NeuralNetworkOptions options;

    internal NeuralNetworkTrainer(IHostEnvironment environment, TaskHead head, Network network, NeuralNetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.environment = environment;
        host = environment.Register(nameof(NeuralNetworkTrainer));
        this.head = head;
        this.options = options;
        Network = network;
        // From here on the definition is in use, and frozen.
        _ = Outputs();
    }

    /// <summary>The network that is trained, without the output layer that the task adds.</summary>
    public Network Network { get; }

    /// <summary>
    /// What ML.NET may want to know: features should be of similar size; a cache is kept here already; a validation set is
    /// taken; training can continue from a model.
    /// </summary>
    public TrainerInfo Info { get; } =
        TrainerInfos.Create(needsNormalization: true, wantsCaching: false, supportsValidation: true, continuesTraining: true);

    /// <summary>Trains on data. A validation set is held out where the options say so.</summary>
    /// <param name="input">The training data.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The data or the network cannot be used, or training diverged.</exception>
    /// <exception cref="LibTorchNotFoundException">The application references no libtorch package.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public NeuralNetworkTransformer Fit(IDataView input) => Train(input, null);

    /// <summary>Trains on data and measures every epoch on a validation set.</summary>
    /// <param name="trainData">The training data.</param>
    /// <param name="validationData">The validation data, with the same columns.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The data or the network cannot be used, or training diverged.</exception>
    /// <exception cref="LibTorchNotFoundException">The application references no libtorch package.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public NeuralNetworkTransformer Fit(IDataView trainData, IDataView validationData)
    {
        ArgumentNullException.ThrowIfNull(validationData);
        return Train(trainData, validationData);
    }

    /// <summary>Promises the output columns, without data.</summary>
    /// <param name="inputSchema">What the data promises.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type; the message names it.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return TrainerSchema.Promise(inputSchema, Network.Graph, options, Outputs());
    }

    private NeuralNetworkTransformer Train(IDataView input, IDataView? validationData) => Try(input, validationData, Train);

    /// <summary>Checks settings and columns, and makes a plan of them for whoever trains, or only tries something out.</summary>
    /// <param name="input">The training data.</param>
    /// <param name="validationData">The validation data, if it is apart.</param>
    /// <param name="run">What is done.</param>
    internal T Try<T>(IDataView input, IDataView? validationData, Func<TrainingPlan, TrainingColumns, IChannel, T> run)
    {
        ArgumentNullException.ThrowIfNull(input);
        options.Validate();
        using IChannel channel = host.Start("Training");
        TrainingColumns columns = TrainerSchema.Bind(input.Schema, Network.Graph, options, Outputs());
        ClassBalance.Check(columns);
        if (validationData is not null)
        {
            TrainerSchema.CheckSame(validationData.Schema, columns);
        }

        ExampleLayout layout = validationData is null ? columns.Layout.Pack(input.Schema) : columns.Layout.Pack(input.Schema, validationData.Schema);
        columns = columns with { Layout = layout };

        using NativeWork.Scope work = NativeWork.Begin();
        LibTorch.EnsureLoaded();
        return Prepared(input, validationData, columns, channel, run);
    }

    /// <summary>A method of its own, so that nothing of TorchSharp is loaded before libtorch is known to be there.</summary>
    private T Prepared<T>(
        IDataView input, IDataView? validationData, TrainingColumns columns, IChannel channel, Func<TrainingPlan, TrainingColumns, IChannel, T> run)
    {
        using NativeHeap.Keeping keeping = NativeHeap.Keep();
        return run(Plan(input, validationData, columns, channel), columns, channel);
    }

    /// <summary>The model that a training with these weights at its end would have given. No row is read.</summary>
    /// <param name="schema">The columns of the training data.</param>
    /// <param name="weights">All weights of the network and of the output layer that the task adds.</param>
    /// <param name="history">What measured them.</param>
    /// <exception cref="WeightMismatchException">The weights are not those of the network.</exception>
    internal NeuralNetworkTransformer Assemble(DataViewSchema schema, NetworkWeights weights, History history)
    {
        using IChannel channel = host.Start("Assembling");
        TrainingColumns columns = TrainerSchema.Bind(schema, Network.Graph, options, Outputs());
        (NetworkGraph graph, GraphShapes shapes) = Complete(columns, channel);
        WeightCheck.Demand([.. graph.Weights(shapes).Select(weight => (weight.FullName, weight.Spec.Shape))], weights, isPartial: false);
        return new NeuralNetworkTransformer(host, Describe(graph, shapes, columns, new TrainingResult(weights, history)));
    }

    /// <summary>The network with the output layers that the tasks need.</summary>
    private (NetworkGraph Graph, GraphShapes Shapes) Complete(TrainingColumns columns, IChannel channel)
    {
        Shape[] inputShapes = [.. columns.Layout.Inputs.Select(column => column.Shape)];
        NetworkGraph graph = Network.Graph;
        for (int i = 0; i < columns.Outputs.Count; i++)
        {
            TaskHead task = columns.Outputs[i].Plan.Head;
            // A loss of embeddings or sequences takes what the network itself ends in.
            bool addsLayer = options.AddOutputLayer && columns.Outputs[i].Units > 0;
            if (addsLayer && task.Doubt(graph, columns.Outputs[i].Units, i) is { } doubt)
            {
                channel.Warning(MessageSensitivity.None, doubt);
            }

            Objective objective = columns.Outputs[i].Plan.Objective;
            bool isFree = !addsLayer && columns.Outputs[i].Plan.ScoresVector;
            graph = task.Complete(graph, inputShapes, isFree ? null : columns.Outputs[i].Units, addsLayer, i, objective.Activation);
        }

        return (graph, graph.InferShapes(inputShapes));
    }

    private TrainingPlan Plan(IDataView input, IDataView? validationData, TrainingColumns columns, IChannel channel)
    {
        (NetworkGraph graph, GraphShapes shapes) = Complete(columns, channel);
        Checkpoint? checkpoint = ResumePath() is { } path ? Checkpoint.Load(path) : null;
        TorchSharp.torch.Device device = options.Device.Resolve(StepWork.Of(graph, shapes, options.BatchSize).IsSmallForGraphics);
        MixedPrecision.Check(options.Precision, device);
        int seed = checkpoint?.Seed ?? options.Seed ?? HostEnvironments.GetSeed(environment) ?? Random.Shared.Next();
        TrainedNetwork? initial = options.InitialModel is { } model ? InitialModels.Find(model).Model.Trained : null;
        ExampleSet examples = ReadExamples(input, validationData, columns, seed, channel);
        return new TrainingPlan
        {
            Graph = graph,
            Shapes = shapes,
            Classes = [.. columns.Outputs.Select(output => output.Classes)],
            Objectives = [.. columns.Outputs.Select(output => output.Plan.Objective)],
            Examples = examples,
            ClassWeights = ClassBalance.Weights(columns, examples.Training, CheckAlive),
            Options = options,
            Seed = seed,
            Device = device,
            InitialWeights = initial is null ? null : OnnxWeights.Read(initial.Onnx),
            InitialHistory = initial?.History,
            Checkpoint = checkpoint,
            Log = message => channel.Info(MessageSensitivity.None, message),
            CheckAlive = CheckAlive,
        };
    }

    private NeuralNetworkTransformer Train(TrainingPlan plan, TrainingColumns columns, IChannel channel)
    {
        (DateTimeOffset started, long start) = (DateTimeOffset.UtcNow, Stopwatch.GetTimestamp());
        (NetworkGraph graph, GraphShapes shapes) = (plan.Graph, plan.Shapes);
        if (options.InitialWeights is { } weights)
        {
            plan.Log(Announce([.. graph.Weights(shapes).Select(weight => (weight.FullName, weight.Spec.Shape))], weights));
        }

        plan.Checkpoint?.Check(plan);
        plan.Log(Announce(plan));
        Rehearse(graph, shapes, columns);
        TrainingResult result = TrainingLoop.Run(plan);
        if (plan.Examples.Training.SkippedRows is > 0 and long skipped)
        {
            channel.Warning(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"Skipped {skipped} rows with missing values in every epoch."));
        }

        TrainedNetwork network = Describe(graph, shapes, columns, result);
        History history = TrainingRecord.Complete(network.History, plan, network.OptionsJson, started, Stopwatch.GetElapsedTime(start));
        return new NeuralNetworkTransformer(host, network with { History = history });
    }

    private static string Announce(TrainingPlan plan)
    {
        long parameters = plan.Graph.Weights(plan.Shapes).Where(weight => weight.Spec.Trainable).Sum(weight => weight.Spec.Shape.Size);
        string examples = plan.Examples.Training.Count?.ToString("N0", CultureInfo.InvariantCulture) ?? "streamed";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"training {parameters:N0} parameters on {plan.Device} with {examples} examples in batches of {plan.Options.BatchSize:N0}");
    }

    /// <summary>Says which weights are given, and which start anew. What does not fit fails here, before training.</summary>
    private static string Announce(IReadOnlyList<(string Name, Shape Shape)> expected, NetworkWeights given)
    {
        WeightCheck.Demand(expected, given, isPartial: true);
        string[] missing = [.. expected.Where(weight => !given.TryGet(weight.Name, out _)).Select(weight => weight.Name)];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"starts from {given.Count} of {expected.Count} weights: {string.Join(", ", given.Names)}{(missing.Length > 0 ? $"; by their initializers: {string.Join(", ", missing)}" : "")}");
    }

    /// <summary>The checkpoint to go on from: the one given, or what a crash has left for <see cref="BackupAndRestore"/>.</summary>
    private string? ResumePath() =>
        options.ResumeFrom ?? options.Callbacks.OfType<BackupAndRestore>().Select(backup => backup.Path).FirstOrDefault(File.Exists);

    private void CheckAlive()
    {
        NativeWork.Checkpoint();
        options.CancellationToken.ThrowIfCancellationRequested();
        if (HostEnvironments.IsCanceled(environment))
        {
            throw new OperationCanceledException("Training was cancelled through the MLContext.");
        }
    }

    private ExampleSet ReadExamples(IDataView input, IDataView? validationData, TrainingColumns columns, int seed, IChannel channel)
    {
        double fraction = validationData is null ? options.ValidationFraction : 0;
        var reading = new ExampleReading(columns.Layout, options.MissingValues, options.CacheBytes, fraction, seed);
        ExampleSet training = ExampleSet.Read(input, reading.Applied(options, columns), channel, CheckAlive);
        return validationData is null
            ? training
            : training with { Validation = ExampleSet.Read(validationData, reading with { DataName = "validation data" }, channel, CheckAlive).Training };
    }

    /// <summary>A layer of somebody's own that cannot be written should say so now, not after hours of training.</summary>
    private void Rehearse(NetworkGraph graph, GraphShapes shapes, TrainingColumns columns)
    {
        var weights = graph.Weights(shapes).ToDictionary(weight => weight.FullName, weight => weight.Spec.Shape, StringComparer.Ordinal);
        if (graph.CanExport)
        {
            // Nobody looks at the values, and large networks have gigabytes of them.
            _ = Export(graph, shapes, columns, name => (weights[name], default));
            _ = Network.ToJson();
        }
        else
        {
            // Scoring begins with the definition.
            _ = Network.FromJson(Network.ToJson());
        }
    }

    private static byte[] Export(
        NetworkGraph graph, GraphShapes shapes, TrainingColumns columns, Func<string, (Shape Shape, ReadOnlyMemory<float> Values)> weights) =>
        OnnxExporter.Export(graph, shapes, columns.Layout.Inputs, weights, Trained(graph, shapes, columns));

    private static TrainedOutput[] Trained(NetworkGraph graph, GraphShapes shapes, TrainingColumns columns) => [.. columns.Outputs.Select((output, i) =>
    {
        Activation activation = output.Plan.Objective.Activation;
        return new TrainedOutput(
            output.Plan.Name, output.Plan.Head.Task, output.Label.Name, output.Classes,
            output.Plan.ScoresVector ? checked((int)shapes[graph.Outputs[i]].Size) : output.Label.VectorSize,
            output.Plan.Head.Task == PredictionTask.Regression && activation != Activation.Linear ? JsonSerializer.Serialize(activation, ComponentJson.Options) : null);
    })];

    private IReadOnlyList<OutputPlan> Outputs() => ClassBalance.Checked(OutputPlan.Create(Network.Graph, options, head), options);

    private TrainedNetwork Describe(NetworkGraph graph, GraphShapes shapes, TrainingColumns columns, TrainingResult result) => new()
    {
        Outputs = Trained(graph, shapes, columns),
        Inputs = columns.Layout.Inputs,
        Onnx = graph.CanExport
            ? Export(graph, shapes, columns, name => (result.Weights[name].Shape, result.Weights[name].Values))
            : OnnxWeights.Write(result.Weights),
        NeedsLibTorch = !graph.CanExport,
        DefinitionJson = Network.ToJson(),
        OptionsJson = JsonSerializer.Serialize(options, ComponentJson.Options),
        History = result.History,
    };
}
