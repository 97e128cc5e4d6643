using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.DeepLayers.Fuzz.Mutators;

/// <summary>Changes the instructions of a pickle, one by one, so that most of them still fit together.</summary>
internal static class PickleMutator
{
    private static readonly byte[][] Pool =
    [
        [(byte)'}'], [(byte)']'], [(byte)')'], [(byte)'('], [(byte)'t'], [(byte)'u'], [(byte)'e'], [(byte)'s'], [(byte)'a'], [(byte)'R'], [(byte)'Q'], [(byte)'b'],
        [(byte)'N'], [0x85], [0x86], [0x87], [0x88], [0x94], [0x93], [(byte)'q', 0], [(byte)'q', 1], [(byte)'h', 0], [(byte)'h', 1], [(byte)'h', 2], [(byte)'h', 5],
        [(byte)'K', 0], [(byte)'K', 1], [(byte)'K', 255], [(byte)'J', 255, 255, 255, 255], [(byte)'J', 255, 255, 255, 127], [(byte)'0'], [(byte)'.'],
        [0x8a, 8, 255, 255, 255, 255, 255, 255, 255, 127], [0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0x8a, 0], [(byte)'G', 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
        [.. "ctorch\nFloatStorage\n"u8], [.. "ctorch\nByteStorage\n"u8], [.. "ccollections\nOrderedDict\n"u8], [.. "cos\nsystem\n"u8], [.. "X\u0001\0\0\0a"u8],
    ];

    internal static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (random.Next(5) == 0)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        (List<byte[]> instructions, int end) = Split(file);
        for (int changes = random.Next(1, 4); changes > 0 && instructions.Count > 0; changes--)
        {
            int index = random.Next(instructions.Count);
            switch (random.Next(8))
            {
                case 0:
                    instructions.RemoveAt(index);
                    break;
                case 1:
                    instructions.Insert(index, Pool[random.Next(Pool.Length)]);
                    break;
                case 2:
                    instructions[index] = Pool[random.Next(Pool.Length)];
                    break;
                case 3:
                    int count = Math.Min(instructions.Count - index, random.Next(1, 30));
                    instructions.InsertRange(random.Next(instructions.Count), instructions.GetRange(index, count));
                    break;
                case 4:
                    instructions.Insert(index, instructions[random.Next(instructions.Count)]);
                    break;
                default:
                    instructions[index] = ChangeArgument(random, instructions[index]);
                    break;
            }
        }

        return [.. instructions.SelectMany(instruction => instruction), .. file.AsSpan(end)];
    }

    /// <summary>The instructions up to the first that is not known, and where that is.</summary>
    private static (List<byte[]> Instructions, int End) Split(byte[] file)
    {
        var instructions = new List<byte[]>();
        int position = 0;
        while (position < file.Length && Length(file, position) is { } length && length <= file.Length - position)
        {
            instructions.Add(file[position..(position + length)]);
            position += length;
        }

        return (instructions, position);
    }

    private static int? Length(byte[] file, int position)
    {
        int rest = file.Length - position;
        switch (file[position])
        {
            case (byte)'K' or (byte)'q' or (byte)'h' or 0x80:
                return 2;
            case (byte)'M':
                return 3;
            case (byte)'J' or (byte)'r' or (byte)'j':
                return 5;
            case (byte)'G' or 0x95:
                return 9;
            case 0x8a or 0x8c or (byte)'U' when rest > 1:
                return 2 + file[position + 1];
            case (byte)'X' when rest > 4:
                long length = 5L + BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(position + 1));
                return length <= rest ? (int)length : null;
            case (byte)'c':
                int first = Array.IndexOf(file, (byte)'\n', position);
                int second = first < 0 ? -1 : Array.IndexOf(file, (byte)'\n', first + 1);
                return second < 0 ? null : second + 1 - position;
            case (byte)'N' or (byte)')' or (byte)'(' or (byte)'t' or (byte)']' or (byte)'a' or (byte)'e' or (byte)'}' or (byte)'s' or (byte)'u'
                or (byte)'R' or (byte)'Q' or (byte)'b' or (byte)'.' or 0x85 or 0x86 or 0x87 or 0x88 or 0x89 or 0x93 or 0x94:
                return 1;
            default:
                return null;
        }
    }

    private static byte[] ChangeArgument(Random random, byte[] instruction)
    {
        // An earlier change may have cut it off.
        switch (instruction.Length < 2 ? (byte)0 : instruction[0])
        {
            case (byte)'K' or (byte)'M' or (byte)'J':
                byte[] number = new byte[10];
                number[0] = 0x8a;
                number[1] = 8;
                BinaryPrimitives.WriteInt64LittleEndian(number.AsSpan(2), ByteMutator.Number(random, instruction[1]));
                return number;
            case (byte)'X' when instruction.Length >= 5:
                byte[] text = ByteMutator.Mutate(random, instruction[5..], Encoding.UTF8.GetBytes("storage"));
                byte[] head = [(byte)'X', 0, 0, 0, 0];
                BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(1), text.Length);
                return [.. head, .. text];
            default:
                return ByteMutator.Mutate(random, instruction, instruction);
        }
    }
}
