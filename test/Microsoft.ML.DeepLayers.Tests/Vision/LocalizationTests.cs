namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Where a network sees a shape is where the shape is.</summary>
[TestClass]
public sealed class LocalizationTests
{
    private static readonly IDataView Data = new MLContext().Data.LoadFromEnumerable(ShapeModel.Pictures);

    [TestMethod]
    public void The_network_knows_the_shapes()
    {
        var ml = new MLContext();
        IDataView scored = ShapeModel.Model.Transform(Data);
        Assert.IsGreaterThan(0.95, ml.MulticlassClassification.Evaluate(scored).MicroAccuracy);
    }

    [TestMethod]
    public void Grad_cam_is_hottest_within_the_shape()
    {
        using var gradCam = new GradCam(ShapeModel.Model);
        AssertFound([.. gradCam.Explain(Data)]);
    }

    [TestMethod]
    public void Occlusion_is_hottest_within_the_shape()
    {
        using var occlusion = new Occlusion(ShapeModel.Model, patchSize: 4, stride: 2);
        AssertFound([.. occlusion.Explain(Data)]);
    }

    private static void AssertFound(HeatMap[] maps)
    {
        Assert.HasCount(ShapeModel.Pictures.Length, maps);
        int found = maps.Zip(ShapeModel.Pictures).Count(pair => pair.Second.Contains(pair.First.Hottest));
        // The square that a shape fills is 14% of the picture.
        Assert.IsGreaterThanOrEqualTo(0.9 * maps.Length, found);
        Assert.IsGreaterThanOrEqualTo(0.9 * maps.Length, maps.Zip(ShapeModel.Pictures).Count(pair => pair.First.ClassName == pair.Second.Shape));
        Assert.IsTrue(maps.All(map => map.Values.Span.IndexOfAnyExceptInRange(0f, 1f) < 0 && map.Peak > 0 && map.Score is > 0.3f and <= 1));
        Assert.IsTrue(maps.All(map => map[map.Hottest.Row, map.Hottest.Column] == 1));
    }
}
