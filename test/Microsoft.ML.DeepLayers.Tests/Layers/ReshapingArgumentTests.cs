using System.Text.Json;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Reshaping layers refuse what cannot be meant, and take margins in all of Keras's forms.</summary>
[TestClass]
public sealed class ReshapingArgumentTests
{
    public static IEnumerable<(Func<object> Create, string Argument)> Refused =>
    [
        (() => new RepeatVector(0), "n"),
        (() => new UpSampling1D(0), "size"),
        (() => new UpSampling2D(0), "height"),
        (() => new UpSampling2D((1, 0)), "width"),
        (() => new UpSampling2D(2, (Interpolation)2), "interpolation"),
        (() => new Cropping1D(-1), "begin"),
        (() => new Cropping1D((0, -1)), "end"),
        (() => new Cropping2D((1, -1)), "begin"),
        (() => new Cropping3D(((0, 0), (0, 0), (0, -2))), "end"),
        (() => new ZeroPadding1D(-1), "begin"),
        (() => new ZeroPadding2D(((0, -1), (0, 0))), "end"),
        (() => new ZeroPadding3D((1, 1, -1)), "begin"),
    ];

    [TestMethod]
    public void Wrong_arguments_are_refused_by_name()
    {
        foreach ((Func<object> create, string argument) in Refused)
        {
            var error = Assert.Throws<ArgumentException>(() => create(), argument);
            Assert.AreEqual(argument, error.ParamName, error.Message);
        }
    }

    [TestMethod]
    public void Margins_convert_from_numbers_and_pairs()
    {
        Assert.AreEqual(new Margin(2, 2), (Margin)2);
        Assert.AreEqual(new Margin(1, 2), (Margin)(1, 2));
        Assert.AreEqual(new Margin(0, 0), default(Margin));
        Assert.AreEqual(new Margins2D(new Margin(3, 3), new Margin(3, 3)), (Margins2D)3);
        Assert.AreEqual(new Margins2D(new Margin(1, 1), new Margin(2, 2)), (Margins2D)(1, 2));
        Assert.AreEqual(new Margins2D(new Margin(1, 2), new Margin(3, 4)), (Margins2D)((1, 2), (3, 4)));
        Assert.AreEqual(new Margins3D(new Margin(3, 3), new Margin(3, 3), new Margin(3, 3)), (Margins3D)3);
        Assert.AreEqual(new Margins3D(new Margin(1, 1), new Margin(2, 2), new Margin(3, 3)), (Margins3D)(1, 2, 3));
        Assert.AreEqual(new Margins3D(new Margin(1, 2), new Margin(3, 4), new Margin(5, 6)), (Margins3D)((1, 2), (3, 4), (5, 6)));
        Assert.AreEqual("((1, 2), (3, 4))", new Margins2D((1, 2), (3, 4)).ToString());
        Assert.AreEqual("((1, 2), (3, 3), (0, 4))", new Margins3D((1, 2), 3, (0, 4)).ToString());
    }

    [TestMethod]
    public void Margins_are_short_in_json_and_come_back()
    {
        AssertJson<Margin>(2, "2");
        AssertJson<Margin>((1, 2), "[1,2]");
        AssertJson<Margins2D>(1, "1");
        AssertJson<Margins2D>((1, 2), "[1,2]");
        AssertJson<Margins2D>(((1, 2), (1, 2)), "[[1,2],[1,2]]");
        AssertJson(new Margins2D(1, (2, 3)), "[1,[2,3]]");
        AssertJson<Margins3D>(4, "4");
        AssertJson(new Margins3D(1, (2, 3), 0), "[1,[2,3],0]");
        foreach ((Type type, string json) in new[] { (typeof(Margin), "[1]"), (typeof(Margins2D), "[1,2,3]"), (typeof(Margins3D), "[1,2]") })
        {
            Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, type, Options()), json);
        }
    }

    private static void AssertJson<T>(T value, string json)
    {
        Assert.AreEqual(json, JsonSerializer.Serialize(value, Options()));
        Assert.AreEqual(value, JsonSerializer.Deserialize<T>(json, Options()));
    }

    private static JsonSerializerOptions Options() =>
        new() { Converters = { new MarginJsonConverter(), new Margins2DJsonConverter(), new Margins3DJsonConverter() } };
}
