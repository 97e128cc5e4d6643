namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>An ONNX graph as far as its inspection needs it: without the numbers of large tensors.</summary>
internal sealed class GraphOutline
{
    /// <summary>The nodes, in the order of the file.</summary>
    internal List<NodeOutline> Nodes { get; } = [];

    /// <summary>The constants.</summary>
    internal List<TensorOutline> Initializers { get; } = [];

    internal List<ValueOutline> Inputs { get; } = [];

    internal List<ValueOutline> Outputs { get; } = [];

    /// <summary>What the model says about itself.</summary>
    internal IReadOnlyDictionary<string, string> Metadata { get; set; } = new Dictionary<string, string>();

    /// <summary>The version of the standard operators.</summary>
    internal long OpsetVersion { get; set; }
}

/// <summary>A node of a graph.</summary>
internal sealed class NodeOutline
{
    /// <summary>More than any operator has; each is held against all others.</summary>
    internal const int MostAttributes = 64;

    internal string OpType { get; set; } = "";

    internal string Domain { get; set; } = "";

    internal string Name { get; set; } = "";

    internal List<string> Inputs { get; } = [];

    internal List<string> Outputs { get; } = [];

    internal List<AttributeOutline> Attributes { get; } = [];

    /// <summary>Whether the operator is one of ONNX's own.</summary>
    internal bool IsStandard => Domain is "" or "ai.onnx";

    internal AttributeOutline? Find(string attribute) => Attributes.Find(item => item.Name == attribute);

    internal long Integer(string attribute, long missing) => Find(attribute)?.Integer ?? missing;

    internal List<long>? Integers(string attribute) => Find(attribute) is { Integers.Count: > 0 } found ? found.Integers : null;

    internal string Text(string attribute, string missing) => Find(attribute)?.Text ?? missing;

    /// <summary>The node for messages.</summary>
    public override string ToString() => Name.Length > 0 ? $"'{Name}' ({OpType})" : OpType;
}

/// <summary>An attribute of a node.</summary>
internal sealed class AttributeOutline
{
    internal string Name { get; set; } = "";

    internal long Integer { get; set; }

    internal double Number { get; set; }

    internal string? Text { get; set; }

    internal TensorOutline? Tensor { get; set; }

    internal List<long> Integers { get; } = [];

    internal List<double> Numbers { get; } = [];

    internal int TextCount { get; set; }
}

/// <summary>A constant tensor.</summary>
internal sealed class TensorOutline
{
    /// <summary>Up to so many numbers are read: sizes, axes, repetitions and scales are short.</summary>
    internal const int MostNumbers = 1024;

    internal string Name { get; set; } = "";

    internal int Type { get; set; }

    internal List<long> Dimensions { get; } = [];

    /// <summary>The numbers of a short tensor; <see langword="null"/> for a long one.</summary>
    internal double[]? Numbers { get; set; }
}

/// <summary>A declared input or output.</summary>
internal sealed class ValueOutline
{
    internal string Name { get; set; } = "";

    internal int Type { get; set; }

    /// <summary>Its dimensions; -1 for those that the data decide.</summary>
    internal List<long> Dimensions { get; } = [];
}
