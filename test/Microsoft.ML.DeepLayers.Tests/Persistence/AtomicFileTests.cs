using System.Text;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Persistence;

[TestClass]
public sealed class AtomicFileTests
{
    private const string Digits = "0123456789abcdef0123456789abcdef";

    [TestMethod]
    public void A_write_replaces_the_file_and_leaves_nothing_beside_it()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.zip"], "earlier");
        Write(folder["a.zip"], "new");
        Assert.AreEqual("new", File.ReadAllText(folder["a.zip"]));
        CollectionAssert.AreEqual(new[] { folder["a.zip"] }, Directory.GetFileSystemEntries(folder[""]));
    }

    [TestMethod]
    public void A_write_that_fails_leaves_the_file_as_it_was_and_nothing_beside_it()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.zip"], "earlier");
        Assert.ThrowsExactly<InvalidOperationException>(() => AtomicFile.Write(folder["a.zip"], _ => throw new InvalidOperationException(), "The model"));
        Assert.AreEqual("earlier", File.ReadAllText(folder["a.zip"]));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder[""]));
    }

    [TestMethod]
    public void What_a_killed_process_left_of_the_file_is_deleted_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        string left = folder[$".run.{Digits}.tmp"];
        string[] others = [folder[$".run.fold2.{Digits}.tmp"], folder[$".run.{Digits[1..]}.tmp"], folder["run.tmp"], folder["run.fold2.tmp"], folder[$"run.{Digits}.tmp"], folder[$".run.{Digits}"]];
        foreach (string file in others.Append(left))
        {
            File.WriteAllText(file, "half");
        }

        Write(folder["run"], "whole");
        Assert.IsFalse(File.Exists(left));
        CollectionAssert.AreEquivalent(others.Append(folder["run"]).ToArray(), Directory.GetFiles(folder[""]));
    }

    [TestMethod]
    public void Two_that_write_one_file_at_once_do_not_disturb_each_other()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(
            folder["a"],
            stream =>
            {
                stream.Write("outer"u8);
                Write(folder["a"], "inner");
                Assert.AreEqual("inner", File.ReadAllText(folder["a"]));
            },
            "The model");
        Assert.AreEqual("outer", File.ReadAllText(folder["a"]));
        Assert.HasCount(1, Directory.GetFiles(folder[""]));
    }

    [TestMethod]
    public void A_backup_of_one_training_leaves_that_of_another_alone()
    {
        using var folder = new TemporaryFolder();
        string other = folder["run.fold2"];
        AtomicFile.Write(
            other,
            stream =>
            {
                stream.Write("half"u8);
                Fit(folder["run"]);
                stream.Write(" and whole"u8);
            },
            "The checkpoint");
        Assert.AreEqual("half and whole", File.ReadAllText(other));
        CollectionAssert.AreEqual(new[] { other }, Directory.GetFiles(folder[""]));
    }

    [TestMethod]
    public void Of_a_symbolic_link_the_file_that_it_names_is_replaced_and_its_permissions_stay()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("Links and permissions of Unix.");
            return;
        }

        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["target"], "earlier");
        File.SetUnixFileMode(folder["target"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(folder["link"], folder["target"]);
        Write(folder["link"], "new");
        Assert.AreEqual("new", File.ReadAllText(folder["target"]));
        Assert.IsNotNull(new FileInfo(folder["link"]).LinkTarget);
        Assert.AreEqual(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(folder["target"]));
    }

    [TestMethod]
    public void A_device_is_written_to_and_not_replaced()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("Devices of Unix.");
            return;
        }

        Write("/dev/null", "nothing");
        Assert.AreEqual(0, File.ReadAllBytes("/dev/null").Length);
    }

    [TestMethod]
    public void A_folder_that_is_missing_or_a_folder_in_its_place_is_named()
    {
        using var folder = new TemporaryFolder();
        IOException missing = Assert.ThrowsExactly<IOException>(() => Write(folder[Path.Combine("none", "a.zip")], "x"));
        StringAssert.StartsWith(missing.Message, $"The model could not be written to '{folder[Path.Combine("none", "a.zip")]}': ");
        Directory.CreateDirectory(folder["a.zip"]);
        Assert.ThrowsExactly<IOException>(() => Write(folder["a.zip"], "x"));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder[""]));
    }

    [TestMethod]
    public void A_model_is_saved_with_its_schema_or_its_loader()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var loader = ml.Data.CreateTextLoader([new("Label", Microsoft.ML.Data.DataKind.Single, 0), new("Features", Microsoft.ML.Data.DataKind.Single, 1, 2)]);
        File.WriteAllText(folder["data.tsv"], "1\t2\t3\n2\t3\t4\n");
        IDataView data = loader.Load(folder["data.tsv"]);
        ITransformer model = ml.Transforms.NormalizeMinMax("Features").Fit(data);
        ml.Model.SaveAtomically(model, data.Schema, folder["schema.zip"]);
        ml.Model.SaveAtomically(model, loader, folder["loader.zip"]);
        Assert.HasCount(data.Schema.Count, Columns(folder["schema.zip"]));
        Assert.IsNotNull(ml.Model.LoadWithDataLoader(folder["loader.zip"], out _));

        DataViewSchema Columns(string zip)
        {
            _ = ml.Model.Load(zip, out DataViewSchema schema);
            return schema;
        }
    }

    private static void Write(string path, string content) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(content)), "The model");

    private static void Fit(string backup)
    {
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(new[] { new Example { Label = 1 }, new Example() });
        ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, new NeuralNetworkOptions { Epochs = 1, Callbacks = { new BackupAndRestore(backup) } }).Fit(data);
    }

    private sealed class Example
    {
        [Microsoft.ML.Data.VectorType(2)]
        public float[] Features { get; set; } = new float[2];

        public float Label { get; set; }
    }
}
