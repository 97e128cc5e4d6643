using System.IO.Compression;
using CsCheck;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Weights;

/// <summary>What tests of weights and their files have in common.</summary>
internal static class WeightFiles
{
    /// <summary>Any set of tensors: names with dots, slashes and other letters, ranks 0 to 3, and numbers of all kinds.</summary>
    internal static Gen<NetworkWeights> Any { get; } =
        from names in Gen.String[Gen.Char["abcλ0/._ \""], 1, 12].HashSet[0, 5]
        from shapes in Gen.Int[1, 4].Array[0, 3].Array[names.Count]
        from seed in Gen.Int
        select new NetworkWeights(names.Zip(shapes, (name, shape) => Tensor(name, shape, seed)));

    /// <summary>A file that the script beside it made.</summary>
    internal static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Weights", "Fixtures", name);

    internal static WeightTensor Tensor(string name, Shape shape, int seed = 1)
    {
        var random = new Random(seed ^ name.Length);
        return new(name, shape, [.. Enumerable.Range(0, (int)shape.Size).Select(i => random.Next(8) switch
        {
            0 => float.NaN,
            1 => float.NegativeInfinity,
            2 => -0f,
            3 => float.Epsilon,
            _ => (float)(random.NextDouble() - 0.5),
        })]);
    }

    /// <summary>The same names, shapes and bits.</summary>
    internal static void AreSame(NetworkWeights expected, NetworkWeights actual)
    {
        CollectionAssert.AreEqual(expected.Names.ToArray(), actual.Names.ToArray());
        foreach (WeightTensor tensor in expected)
        {
            Assert.AreEqual(tensor.Shape, actual[tensor.Name].Shape);
            CollectionAssert.AreEqual(Bits(tensor), Bits(actual[tensor.Name]), tensor.Name);
        }
    }

    /// <summary>What a network computes with these weights, at inference.</summary>
    internal static float[] Run(Network network, NetworkWeights weights, WeightTensor batch)
    {
        Shape[] input = [new([.. batch.Shape.Skip(1)])];
        using var torch = new TorchNetwork(network.Graph, network.Graph.InferShapes(input), CPU);
        torch.Load(weights);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor x = tensor(batch.Values.ToArray()).reshape([.. batch.Shape.Select(dimension => (long)dimension)]);
        return [.. torch.Forward([x], new ForwardContext(Training: false, null))[0].contiguous().data<float>()];
    }

    internal static void AreClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance = 1e-5)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], tolerance * Math.Max(1, Math.Abs(expected[i])), $"output {i}");
        }
    }

    /// <summary>Channels first to channels last.</summary>
    internal static WeightTensor ChannelsLast(WeightTensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(image.Values.ToArray()).reshape([.. image.Shape.Select(dimension => (long)dimension)]);
        x = x.permute([0, .. Enumerable.Range(2, image.Shape.Rank - 2).Select(axis => (long)axis), 1]).contiguous();
        return new(image.Name, new Shape([.. x.shape.Select(dimension => (int)dimension)]), [.. x.data<float>()]);
    }

    /// <summary>The tensors below a name, under what is left of theirs.</summary>
    internal static NetworkWeights Below(NetworkWeights tensors, string prefix) => new(tensors
        .Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
        .Select(tensor => new WeightTensor(tensor.Name[prefix.Length..], tensor.Shape, tensor.Values.Span)));

    /// <summary>Writes a zip; entries are not compressed unless told.</summary>
    internal static void WriteZip(string path, CompressionLevel compression, params (string Name, byte[] Content)[] entries)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, byte[] content) in entries)
        {
            using Stream stream = zip.CreateEntry(name, compression).Open();
            stream.Write(content);
        }
    }

    private static int[] Bits(WeightTensor tensor) => [.. tensor.Values.ToArray().Select(BitConverter.SingleToInt32Bits)];
}
