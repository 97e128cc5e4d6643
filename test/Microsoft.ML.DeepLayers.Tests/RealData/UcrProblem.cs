using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.RealData;

/// <summary>One time series and its class, as ML.NET reads it.</summary>
internal sealed class LabelledSeries
{
    /// <summary>Step after step, the channels of a step together: shape [length, channels].</summary>
    public float[] Values { get; set; } = [];

    public string Class { get; set; } = "";
}

/// <summary>A classification problem of the UCR/UEA archive, with its own split into training and test.</summary>
internal sealed class UcrProblem
{
    private static readonly char[] Blanks = [' ', '\t'];

    private UcrProblem(LabelledSeries[] training, LabelledSeries[] test, int channels) =>
        (Training, Test, Channels, Length) = (training, test, channels, training[0].Values.Length / channels);

    internal LabelledSeries[] Training { get; }

    internal LabelledSeries[] Test { get; }

    internal int Length { get; }

    internal int Channels { get; }

    /// <summary>Reads a problem; <see langword="null"/> where it is absent.</summary>
    internal static UcrProblem? Find(string name)
    {
        string? folder = SharedData.Find("ucr", name);
        if (folder is null)
        {
            return null;
        }

        (LabelledSeries[] training, int channels) = Read(folder, $"{name}_TRAIN.*");
        return new UcrProblem(training, Read(folder, $"{name}_TEST.*").Series, channels);
    }

    internal IDataView View(MLContext ml, LabelledSeries[] series)
    {
        // The shape differs from problem to problem, so an attribute on the class cannot say it.
        var schema = SchemaDefinition.Create(typeof(LabelledSeries));
        schema[nameof(LabelledSeries.Values)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Length, Channels);
        return ml.Data.LoadFromEnumerable(series, schema);
    }

    private static (LabelledSeries[] Series, int Channels) Read(string folder, string pattern)
    {
        string path = Directory.GetFiles(folder, pattern).Single();
        string[] lines = [.. SharedData.ReadLines(path).Where(line => line.Length > 0 && line[0] is not ('@' or '#'))];
        if (path.Contains(".ts", StringComparison.Ordinal) && !path.Contains(".tsv", StringComparison.Ordinal))
        {
            return ([.. lines.Select(ParseChannels)], lines[0].Count(c => c == ':'));
        }

        return ([.. lines.Select(ParseLabelFirst)], 1);
    }

    /// <summary>sktime's form: channel:channel:...:class, each channel a list of its steps.</summary>
    private static LabelledSeries ParseChannels(string line)
    {
        string[] parts = line.Split(':');
        float[][] channels = [.. parts[..^1].Select(part => part.Split(',').Select(Number).ToArray())];
        var values = new float[channels.Length * channels[0].Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = channels[i % channels.Length][i / channels.Length];
        }

        return new LabelledSeries { Values = values, Class = parts[^1].Trim() };
    }

    private static LabelledSeries ParseLabelFirst(string line)
    {
        float[] numbers = [.. line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries).Select(Number)];
        return new LabelledSeries { Values = numbers[1..], Class = numbers[0].ToString(CultureInfo.InvariantCulture) };
    }

    private static float Number(string text) => float.Parse(text, CultureInfo.InvariantCulture);
}
