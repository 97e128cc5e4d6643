using System.Reflection;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

/// <summary>Layers of applications are found by name, as soon as their assembly is there.</summary>
[TestClass]
[DoNotParallelize]
public sealed class OwnLayerJsonTests
{
    [TestMethod]
    public void A_layer_whose_assembly_is_not_loaded_yet_says_what_to_do_and_is_found_afterwards()
    {
        const string Json = """{ "type": "Sequential", "layers": [ { "type": "Late", "number": 7 } ] }""";
        string message = Assert.ThrowsExactly<FormatException>(() => Network.FromJson(Json)).Message;
        Assert.Contains("layers[0] cannot be read: there is no layer named 'Late'. Known: ", message);
        Assert.Contains("is found once its assembly is loaded", message);
        Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory.Replace("Microsoft.ML.DeepLayers.Tests", "ModuleHost", StringComparison.Ordinal), "ModuleHost.dll"));
        Layer layer = ((Sequential)Network.FromJson(Json))[0];
        Assert.AreEqual("LateLayer { Number = 7 }", layer.ToString());
        Assert.AreEqual(Network.FromJson(Json), Network.FromJson(Network.FromJson(Json).ToJson()));
    }

    [TestMethod]
    public void An_own_layer_named_like_one_of_the_library_is_refused_where_it_would_be_mixed_up()
    {
        string message = Assert.ThrowsExactly<System.Text.Json.JsonException>(() => new Sequential { new Own.UpSideDown() }.ToJson()).Message;
        Assert.Contains("two layers are named 'UpSideDown'", message);
    }

    /// <summary>Two of one name; the one that is found last is written and read.</summary>
    private static class Own
    {
        internal sealed record UpSideDown : Flip;
    }

    private static class Other
    {
        internal sealed record UpSideDown : Flip;
    }

    private abstract record Flip : SingleInputLayer
    {
        public override Shape ComputeOutputShape(Shape input) => input;

        public override TensorFunction Build(LayerBuilder builder, Shape input) => (x, _) => x.neg();

        public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Elementwise("Neg", input);
    }
}
