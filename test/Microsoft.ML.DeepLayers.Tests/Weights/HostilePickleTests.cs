using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.DeepLayers.Tests.Weights;

/// <summary>Small <c>.pt</c> files that stand for much: time and memory must follow from the length of the file.</summary>
[TestClass]
public sealed class HostilePickleTests : IDisposable
{
    private const string Tensor =
        "ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0002tQK\0K\u0002\u0085K\u0001\u0085\u0089}tR";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    [DataRow(20)]
    [DataRow(31)]
    public void Dictionaries_that_refer_to_each_other_are_not_gone_through_again_and_again(int levels)
    {
        var pickle = new StringBuilder("}q\0");
        for (int level = 1; level <= levels; level++)
        {
            // Each holds the one before under two names.
            pickle.Append('}').Append('q').Append((char)level);
            pickle.Append(Text("a")).Append('h').Append((char)(level - 1)).Append('s').Append(Text("b")).Append('h').Append((char)(level - 1)).Append('s');
        }

        Refused(pickle.Append('.').ToString(), "the file can hold");
    }

    [TestMethod]
    public void A_dictionary_of_tensors_may_be_shared_by_some()
    {
        string pickle = $"}}q\u0001{Text("t")}{Tensor}s";
        Write($"}}{Text("model")}{pickle}s{Text("ema")}h\u0001s{Text("best")}h\u0001s.");
        CollectionAssert.AreEqual(new[] { "model.t", "ema.t", "best.t" }, NetworkWeights.LoadPyTorch(FilePath).Names.ToArray());
    }

    [TestMethod]
    public void Names_that_repeat_a_long_beginning_are_refused_before_they_are_made()
    {
        var pickle = new StringBuilder($"}}{Text(new string('A', 4000))}}}{Text("first")}{Tensor}q\u0001s");
        for (int i = 0; i < 5000; i++)
        {
            pickle.Append(Text($"t{i}")).Append("h\u0001s");
        }

        Refused(pickle.Append("s.").ToString(), "names of its tensors are longer than the file can hold");
    }

    [TestMethod]
    public void Long_keys_are_refused_since_each_reference_would_hash_them_again()
    {
        var pickle = new StringBuilder($"{Text(new string('A', 200_000))}q\0}}");
        pickle.Insert(pickle.Length, "h\0Ns", 20_000);
        Refused(pickle.Append('.').ToString(), "key of more than");
    }

    [TestMethod]
    public void Keys_of_storages_are_short()
    {
        var pickle = new StringBuilder($"({Text("storage")}ctorch\nFloatStorage\n{Text(new string('0', 200_000))}{Text("cpu")}K\u0002tq\0");
        pickle.Insert(pickle.Length, "h\0Q", 20_000);
        Refused(pickle.Append('.').ToString(), "key has more than");
    }

    [TestMethod]
    public void Shapes_of_many_dimensions_are_refused_before_they_are_copied()
    {
        string ones = $"({string.Concat(Enumerable.Repeat("K\u0001", 100_000))}tq\u0001";
        var pickle = new StringBuilder($"{ones}({Text("storage")}ctorch\nFloatStorage\n{Text("0")}{Text("cpu")}K\u0002tQq\u0002ctorch._utils\n_rebuild_tensor_v2\nq\u0003");
        pickle.Insert(pickle.Length, "h\u0003(h\u0002K\0h\u0001h\u0001tR", 10_000);
        Refused(pickle.Append('.').ToString(), "arguments that PyTorch does not give");
    }

    [TestMethod]
    public void Names_of_functions_are_short()
    {
        Refused($"c{new string('a', 300_000)}\n{new string('b', 300_000)}\n.", "damaged");
        Refused($"{Text(new string('a', 300_000))}q\0h\0\u0093.", "more than 256 characters");
    }

    /// <summary>Numbers whose halves are equal hash alike in .NET, and multiples of a prime share a bucket.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Numbers_that_hash_alike_take_no_longer_than_others(bool asKeys)
    {
        const int Count = 40_000;
        var pickle = new StringBuilder("}");
        Span<byte> bytes = stackalloc byte[8];
        for (long i = 0; i < Count; i++)
        {
            if (asKeys)
            {
                BinaryPrimitives.WriteInt64LittleEndian(bytes, (i << 32) | i);
                pickle.Append("\u008a\u0008").Append(Encoding.Latin1.GetString(bytes)).Append("Ns");
            }
            else
            {
                // The size of .NET's table for so many.
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)(i * 62_851));
                pickle.Append('r').Append(Encoding.Latin1.GetString(bytes[..4]));
            }
        }

        Refused(pickle.Append('.').ToString(), "no tensors");
    }

    [TestMethod]
    public void Views_of_one_storage_cannot_be_gathered_into_many_times_the_file()
    {
        const int Count = 20_000;
        // Every number the same: a stride of 0. What is no tensor is left out.
        var pickle = new StringBuilder(
            $"}}{Text("s")}({Text("storage")}ctorch\nFloatStorage\n{Text("0")}{Text("cpu")}M\u0020\u004etQq\u0002s{Text("f")}ctorch._utils\n_rebuild_tensor_v2\nq\u0003s");
        for (int i = 0; i < 2000; i++)
        {
            pickle.Append(Text($"t{i}")).Append("h\u0003(h\u0002K\0M\u0020\u004e\u0085K\0\u0085\u0089}tRs");
        }

        Refused(pickle.Append('.').ToString(), "larger than what is stored", ("a/data/0", new byte[4 * Count]));
    }

    private string FilePath => folder["x.pt"];

    private static string Text(string text)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        return $"X{Encoding.Latin1.GetString(length)}{text}";
    }

    private void Write(string pickle, params (string Name, byte[] Content)[] more)
    {
        File.Delete(FilePath);
        if (more.Length == 0)
        {
            more = [("a/data/0", new byte[8])];
        }

        WeightFiles.WriteZip(FilePath, CompressionLevel.NoCompression, [("a/data.pkl", Encoding.Latin1.GetBytes(pickle)), .. more]);
    }

    private void Refused(string pickle, string message, params (string Name, byte[] Content)[] more)
    {
        Write(pickle, more);
        var watch = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        FormatException exception = Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadPyTorch(FilePath));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Contains(message, exception.Message);
        Assert.IsLessThan(1 << 20, exception.Message.Length);
        Assert.IsLessThan(2, watch.Elapsed.TotalSeconds);
        Assert.IsLessThan((128 * new FileInfo(FilePath).Length) + (1 << 20), allocated);
    }
}
