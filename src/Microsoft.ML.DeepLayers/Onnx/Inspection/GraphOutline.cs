namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>An ONNX graph as far as its inspection needs it: without the numbers of large tensors.</summary>
/// <remarks>
/// Every model that is loaded goes through here before its first score, when nothing is compiled yet. So what ordinary graphs
/// need is kept to fields, arrays and loops, without properties, lists of numbers and LINQ: compiling these takes longer than all else.
/// </remarks>
internal sealed class GraphOutline
{
    /// <summary>The nodes, in the order of the file.</summary>
    internal readonly List<NodeOutline> Nodes = [];

    /// <summary>The constants.</summary>
    internal readonly List<TensorOutline> Initializers = [];

    internal readonly List<ValueOutline> Inputs = [];

    internal readonly List<ValueOutline> Outputs = [];

    /// <summary>What the model says about itself.</summary>
    internal Dictionary<string, string> Metadata = new(StringComparer.Ordinal);

    /// <summary>The version of the standard operators.</summary>
    internal long OpsetVersion;
}

/// <summary>A node of a graph.</summary>
internal sealed class NodeOutline
{
    /// <summary>More than any operator has; each is held against all others.</summary>
    internal const int MostAttributes = 64;

    internal string OpType = "";

    internal string Domain = "";

    internal string Name = "";

    internal readonly List<string> Inputs = [];

    internal readonly List<string> Outputs = [];

    internal readonly List<AttributeOutline> Attributes = [];

    /// <summary>Whether the operator is one of ONNX's own.</summary>
    internal bool IsStandard => Domain is "" or "ai.onnx";

    internal AttributeOutline? Find(string attribute)
    {
        foreach (AttributeOutline item in Attributes)
        {
            if (item.Name == attribute)
            {
                return item;
            }
        }

        return null;
    }

    internal long Integer(string attribute, long missing) => Find(attribute)?.Integer ?? missing;

    internal long[]? Integers(string attribute) => Find(attribute) is { Integers.Length: > 0 } found ? found.Integers : null;

    internal string Text(string attribute, string missing) => Find(attribute)?.Text ?? missing;

    /// <summary>The node for messages.</summary>
    public override string ToString() => Name.Length > 0 ? $"'{Name}' ({OpType})" : OpType;
}

/// <summary>An attribute of a node.</summary>
internal sealed class AttributeOutline
{
    internal string Name = "";

    internal long Integer;

    internal double Number;

    internal string? Text;

    internal TensorOutline? Tensor;

    internal long[] Integers = [];

    internal double[] Numbers = [];

    internal int TextCount;
}

/// <summary>A constant tensor.</summary>
internal sealed class TensorOutline
{
    /// <summary>Up to so many numbers are read: sizes, axes, repetitions and scales are short.</summary>
    internal const int MostNumbers = 1024;

    internal string Name = "";

    internal int Type;

    internal long[] Dimensions = [];

    /// <summary>The numbers of a short tensor; <see langword="null"/> for a long one.</summary>
    internal double[]? Numbers;
}

/// <summary>A declared input or output.</summary>
internal sealed class ValueOutline
{
    internal string Name = "";

    internal int Type;

    /// <summary>Its dimensions; -1 for those that the data decide.</summary>
    internal long[] Dimensions = [];
}
