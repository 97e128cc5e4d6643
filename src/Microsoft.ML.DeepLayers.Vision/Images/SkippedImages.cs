using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>
/// The rows of a view that are left out because their images cannot be loaded. Each is told of once, however often the view
/// is read, and only so many by name.
/// </summary>
/// <param name="host">Whose log is written to.</param>
internal sealed class SkippedImages(IHost host)
{
    /// <summary>How many are named.</summary>
    internal const int MostNamed = 20;

    private readonly object gate = new();
    private readonly HashSet<DataViewRowId> rows = [];
    private bool isComplete;

    /// <summary>Whether all rows of the view have been tried, so that it is known which are left out.</summary>
    internal bool IsComplete
    {
        get
        {
            lock (gate)
            {
                return isComplete;
            }
        }
    }

    /// <summary>Whether a row was left out.</summary>
    internal bool Contains(DataViewRowId row)
    {
        lock (gate)
        {
            return rows.Contains(row);
        }
    }

    /// <summary>Leaves a row out.</summary>
    internal void Add(DataViewRowId row, ImageLoadException error)
    {
        lock (gate)
        {
            if (!rows.Add(row) || rows.Count > MostNamed)
            {
                return;
            }
        }

        Warn($"{error.Message} It is left out.");
    }

    /// <summary>Says that a pass is over all rows.</summary>
    /// <param name="total">How many rows there were.</param>
    internal void Complete(long total)
    {
        int count;
        lock (gate)
        {
            count = isComplete ? 0 : rows.Count;
            isComplete = true;
        }

        if (count > 0)
        {
            Warn(string.Create(
                CultureInfo.InvariantCulture,
                $"{count:N0} of {total:N0} images cannot be loaded and are left out{(count > MostNamed ? $"; the first {MostNamed} are named above" : "")}."));
        }
    }

    private void Warn(string message)
    {
        using IChannel channel = host.Start("LoadPixels");
        channel.Warning(MessageSensitivity.None, message);
    }
}
