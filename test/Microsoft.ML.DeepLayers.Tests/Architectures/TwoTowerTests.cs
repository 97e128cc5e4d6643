using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Architectures;

/// <summary>A tower for users and one for items, that meet in a product (Covington et al. 2016): who likes what?</summary>
[TestClass]
public sealed class TwoTowerTests
{
    private const int UserCount = 60, ItemCount = 80, TagCount = 12;

    [TestMethod]
    public void Learns_who_likes_what()
    {
        var ml = new MLContext(seed: 1);
        View[] views = Views(4000);
        IDataView train = ml.Data.LoadFromEnumerable(views[..3000]), test = ml.Data.LoadFromEnumerable(views[3000..]);
        Network network = TwoTower();
        ArchitectureCheck.Definition(network);

        // The same key for a tag on both sides.
        IDataView tags = ml.Data.LoadFromEnumerable(Enumerable.Range(0, TagCount).Select(tag => new { Tag = TagName(tag) }));
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("User", "UserName")
            .Append(ml.Transforms.Conversion.MapValueToKey("Item", "ItemName"))
            .Append(ml.Transforms.Conversion.MapValueToKey(
                [new InputOutputColumnPair("UserTagKeys", "UserTags"), new InputOutputColumnPair("ItemTagKeys", "ItemTags")], keyData: tags))
            .Append(ml.BinaryClassification.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                LabelColumnName = "Liked",
                Epochs = 12,
                Optimizer = new Adam(0.01f),
            })).Fit(train);
        CalibratedBinaryClassificationMetrics metrics = ml.BinaryClassification.Evaluate(model.Transform(test), "Liked");
        double popularity = Popularity(views[..3000], views[3000..]);
        Console.WriteLine($"accuracy {metrics.Accuracy:0.000}, AUC {metrics.AreaUnderRocCurve:0.000}, accuracy of the item's popularity {popularity:0.000}");
        Assert.IsGreaterThan(0.85, metrics.Accuracy);
        Assert.IsLessThan(0.7, popularity);
        string[] shared = [.. ArchitectureCheck.NetworkOf(model).Model.GetWeights().Names.Where(name => name.StartsWith("tags", StringComparison.Ordinal))];
        CollectionAssert.AreEqual(new[] { "tags/embeddings" }, shared);
        ArchitectureCheck.SavedAndLoaded(ml, model, test, "Score", "Probability");
    }

    private static Network TwoTower()
    {
        Input user = new(1) { Column = "User" }, userTags = new(Shape.Variable) { Column = "UserTagKeys" };
        Input item = new(1) { Column = "Item" }, itemTags = new(Shape.Variable) { Column = "ItemTagKeys" };
        var tags = new Embedding(TagCount + 1, 8) { Name = "tags" }; // one set of vectors for both sides
        LayerOutput likes = new Dot(axes: 1).Apply(
            Tower(new Embedding(UserCount + 1, 8), user, tags.Apply(userTags)), Tower(new Embedding(ItemCount + 1, 8), item, tags.Apply(itemTags)));
        return new Network([user, userTags, item, itemTags], [likes]);
    }

    private static LayerOutput Tower(Embedding ids, Input id, LayerOutput tags) => new Dense(8).Apply(new Concatenate().Apply(
        new Flatten().Apply(ids.Apply(id)), new GlobalAveragePooling1D().Apply(tags)));

    private static double Popularity(View[] train, View[] test)
    {
        ILookup<string, bool> liked = train.ToLookup(view => view.ItemName, view => view.Liked);
        return test.Average(view => liked[view.ItemName].Count(like => like) * 2 > liked[view.ItemName].Count() == view.Liked ? 1.0 : 0);
    }

    private static string TagName(int tag) => $"tag {tag}";

    /// <summary>Tastes are points of the plane: the mean of one's tags, which also have places there, and something of one's own.</summary>
    private static View[] Views(int count)
    {
        var random = new Random(1);
        (float X, float Y)[] places = [.. Enumerable.Range(0, TagCount).Select(tag => (MathF.Sin(tag), MathF.Cos(tag)))];
        (int[] Tags, float X, float Y)[] users = Tastes(UserCount), items = Tastes(ItemCount);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            (int u, int i) = (random.Next(UserCount), random.Next(ItemCount));
            return new View
            {
                UserName = $"user {u}", ItemName = $"item {i}", UserTags = [.. users[u].Tags.Select(TagName)], ItemTags = [.. items[i].Tags.Select(TagName)],
                Liked = (users[u].X * items[i].X) + (users[u].Y * items[i].Y) > 0,
            };
        })];

        (int[] Tags, float X, float Y)[] Tastes(int of) => [.. Enumerable.Range(0, of).Select(_ =>
        {
            int[] tags = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(TagCount))];
            return (tags, tags.Average(tag => places[tag].X) + (0.3f * random.Normal()), tags.Average(tag => places[tag].Y) + (0.3f * random.Normal()));
        })];
    }

    private sealed class View
    {
        public string UserName { get; set; } = "";

        public string[] UserTags { get; set; } = [];

        public string ItemName { get; set; } = "";

        public string[] ItemTags { get; set; } = [];

        public bool Liked { get; set; }
    }
}
