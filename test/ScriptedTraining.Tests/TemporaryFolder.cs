namespace ScriptedTraining.Tests;

/// <summary>A folder for one test's files, gone at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("scripted-training-test-");

    public string this[string name] => Path.Combine(folder.FullName, name);

    public string[] FileNames => [.. folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    /// <summary>Writes a file and gives its path.</summary>
    public string Write(string name, params IEnumerable<string> lines)
    {
        File.WriteAllLines(this[name], lines);
        return this[name];
    }

    public void Dispose() => folder.Delete(recursive: true);
}
