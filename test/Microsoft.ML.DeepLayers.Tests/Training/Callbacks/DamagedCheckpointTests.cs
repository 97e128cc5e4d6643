using System.Text.Json.Nodes;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training.Callbacks;

/// <summary>Checkpoints with a part that is missing, null, out of its range or of another size.</summary>
[TestClass]
public sealed class DamagedCheckpointTests
{
    private const string Key = "deeplayers_checkpoint";

    private static readonly TemporaryFolder Folder = new();

    /// <summary>Within the second epoch, where the gradients of a batch wait for a step.</summary>
    private static string Whole => Folder["step4"];

    [ClassInitialize]
    public static void Train(TestContext context) => Run(null, new ModelCheckpoint(Folder["step{step}"], everyBatches: 3)).Train();

    [ClassCleanup]
    public static void Clean() => Folder.Dispose();

    [TestMethod]
    public void The_checkpoint_itself_is_taken_up()
    {
        Assert.AreEqual(3, Checkpoint.Load(Whole).Position.Batch);
        Assert.HasCount(3, Run(Whole).Train().History.Epochs);
    }

    [TestMethod]
    [DataRow("seed", "null")]
    [DataRow("sums", "null")]
    [DataRow("history", "null")]
    [DataRow("history", "\"{}\"")]
    [DataRow("history", "\"{\\\"epochs\\\":[null]}\"")]
    [DataRow("history", "\"{\\\"epochs\\\":[{\\\"epoch\\\":1,\\\"metrics\\\":null}]}\"")]
    [DataRow("history", "\"{\\\"epochs\\\":[{\\\"epoch\\\":1,\\\"metrics\\\":{}},{\\\"epoch\\\":1,\\\"metrics\\\":{}}]}\"")]
    [DataRow("history", "\"{\\\"epochs\\\":[{\\\"epoch\\\":7,\\\"metrics\\\":{}}]}\"")]
    [DataRow("history", "\"{\\\"epochs\\\":[{\\\"epoch\\\":1,\\\"metrics\\\":{\\\"mae\\\":1}}]}\"")]
    [DataRow("history", "\"{\\\"epochs\\\":[],\\\"evaluation\\\":[null]}\"")]
    [DataRow("callbacks", "null")]
    [DataRow("callbacks", "[null]")]
    [DataRow("callbacks", "[{\"type\":\"EarlyStopping\",\"state\":null}]")]
    [DataRow("callbacks", "[{\"type\":null,\"state\":{}}]")]
    [DataRow("settings", "null")]
    [DataRow("settings/network", "null")]
    [DataRow("settings/precision", "null")]
    [DataRow("firstEpoch", "0")]
    [DataRow("firstEpoch", "2147483647")]
    [DataRow("epoch", "2147483647")]
    [DataRow("epoch", "3")]
    [DataRow("epoch", "99999999999")]
    [DataRow("batch", "-1")]
    [DataRow("totalBatches", "1")]
    [DataRow("steps", "-9223372036854775808")]
    [DataRow("steps", "1000")]
    [DataRow("pending", "-1")]
    [DataRow("pending", "1000")]
    [DataRow("lossScale", "0")]
    [DataRow("lossScale", "\"NaN\"")]
    [DataRow("goodSteps", "-1")]
    [DataRow("examples", "-1")]
    [DataRow("learningRateFactor", "0")]
    [DataRow("learningRateFactor", "\"NaN\"")]
    [DataRow("keptEpoch", "0")]
    [DataRow("keptEpoch", "99")]
    public void A_text_that_lies_is_refused_where_the_file_is_read(string name, string value)
    {
        string path = Changed((name, value));
        Assert.Contains(path, Assert.ThrowsExactly<FormatException>(() => Checkpoint.Load(path)).Message);
        Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadCheckpoint(path));
    }

    [TestMethod]
    [DataRow("sums", "[]", "0 sums of losses")]
    [DataRow("sums", "[1,2,3,4,5,6,7,8]", "8 sums of losses")]
    [DataRow("callbacks/0/state", "{\"bost\":1}", "EarlyStopping: it has no 'best'")]
    [DataRow("callbacks/0/state/waited", "1.5", "its 'waited' is 1.5")]
    [DataRow("callbacks/0/state/waited", "\"NaN\"", "its 'waited' is NaN")]
    [DataRow("callbacks/0/state/bestEpoch", "-1", "its 'bestEpoch' is -1")]
    [DataRow("callbacks/1/state/cooling", "1e300", "its 'cooling'")]
    [DataRow("callbacks/2/state", "{\"elapsed\":1}", "StochasticWeightAveraging: it has no 'count'")]
    public void What_only_the_training_can_tell_is_refused_before_it_goes_on(string name, string value, string message) =>
        Refused(Changed((name, value)), message);

    [TestMethod]
    [DataRow("training:optimizer/mean", "'training:optimizer/mean' has 0 numbers")]
    [DataRow("training:average", "'training:average' has 0 numbers")]
    [DataRow("training:gradients", "'training:gradients' has 0 numbers")]
    [DataRow("dense/kernel", "its weights: The weights do not fit the network: 'dense/kernel' [3, 6] is missing")]
    [DataRow("training:kept/dense/kernel", "its kept weights")]
    [DataRow("training:callback2/dense/kernel", "the state of StochasticWeightAveraging: The weights do not fit")]
    public void Numbers_that_are_missing_or_of_another_size_never_reach_libtorch(string tensor, string message)
    {
        var whole = NetworkWeights.LoadSafeTensors(Whole);
        string path = Folder["changed"];
        new NetworkWeights(whole.Where(weight => weight.Name != tensor), whole.Metadata).SaveSafeTensors(path);
        Refused(path, message);
        whole.With(new WeightTensor(tensor, new Shape(2), [1, 2])).SaveSafeTensors(path);
        Refused(path, message.Split(' ')[0]);
        // The name of a group alone.
        whole.With(new WeightTensor("training:kept/", new Shape(2), [1, 2])).SaveSafeTensors(path);
        Run(path).Train();
    }

    [TestMethod]
    [DataRow("batch", "7", "stands at batch 7")]
    [DataRow("totalBatches", "1000", "after 1000 batches in all")]
    [DataRow("pending", "2", "2 batches wait for a step, which takes 2")]
    public void A_place_where_the_training_never_comes_is_refused(string name, string value, string message)
    {
        string path = Changed((name, value));
        Assert.Contains(message, Assert.ThrowsExactly<FormatException>(() => Checkpoint.Load(path).Check(Run(path).Plan())).Message);
    }

    [TestMethod]
    public void A_stop_within_the_first_epoch_lets_it_come_to_its_end_when_taken_up()
    {
        string path = Folder["stopped"];
        Assert.ThrowsExactly<TimeoutException>(() => Run(null, new StopsAndFails(path)).Train());
        Assert.IsTrue(File.Exists(path));
        Assert.HasCount(1, Run(path).Train().History.Epochs);
    }

    private static void Refused(string path, string message)
    {
        string found = Assert.ThrowsExactly<FormatException>(() => Run(path).Train()).Message;
        Assert.Contains(message, found);
        Assert.Contains(path, found);
    }

    private static string Changed(params (string Name, string Value)[] changes)
    {
        var whole = NetworkWeights.LoadSafeTensors(Whole);
        JsonNode text = JsonNode.Parse(whole.Metadata[Key])!;
        foreach ((string name, string value) in changes)
        {
            string[] steps = name.Split('/');
            JsonNode parent = steps[..^1].Aggregate(text, (node, step) => int.TryParse(step, out int index) ? node[index]! : node[step]!);
            parent[steps[^1]] = JsonNode.Parse(value);
        }

        string path = Folder["changed"];
        new NetworkWeights(whole, new Dictionary<string, string> { [Key] = text.ToJsonString() }).SaveSafeTensors(path);
        return path;
    }

    private static TestRun Run(string? path, params Callback[] more) => new()
    {
        Training = Rows.Line(40),
        Validation = Rows.Line(10, seed: 2),
        Body = [new Dense(6, Activation.ReLU), new BatchNormalization()],
        Options = new()
        {
            Epochs = 3,
            BatchSize = 8,
            Optimizer = new Adam(0.01f) { GradientAccumulationSteps = 2, EmaMomentum = 0.9f },
            Callbacks = [new EarlyStopping(patience: 9), new ReduceLROnPlateau(), new StochasticWeightAveraging(startEpoch: 1), .. more],
        },
        Checkpoint = path is null ? null : Checkpoint.Load(path),
    };

    private sealed record StopsAndFails(string Path) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Running(this, training);

        private sealed class Running(StopsAndFails settings, TrainingRun training) : CallbackRun
        {
            public override void OnBatchEnd(BatchResult batch)
            {
                training.Stop("Enough.");
                training.SaveCheckpoint(settings.Path);
                throw new TimeoutException();
            }
        }
    }
}
