using System.CommandLine;
using System.CommandLine.Parsing;

namespace ScriptedTraining;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<string> Data(string description) => new("--data") { Description = description, Required = true, HelpName = "file.csv" };

    public static Option<string> Model() => new("--model") { Description = "The model zip.", Required = true, HelpName = "model.zip" };

    public static Option<bool> NoHeader() => new("--no-header") { Description = "The file begins with data. Its columns are then called col0, col1, ..." };

    public static Option<char> Separator() => new("--separator")
    {
        Description = "What separates the fields: a character, or tab.",
        HelpName = ", | ; | tab",
        DefaultValueFactory = _ => ',',
        CustomParser = ParseSeparator,
    };

    private static char ParseSeparator(ArgumentResult result)
    {
        switch (result.Tokens[0].Value)
        {
            case "tab" or "\\t":
                return '\t';
            case [var single] when single is not '"':
                return single;
            default:
                result.AddError($"The separator is one character, or tab, not '{result.Tokens[0].Value}'.");
                return default;
        }
    }
}
