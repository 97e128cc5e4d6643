namespace Microsoft.ML.DeepLayers.Tests.Documentation;

/// <summary>The documentation says what the layers are, and leaves out none of Keras's.</summary>
[TestClass]
public sealed class LayerDocumentationTests
{
    [TestMethod]
    public void Every_layer_of_Keras_is_here_or_has_a_reason_not_to_be()
    {
        string[] keras = [.. KerasLayers.Groups.SelectMany(group => group.Names)];
        string[] ours = [.. LayerDocumentation.Layers().Select(layer => layer.KerasName)];
        CollectionAssert.AllItemsAreUnique(keras);
        CollectionAssert.AllItemsAreUnique(ours);
        CollectionAssert.AreEquivalent(keras, keras.Intersect(ours).Concat(KerasLayers.Missing.Keys).ToArray());
        CollectionAssert.IsSubsetOf(KerasLayers.Aliases.Values.ToArray(), keras);
        CollectionAssert.AreEqual(Array.Empty<string>(), KerasLayers.Aliases.Keys.Intersect(keras.Concat(ours)).ToArray());
    }

    [TestMethod]
    public void Every_activation_of_Keras_is_here() => CollectionAssert.AreEquivalent(
        KerasLayers.Activations.ToArray(), LayerDocumentation.ActivationSummaries().Select(activation => activation.KerasName).ToArray());

    [TestMethod]
    public void The_documentation_is_up_to_date()
    {
        string path = Path.Combine(LayerDocumentation.RepositoryRoot(), LayerDocumentation.Path);
        string[] expected = LayerDocumentation.Create().Split('\n');
        string[] actual = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n").Split('\n') : [];
        string[] missing = [.. expected.Except(actual).Take(3)];
        Assert.IsTrue(
            expected.SequenceEqual(actual),
            $"{LayerDocumentation.Path} is not what the layers say; write it anew by 'dotnet run --project eng/LayerDocs'. It lacks, for one:\n{string.Join("\n", missing)}");
    }
}
