using Microsoft.ML.DeepLayers.Tests.Documentation;

// Writes docs/layers.md anew. A test fails where it is not up to date.
string path = Path.Combine(LayerDocumentation.RepositoryRoot(), LayerDocumentation.Path);
File.WriteAllText(path, LayerDocumentation.Create());
Console.WriteLine($"Wrote {path}.");
