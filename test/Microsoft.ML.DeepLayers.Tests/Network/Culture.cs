using System.Globalization;

namespace Microsoft.ML.DeepLayers.Tests;

/// <summary>Runs something as on a computer of another country.</summary>
internal static class Culture
{
    internal static T Run<T>(string name, Func<T> function)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(name);
            return function();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
