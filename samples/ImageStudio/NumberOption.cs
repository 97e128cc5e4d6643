using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace ImageStudio;

/// <summary>Options that are numbers, in the same form in every culture and within bounds.</summary>
internal static class NumberOption
{
    /// <summary>An option that has a default.</summary>
    public static Option<T> Create<T>(string name, string helpName, string description, T defaultValue, Func<T, bool> isValid, string rule)
        where T : struct, INumber<T>
    {
        var option = new Option<T>(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => defaultValue };
        option.CustomParser = result => Parse(result, name, isValid, rule);
        return option;
    }

    /// <summary>An option that may be left out.</summary>
    public static Option<T?> CreateOptional<T>(string name, string helpName, string description, Func<T, bool> isValid, string rule)
        where T : struct, INumber<T>
    {
        var option = new Option<T?>(name) { Description = description, HelpName = helpName };
        option.CustomParser = result => Parse(result, name, isValid, rule);
        return option;
    }

    private static T Parse<T>(System.CommandLine.Parsing.ArgumentResult result, string name, Func<T, bool> isValid, string rule)
        where T : struct, INumber<T>
    {
        string text = result.Tokens[0].Value;
        if (!T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) || !isValid(value))
        {
            result.AddError($"Option '{name}' must be {rule}, not '{text}'.");
        }

        return value;
    }
}
