using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Tests.RealData;

namespace RealData;

/// <summary>Text files of numbers.</summary>
internal static class Tables
{
    /// <summary>A plain file for ML.NET's text loader, which reads no gzip: unpacked into the temporary folder.</summary>
    internal static string Plain(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!name.EndsWith(".gz", StringComparison.Ordinal))
        {
            return path;
        }

        string plain = Path.Combine(Directory.CreateTempSubdirectory("deeplayers-realdata-").FullName, Path.GetFileNameWithoutExtension(name));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path.GetDirectoryName(plain)!, recursive: true);
        using Stream source = SharedData.Open(path);
        using FileStream target = File.Create(plain);
        source.CopyTo(target);
        return plain;
    }

    /// <summary>Loads lines of numbers that end in a label.</summary>
    internal static IDataView LabelLast(MLContext ml, string path, int features, DataKind label, string labelColumn = "Label") =>
        ml.Data.LoadFromTextFile(
            path,
            [new TextLoader.Column("Features", DataKind.Single, 0, features - 1), new TextLoader.Column(labelColumn, label, features)],
            separatorChar: ',');
}
