namespace Microsoft.ML.DeepLayers.Tests.Documentation;

/// <summary>Snippets of the guides are compiled: what the guides show is what <see cref="OwnLayerSnippets"/> has.</summary>
[TestClass]
public sealed class SnippetTests
{
    [TestMethod]
    [DataRow("docs/own-layers.md", "x.Multiply(0.5f).Add(y)", "(x - y).Square().sum(-1)", "x.Matmul(y.t())", "using Scalar divisor = 3.ToScalar();", "x.fmod(divisor)")]
    [DataRow("docs/own-layers.md", "nn.Linear(4, 16), nn.ReLU(), nn.LayerNorm(16), nn.Dropout(0.2)")]
    [DataRow("docs/training.md", "Loss.FromFunction(\"quartic\", (output, labels) => (output - labels).Power(4))")]
    public void Snippets_are_compiled(string document, params string[] snippets)
    {
        string root = LayerDocumentation.RepositoryRoot();
        string guide = File.ReadAllText(Path.Combine(root, document));
        string compiled = File.ReadAllText(Path.Combine(root, "test/Microsoft.ML.DeepLayers.Tests/Documentation/OwnLayerSnippets.cs"));
        foreach (string snippet in snippets)
        {
            StringAssert.Contains(guide, snippet);
            StringAssert.Contains(compiled, snippet);
        }
    }
}
