using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.DeepLayers.Fuzz.Mutators;

/// <summary>Changes values, names and structure of JSON, also of JSON within its texts, so that the result is JSON again.</summary>
internal static class JsonMutator
{
    private const int DeepestText = 3;

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1", "0.5", "1e308", "-1e-320", "2147483647", "-2147483648", "9223372036854775807", "-9223372036854775808", "99999999999999999999",
        "\"\"", "\"NaN\"", "\"Infinity\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}", "[null]", "[[[[]]]]", "[1,2,3]", "{\"type\":\"Dense\"}", "\"../x\"", "3000000000",
    ];

    internal static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (random.Next(4) > 0 && Parse(file) is { } root)
        {
            return Encoding.UTF8.GetBytes(Change(random, root, 0));
        }

        return ByteMutator.Mutate(random, file, other);
    }

    /// <summary>Changes a document, and writes it.</summary>
    internal static string Change(Random random, JsonNode root, int depth)
    {
        List<JsonNode> nodes = [];
        Collect(root, nodes);
        int changes = random.Next(3) == 0 ? random.Next(2, 4) : 1;
        for (int i = 0; i < changes; i++)
        {
            Change(random, nodes[random.Next(nodes.Count)], nodes, depth);
        }

        string text = root.ToJsonString();
        // What a document cannot hold: half of a character of two, a name twice, a nesting without end.
        return random.Next(40) switch
        {
            0 => text.Replace("e", "\\ud800", StringComparison.Ordinal),
            1 => text.Insert(text.IndexOf('{', StringComparison.Ordinal) + 1, text.Length > 2 && text[0] == '{' ? text[1..^1] + "," : ""),
            2 => string.Concat(Enumerable.Repeat("[", 5000)) + text,
            _ => text,
        };
    }

    /// <summary>Reads a document; <see langword="null"/> where it is none, or too large.</summary>
    internal static JsonNode? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            JsonNode? root = json.Length < 1 << 18 ? JsonNode.Parse(json) : null;
            if (root is not null)
            {
                // Names that occur twice show only when the members are gone through.
                Collect(root, []);
            }

            return root;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Collect(JsonNode node, List<JsonNode> nodes)
    {
        if (node is not JsonValue)
        {
            nodes.Add(node);
        }

        foreach (JsonNode? child in node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray items => items.AsEnumerable(),
            _ => [],
        })
        {
            if (child is not null)
            {
                Collect(child, nodes);
            }
        }
    }

    private static void Change(Random random, JsonNode container, List<JsonNode> nodes, int depth)
    {
        JsonNode? Copy() => nodes[random.Next(nodes.Count)].DeepClone();
        switch (container)
        {
            case JsonObject { Count: > 0 } members:
                string name = members.ElementAt(random.Next(members.Count)).Key;
                switch (random.Next(8))
                {
                    case 0:
                        members.Remove(name);
                        break;
                    case 1:
                        JsonNode? moved = members[name]?.DeepClone();
                        members.Remove(name);
                        members[Rename(random, name, members)] = moved;
                        break;
                    case 2:
                        members[name] = Copy();
                        break;
                    case 3:
                        members[Rename(random, name, members)] = members[name]?.DeepClone();
                        break;
                    default:
                        members[name] = Value(random, members[name], depth);
                        break;
                }

                break;
            case JsonArray { Count: > 0 } items:
                int index = random.Next(items.Count);
                switch (random.Next(6))
                {
                    case 0:
                        items.RemoveAt(index);
                        break;
                    case 1:
                        items.Insert(index, items[random.Next(items.Count)]?.DeepClone());
                        break;
                    case 2:
                        items[index] = Copy();
                        break;
                    default:
                        items[index] = Value(random, items[index], depth);
                        break;
                }

                break;
            case JsonObject empty:
                empty["x"] = Value(random, null, depth);
                break;
            case JsonArray none:
                none.Add(Value(random, null, depth));
                break;
        }
    }

    private static string Rename(Random random, string name, JsonObject members) => random.Next(4) switch
    {
        0 => members.ElementAtOrDefault(random.Next(members.Count)).Key ?? "",
        1 => new string('n', random.Next(2) * 5000),
        2 => name.Length > 0 ? name[..^1] : "x",
        _ => name + "/" + name,
    };

    private static JsonNode? Value(Random random, JsonNode? before, int depth)
    {
        if (before is JsonValue value)
        {
            if (value.TryGetValue(out string? text))
            {
                // The text of a checkpoint has a history within.
                if (depth < DeepestText && text.Length > 1 && text[0] is '{' or '[' && Parse(Encoding.UTF8.GetBytes(text)) is { } inner && random.Next(8) > 0)
                {
                    return JsonValue.Create(Change(random, inner, depth + 1));
                }

                if (random.Next(2) == 0)
                {
                    byte[] bytes = Encoding.UTF8.GetBytes(text);
                    return JsonValue.Create(Encoding.UTF8.GetString(ByteMutator.Mutate(random, bytes, bytes)));
                }
            }
            else if (value.TryGetValue(out long number) && random.Next(2) == 0)
            {
                return JsonValue.Create(ByteMutator.Number(random, number));
            }
        }

        string json = Values[random.Next(Values.Length)];
        // A node cannot hold this one.
        return json.Contains("ud800", StringComparison.Ordinal) ? JsonValue.Create("\ufffd") : JsonNode.Parse(json);
    }
}
