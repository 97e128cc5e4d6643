using System.Text;

namespace Microsoft.ML.DeepLayers.Fuzz.Mutators;

/// <summary>Changes lines and fields of a table in text.</summary>
internal static class TextMutator
{
    private static readonly string[] Fields =
    [
        "", " ", "\"", "\"\"", "\"a", "a\"b", "\"a\nb\"", "NaN", "?", "NA", "1e39", "-1e999", "1E-50", "0x10", "1,5", "1;5", "\0", "\uFFFD", "\u2028", "true", "col0", "9999999999999999999", "-0", "+1", "1 2", "∞",
    ];

    internal static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (random.Next(3) == 0)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        List<string[]> lines = [.. Encoding.UTF8.GetString(file).Split('\n').Select(line => line.Split(','))];
        for (int changes = random.Next(1, 4); changes > 0 && lines.Count > 0; changes--)
        {
            int line = random.Next(5) == 0 ? 0 : random.Next(lines.Count);
            int field = random.Next(lines[line].Length);
            switch (random.Next(7))
            {
                case 0:
                    lines.RemoveAt(line);
                    break;
                case 1:
                    lines.Insert(line, lines[random.Next(lines.Count)]);
                    break;
                case 2:
                    lines[line] = [.. lines[line].Where((_, i) => i != field)];
                    break;
                case 3:
                    lines[line] = [.. lines[line], Fields[random.Next(Fields.Length)]];
                    break;
                case 4:
                    // A whole column.
                    string value = Fields[random.Next(Fields.Length)];
                    lines = [.. lines.Select((fields, i) => i == 0 ? fields : [.. fields.Select((text, j) => j == field ? value : text)])];
                    break;
                default:
                    lines[line] = [.. lines[line].Select((text, i) => i == field ? Fields[random.Next(Fields.Length)] : text)];
                    break;
            }

            lines = [.. lines.Select(fields => fields.Length > 0 ? fields : [""])];
        }

        return Encoding.UTF8.GetBytes(string.Join('\n', lines.Select(fields => string.Join(',', fields))));
    }
}
