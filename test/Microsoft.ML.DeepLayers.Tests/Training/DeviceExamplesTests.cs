using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Tests.Data;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Examples that the device holds come in the same batches, and train to the same weights, as those that are copied batch by batch.</summary>
[TestClass]
public sealed class DeviceExamplesTests
{
    private const int Examples = 23;
    private const int BatchSize = 5;

    [TestMethod]
    public void Batches_are_those_that_are_copied_with_bytes_as_floats_several_columns_and_weights()
    {
        long before = LiveTensors.Count();
        using (DisposeScope scope = NewDisposeScope())
        {
            (ExampleLayout layout, RowStore store) = Store();
            Shape[] shapes = [new Shape(2), new Shape(3, 1)];
            var source = new CachedExamples(layout, store, [.. Enumerable.Range(4, 17)]);
            var pipeline = new BatchPipeline(layout, BatchSize);
            using var copied = new BatchTensors(pipeline, shapes, TestDevice.Torch);
            using var device = new DeviceExamples(layout, shapes, TestDevice.Torch);
            foreach (Random? shuffle in new[] { null, new Random(3) })
            {
                using IBatchFiller filler = source.BeginEpoch(shuffle);
                int batches = 0;
                foreach (DeviceBatch held in device.Read(filler.Rows!, BatchSize)!)
                {
                    Assert.IsTrue(filler.Fill(pipeline.Batches[0]));
                    AssertSame(copied[pipeline.Batches[0]], held.Take());
                    Assert.AreEqual(pipeline.Batches[0].Count, held.Count);
                    batches++;
                }

                Assert.AreEqual(4, batches);
                Assert.IsFalse(filler.Fill(pipeline.Batches[0]));
            }
        }

        Assert.AreEqual(before, Tensor.TotalCount, "no tensor is left");
    }

    [TestMethod]
    public void Training_comes_to_the_same_bits()
    {
        var run = new TestRun
        {
            Body = [new DeepLayers.Layers.Dense(8, Activation.Tanh), new DeepLayers.Layers.Dropout(0.2f)],
            Training = Rows.Line(50),
            Validation = Rows.Line(20, seed: 2),
            Options = new NeuralNetworkOptions { Epochs = 3, BatchSize = 8 },
        };
        TrainingResult copied = TrainingLoop.Run(run.Plan());
        TrainingResult held = TrainingLoop.Run(run.Plan() with { HoldsExamplesOnDevice = true });
        WeightAssert.AreEqual(copied.Weights, held.Weights);
        for (int i = 0; i < 3; i++)
        {
            CollectionAssert.AreEqual(copied.History.Epochs[i].Metrics.ToArray(), held.History.Epochs[i].Metrics.ToArray());
        }
    }

    private static (ExampleLayout Layout, RowStore Store) Store()
    {
        TestView view = new TestView(Examples)
            .WithVector("Floats", 2, (row, slot) => (row * 2) + slot)
            .With("Bytes", new VectorDataViewType(NumberDataViewType.Byte, 3), (long row, ref VBuffer<byte> value) => value = new VBuffer<byte>(3, [(byte)row, 0, (byte)(255 - row)]))
            .WithNumber("Number", row => row)
            .WithVector("Targets", 2, (row, slot) => row - slot)
            .WithNumber("Weight", row => row / 7f);
        ExampleLayout layout = new ExampleLayout(
            [new InputColumn("Floats", new Shape(2)), new InputColumn("Bytes", new Shape(3, 1))],
            [new LabelColumn("Number", LabelEncoding.Number, false), new LabelColumn("Targets", LabelEncoding.Number, false, 2)], "Weight").Pack(view.Schema);
        Assert.IsTrue(layout.IsPacked(1));
        RowStore store = RowStore.Create(layout);
        using var reader = new ExampleReader(view, layout, MissingValues.Error);
        while (reader.MoveNext())
        {
            store.Add(reader.Row);
        }

        return (layout, store);
    }

    private static void AssertSame(BatchTensorSet expected, BatchTensorSet actual)
    {
        foreach ((Tensor? wanted, Tensor? given) in expected.Inputs.Concat(expected.Labels).Append(expected.Weights).Zip(actual.Inputs.Concat(actual.Labels).Append(actual.Weights)))
        {
            Assert.AreEqual(wanted!.dtype, given!.dtype);
            CollectionAssert.AreEqual(wanted.shape, given.shape);
            Assert.IsTrue(wanted.Equals(given), $"{wanted.str()} {given.str()}");
        }
    }
}
