namespace Microsoft.ML.DeepLayers.Tests;

/// <summary>A folder for one test's files, gone at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("deeplayers-test-");

    internal string this[string name] => Path.Combine(folder.FullName, name);

    public void Dispose() => folder.Delete(recursive: true);
}
