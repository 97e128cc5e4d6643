using System.Text;
using System.Xml;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>Text of anybody's in a page.</summary>
internal static class XmlText
{
    /// <summary>The text with a replacement for characters that pages cannot hold. Escaping is left to the writer of the elements.</summary>
    internal static string Clean(string text)
    {
        if (IsClean(text))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            // Halves of surrogate pairs have come as the replacement character already.
            clean.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString());
        }

        return clean.ToString();
    }

    private static bool IsClean(string text)
    {
        foreach (char character in text)
        {
            if (!XmlConvert.IsXmlChar(character))
            {
                return false;
            }
        }

        return true;
    }
}
