using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Folders, lists and CSV files of images.</summary>
[TestClass]
public sealed class ImageDataTests
{
    private readonly List<string> log = [];

    [TestMethod]
    public void A_folder_is_listed_in_ordinal_order_with_a_class_for_each_folder()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "b/2.png", "b/10.PNG", "b/deep/er/1.webp", "a/z.jpeg", "a/A.jpg", "B/x.bmp", "b/notes.txt", "b/._2.png", ".hidden/x.png");
        IDataView data = Context().Data.LoadImageFolder(folder[""]);
        CollectionAssert.AreEqual(
            new[] { "B x.bmp", "a A.jpg", "a z.jpeg", "b 10.PNG", "b 2.png", "b 1.webp" },
            data.GetColumn<string>("Label").Zip(data.GetColumn<string>("ImagePath"), (label, path) => $"{label} {Path.GetFileName(path)}").ToArray());
        Assert.IsTrue(data.GetColumn<string>("ImagePath").All(Path.IsPathFullyQualified));
        Assert.IsTrue(data.CanShuffle);
        Assert.AreEqual(6, data.GetRowCount());
        Assert.IsEmpty(log);
    }

    [TestMethod]
    public void Columns_extensions_and_the_number_of_images_can_be_chosen()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a/1.img", "a/2.img", "a/3.img", "a/4.png", "b/1.img");
        IDataView data = Context().Data.LoadImageFolder(folder[""], new ImageFolderOptions
        {
            ImagePathColumnName = "File",
            LabelColumnName = "Kind",
            Extensions = [".img"],
            MaxImagesPerClass = 2,
        });
        CollectionAssert.AreEqual(new[] { "a", "a", "b" }, data.GetColumn<string>("Kind").ToArray());
        CollectionAssert.AreEqual(new[] { "1.img", "2.img", "1.img" }, data.GetColumn<string>("File").Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void Bad_files_are_an_error_or_are_left_out()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a/1.png", "a/3.png", "b/1.png");
        File.WriteAllBytes(folder["a/2.png"], []);
        File.WriteAllBytes(folder["b/2.png"], new byte[100]);
        MLContext ml = Context();
        string message = Assert.ThrowsExactly<ImageLoadException>(() => ml.Data.LoadImageFolder(folder[""])).Message;
        Assert.AreEqual(
            $"The image '{folder["a/2.png"]}' cannot be loaded: the file is empty. Repair or remove it, or leave such images out: ImageFolderOptions.Errors = ImageErrors.Skip.",
            message);
        IDataView data = ml.Data.LoadImageFolder(folder[""], new ImageFolderOptions { Errors = ImageErrors.Skip, MaxFileBytes = 99 });
        CollectionAssert.AreEqual(new[] { "1.png", "3.png", "1.png" }, data.GetColumn<string>("ImagePath").Select(Path.GetFileName).ToArray());
        Assert.HasCount(2, log);
        Assert.Contains("2.png' cannot be loaded: the file has 100 bytes, more than the 99 that are allowed", log[1]);
    }

    [TestMethod]
    public void Folders_without_images_and_images_without_folders_are_told_of()
    {
        using var folder = new TemporaryFolder();
        MLContext ml = Context();
        Assert.Contains(
            $"There is no folder '{folder["none"]}'", Assert.ThrowsExactly<DirectoryNotFoundException>(() => ml.Data.LoadImageFolder(folder["none"])).Message);
        Assert.Contains("no images in folders", Assert.ThrowsExactly<InvalidOperationException>(() => ml.Data.LoadImageFolder(folder[""])).Message);
        Write(folder, "1.png");
        Assert.Contains("has 1 images but no folders", Assert.ThrowsExactly<InvalidOperationException>(() => ml.Data.LoadImageFolder(folder[""])).Message);
        Write(folder, "a/1.png");
        Directory.CreateDirectory(folder["b"]);
        Assert.AreEqual(1, ml.Data.LoadImageFolder(folder[""]).GetRowCount());
        Assert.HasCount(2, log);
        Assert.Contains("so there is no class 'b'", log[0]);
        Assert.Contains("1 images in", log[1]);
    }

    [TestMethod]
    public void Folders_that_lead_in_circles_end()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a/1.png", "a/in/2.png");
        try
        {
            Directory.CreateSymbolicLink(folder["a/in/back"], folder["a"]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Assert.Inconclusive($"This account may not make links: {exception.Message}");
        }

        IDataView data = Context().Data.LoadImageFolder(folder[""], new ImageFolderOptions { Errors = ImageErrors.Skip });
        CollectionAssert.AreEqual(new[] { "1.png", "2.png" }, data.GetColumn<string>("ImagePath").Select(Path.GetFileName).ToArray());
        Assert.Contains("a link to one that it is in", log.Single());
    }

    [TestMethod]
    public void A_list_is_loaded_in_its_order_with_absolute_paths()
    {
        MLContext ml = Context();
        IDataView data = ml.Data.LoadImageList([("x/1.png", "b"), (Path.GetFullPath("2.png"), "a")], imageFolder: "images");
        CollectionAssert.AreEqual(new[] { Path.GetFullPath("images/x/1.png"), Path.GetFullPath("2.png") }, data.GetColumn<string>("ImagePath").ToArray());
        CollectionAssert.AreEqual(new[] { "b", "a" }, data.GetColumn<string>("Label").ToArray());
        Assert.Contains("image 1 is empty", Assert.ThrowsExactly<ArgumentException>(() => ml.Data.LoadImageList([("a", "a"), ("", "b")])).Message);
        Assert.ThrowsExactly<ArgumentException>(() => ml.Data.LoadImageList([]));
    }

    [TestMethod]
    public void A_csv_file_gives_paths_from_its_own_folder_and_labels()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["list.csv"], "\uFEFFimage,label\r\n\"a, b/1.png\",cat\r\n2.png,dog\r\n");
        IDataView data = Context().Data.LoadImageCsv(folder["list.csv"]);
        CollectionAssert.AreEqual(new[] { folder["a, b/1.png"], folder["2.png"] }, data.GetColumn<string>("ImagePath").ToArray());
        CollectionAssert.AreEqual(new[] { "cat", "dog" }, data.GetColumn<string>("Label").ToArray());
    }

    [TestMethod]
    public void A_csv_file_gives_numbers_for_regression_and_vectors_for_many_labels()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["age.csv"], "who;age;file\nAnn;31.5;1.png\nBob;8;2.png\n");
        IDataView ages = Context().Data.LoadImageCsv(folder["age.csv"], new ImageCsvOptions
        {
            Separator = ';',
            PathColumn = "file",
            LabelColumns = ["age"],
            OtherColumns = ["who"],
            LabelType = ImageLabelType.Number,
            LabelColumnName = "Age",
            ImageFolder = folder["faces"],
        });
        CollectionAssert.AreEqual(new[] { 31.5f, 8 }, ages.GetColumn<float>("Age").ToArray());
        CollectionAssert.AreEqual(new[] { "Ann", "Bob" }, ages.GetColumn<string>("who").ToArray());
        Assert.AreEqual(folder["faces/1.png"], ages.GetColumn<string>("ImagePath").First());

        File.WriteAllText(folder["many.csv"], "image,cat,dog,grass\n1.png,0,1,1\n2.png,1,0,0\n");
        IDataView many = Context().Data.LoadImageCsv(folder["many.csv"], new ImageCsvOptions { LabelType = ImageLabelType.Number });
        CollectionAssert.AreEqual(new float[] { 0, 1, 1 }, many.GetColumn<float[]>("Label").First());
        VBuffer<ReadOnlyMemory<char>> names = default;
        many.Schema["Label"].GetSlotNames(ref names);
        CollectionAssert.AreEqual(new[] { "cat", "dog", "grass" }, names.DenseValues().Select(name => $"{name}").ToArray());

        IDataView texts = Context().Data.LoadImageCsv(folder["many.csv"]);
        CollectionAssert.AreEqual(new[] { "1", "0" }, texts.GetColumn<string>("dog").ToArray());

        File.WriteAllText(folder["bare.csv"], "1.png,cat\n");
        IDataView bare = Context().Data.LoadImageCsv(folder["bare.csv"], new ImageCsvOptions { HasHeader = false, LabelColumns = ["1"] });
        Assert.AreEqual("cat", bare.GetColumn<string>("Label").Single());
    }

    [TestMethod]
    public void A_csv_file_can_be_split()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["list.csv"], ["image,label", .. Enumerable.Range(0, 300).Select(i => $"{i}.png,{(i % 3 == 0 ? "a" : "b")}")]);
        MLContext ml = Context();
        DataOperationsCatalog.TrainTestData split = ml.Data.StratifiedTrainTestSplit(ml.Data.LoadImageCsv(folder["list.csv"]), testFraction: 0.2);
        string[] test = [.. split.TestSet.GetColumn<string>("ImagePath")], train = [.. split.TrainSet.GetColumn<string>("ImagePath")];
        Assert.AreEqual(20, split.TestSet.GetColumn<string>("Label").Count(label => label == "a"));
        Assert.AreEqual((60, 240, 300), (test.Length, train.Length, test.Union(train).Count()));
    }

    [TestMethod]
    public void A_csv_file_without_the_columns_says_which_it_has()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["list.csv"], "image,label\n1.png,cat\n");
        MLContext ml = Context();
        Assert.AreEqual(
            $"'{folder["list.csv"]}' has no column 'path'; its first line has: image, label.",
            Assert.ThrowsExactly<ArgumentException>(() => ml.Data.LoadImageCsv(folder["list.csv"], new ImageCsvOptions { PathColumn = "path" })).Message);
        Assert.Contains("two columns named 'ImagePath'", Assert.ThrowsExactly<ArgumentException>(
            () => ml.Data.LoadImageCsv(folder["list.csv"], new ImageCsvOptions { LabelColumnName = "ImagePath" })).Message);
        Assert.Contains(folder["none.csv"], Assert.ThrowsExactly<FileNotFoundException>(() => ml.Data.LoadImageCsv(folder["none.csv"])).Message);
        File.WriteAllText(folder["empty.csv"], "");
        Assert.Contains("is empty", Assert.ThrowsExactly<ArgumentException>(() => ml.Data.LoadImageCsv(folder["empty.csv"])).Message);
    }

    [TestMethod]
    public void Paths_of_any_data_can_be_resolved()
    {
        MLContext ml = Context();
        IDataView data = ml.Data.LoadFromEnumerable([new Row { Photo = "1.png", Size = 3 }, new Row { Photo = "" }]);
        IDataView resolved = ml.Data.ResolveImagePaths(data, "photos", "Photo");
        Assert.AreSame(data.Schema, resolved.Schema);
        CollectionAssert.AreEqual(new[] { Path.GetFullPath("photos/1.png"), "" }, resolved.GetColumn<string>("Photo").ToArray());
        CollectionAssert.AreEqual(new float[] { 3, 0 }, resolved.GetColumn<float>("Size").ToArray());
        Assert.Contains("has: Photo, Size", Assert.ThrowsExactly<ArgumentException>(() => ml.Data.ResolveImagePaths(data, "photos")).Message);
        Assert.Contains("paths are text", Assert.ThrowsExactly<ArgumentException>(() => ml.Data.ResolveImagePaths(data, "photos", "Size")).Message);
    }

    private static void Write(TemporaryFolder folder, params string[] files)
    {
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
            File.WriteAllBytes(folder[file], [1]);
        }
    }

    private MLContext Context()
    {
        var ml = new MLContext(seed: 1);
        ml.Log += (_, message) =>
        {
            if (message.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                log.Add(message.RawMessage);
            }
        };
        return ml;
    }

    private sealed class Row
    {
        public string Photo { get; set; } = "";

        public float Size { get; set; }
    }
}
