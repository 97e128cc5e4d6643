namespace Microsoft.ML.DeepLayers;

/// <summary>In which form a layer gives categories. Keras: <c>output_mode</c>.</summary>
public enum OutputMode
{
    /// <summary>The number of each value's category.</summary>
    Int,

    /// <summary>For each value a row with a 1 at its category and 0 elsewhere. A last dimension of 1 becomes the row.</summary>
    OneHot,

    /// <summary>For all values along the last dimension together a row with a 1 at each category that occurs.</summary>
    MultiHot,

    /// <summary>For all values along the last dimension together a row that says how often each category occurs.</summary>
    Count,
}
