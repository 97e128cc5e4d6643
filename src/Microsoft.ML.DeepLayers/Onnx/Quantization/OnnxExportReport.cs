using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeepLayers;

/// <summary>What an export made of a network, and how near its scores are to those of the float32 network.</summary>
public sealed record OnnxExportReport
{
    internal OnnxExportReport()
    {
    }

    /// <summary>In which numbers the file computes.</summary>
    public required OnnxPrecision Precision { get; init; }

    /// <summary>The size of the float32 network's file in bytes.</summary>
    public required long Float32Size { get; init; }

    /// <summary>The size of the written file in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>What became of the operators that have weights or multiply matrices, in the order of the graph.</summary>
    public required IReadOnlyList<OnnxLayerChange> Layers { get; init; }

    /// <summary>The comparison with the float32 network, output by output; empty where no data was given.</summary>
    public required IReadOnlyList<OnnxOutputComparison> Outputs { get; init; }

    /// <summary>The report as text of several lines.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Precision}: {Size:N0} bytes, {(double)Size / Float32Size:P0} of {Float32Size:N0} in float32\n");
        foreach (OnnxLayerChange layer in Layers)
        {
            text.Append("  ").Append(layer).Append('\n');
        }

        foreach (OnnxOutputComparison output in Outputs)
        {
            text.Append(output).Append('\n');
        }

        return text.ToString().TrimEnd('\n');
    }
}
