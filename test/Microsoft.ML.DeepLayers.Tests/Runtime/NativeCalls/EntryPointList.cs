namespace Microsoft.ML.DeepLayers.Tests.Runtime.NativeCalls;

/// <summary>The file of entry points that let exceptions of libtorch through.</summary>
internal sealed class EntryPointList
{
    private readonly Dictionary<string, EntryPointRule> rules = [];

    internal EntryPointList(string path)
    {
        foreach (string line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line.StartsWith("version ", StringComparison.Ordinal))
            {
                Version = line["version ".Length..];
                continue;
            }

            string[] parts = [.. line.Split('|').Select(part => part.Trim())];
            rules.Add(parts[0], new EntryPointRule(parts.ElementAtOrDefault(1), parts.ElementAtOrDefault(2)?.Split(", ")));
        }
    }

    /// <summary>The version of TorchSharp that it was read from.</summary>
    internal string Version { get; } = "";

    internal IEnumerable<string> Names => rules.Keys;

    /// <summary>Whether a class may reach an entry point.</summary>
    internal bool Allows(string entryPoint, string caller) => !rules.TryGetValue(entryPoint, out EntryPointRule? rule)
        || rule.Reason is not null && (rule.Callers is not { } callers || callers.Contains(caller));

    /// <param name="Reason">Why it does not throw; none if it may.</param>
    /// <param name="Callers">The only classes that may reach it; none if all may.</param>
    private sealed record EntryPointRule(string? Reason, string[]? Callers);
}
