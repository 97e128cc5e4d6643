using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.Architectures;

/// <summary>What holds for every network that a user may write, asked by the public API alone.</summary>
internal static class ArchitectureCheck
{
    /// <summary>The definition is read back equal from JSON, and can be printed and drawn.</summary>
    internal static void Definition(Network network)
    {
        Network read = Network.FromJson(network.ToJson());
        Assert.AreEqual(network, read);
        Assert.AreEqual(network.ToJson(), read.ToJson());
        Assert.AreEqual(network.Summary(), read.Summary());
        string[] layers = network.ToString().Split(" → ");
        foreach (string layer in layers)
        {
            StringAssert.Contains(network.Summary(), $" {layer} (");
            StringAssert.Contains(network.ToMermaid(), $"\"{layer}<br/>");
            StringAssert.Contains(network.ToDot(), $"\"{layer}\\n");
        }
    }

    /// <summary>A chain with a network in it, saved and loaded by a context that knows nothing, gives the same columns to the bit.</summary>
    /// <param name="ml">The context that made the model.</param>
    /// <param name="model">The chain.</param>
    /// <param name="data">Data to score.</param>
    /// <param name="columns">The columns of predictions: numbers or vectors of numbers.</param>
    internal static void SavedAndLoaded(MLContext ml, ITransformer model, IDataView data, params string[] columns)
    {
        using var folder = new TemporaryFolder();
        ml.Model.Save(model, data.Schema, folder["model.zip"]);
        ITransformer loaded = new MLContext().Model.Load(folder["model.zip"], out DataViewSchema schema);
        CollectionAssert.AreEqual(data.Schema.Select(column => column.Name).ToArray(), schema.Select(column => column.Name).ToArray());
        NeuralNetworkTransformer original = NetworkOf(model), copy = NetworkOf(loaded);
        Assert.AreEqual(original.Network, copy.Network);
        Assert.IsTrue(original.Model.GetWeights().Names.SequenceEqual(copy.Model.GetWeights().Names));
        foreach (string column in columns)
        {
            int[] expected = Bits(model.Transform(data), column);
            Assert.AreNotEqual(1, expected.Distinct().Count(), $"all predictions are the same in {column}");
            CollectionAssert.AreEqual(expected, Bits(loaded.Transform(data), column), column);
        }
    }

    /// <summary>The trained network in a chain.</summary>
    internal static NeuralNetworkTransformer NetworkOf(ITransformer model) => ((IEnumerable<ITransformer>)model).OfType<NeuralNetworkTransformer>().Single();

    private static int[] Bits(IDataView data, string column) =>
    [
        .. (data.Schema[column].Type is VectorDataViewType ? data.GetColumn<float[]>(column).SelectMany(row => row) : data.GetColumn<float>(column))
            .Select(BitConverter.SingleToInt32Bits),
    ];
}
