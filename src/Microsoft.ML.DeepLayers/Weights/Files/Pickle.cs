using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>A class or function that a pickle names; it is only ever a name here.</summary>
internal sealed record PickleGlobal(string Name);

/// <summary>A tuple.</summary>
internal sealed class PickleTuple(IReadOnlyList<object?> items)
{
    internal static PickleTuple Empty { get; } = new([]);

    internal IReadOnlyList<object?> Items => items;
}

/// <summary>
/// Reads the part of Python's pickle format that a <c>state_dict</c> is made of: texts, numbers, tuples, lists,
/// dictionaries, and calls of a few known functions, which the caller interprets. Nothing is ever looked up or run by
/// name: a pickle that names something else is refused.
/// </summary>
internal sealed class Pickle
{
    /// <summary>The longest key of a dictionary, in characters. Longer ones would be hashed again at every reference.</summary>
    internal const int LongestKey = 4096;

    /// <summary>The longest name of a function or class, with its module, in bytes.</summary>
    private const int LongestGlobal = 256;

    /// <summary>Each instruction makes one object at most; a tensor takes some 30.</summary>
    private const int MostInstructions = 1 << 24;

    /// <summary>What a pickle may call, by the name of what it calls; the arguments are checked by the function.</summary>
    private readonly IReadOnlyDictionary<string, Func<IReadOnlyList<object?>, object>> calls;

    /// <summary>What a pickle may name besides, as an argument.</summary>
    private readonly IReadOnlySet<string> names;

    private readonly Func<IReadOnlyList<object?>, object> persistent;
    private readonly byte[] bytes;
    private readonly Stack<List<object?>> marked = [];
    private readonly Dictionary<long, object?> memo = new(SeededHash.Comparer);
    private List<object?> stack = [];
    private int position;

    private Pickle(
        byte[] bytes,
        int position,
        IReadOnlyDictionary<string, Func<IReadOnlyList<object?>, object>> calls,
        IReadOnlySet<string> names,
        Func<IReadOnlyList<object?>, object> persistent)
    {
        this.bytes = bytes;
        this.position = position;
        this.calls = calls;
        this.names = names;
        this.persistent = persistent;
    }

    /// <summary>Reads a pickle.</summary>
    /// <param name="bytes">Its bytes, and perhaps others behind.</param>
    /// <param name="position">Where it begins; afterwards, where it ends.</param>
    /// <param name="calls">What it may call.</param>
    /// <param name="names">What it may name besides.</param>
    /// <param name="persistent">Makes an object of a persistent id, a tuple.</param>
    /// <exception cref="InvalidDataException">It is damaged, or wants more than that.</exception>
    /// <exception cref="EndOfStreamException">It ends too early.</exception>
    internal static object? Read(
        byte[] bytes,
        ref int position,
        IReadOnlyDictionary<string, Func<IReadOnlyList<object?>, object>> calls,
        IReadOnlySet<string> names,
        Func<IReadOnlyList<object?>, object> persistent)
    {
        var pickle = new Pickle(bytes, position, calls, names, persistent);
        object? value = pickle.Run();
        position = pickle.position;
        return value;
    }

    private object? Run()
    {
        for (int instructions = 0; instructions < MostInstructions; instructions++)
        {
            byte opcode = Take(1)[0];
            if (opcode == (byte)'.')
            {
                return Pop();
            }

            if (!Literal(opcode) && !Container(opcode) && !Memory(opcode) && !Call(opcode))
            {
                throw new InvalidDataException($"its pickle has the instruction 0x{opcode:x2} at {position - 1}, which no state_dict needs");
            }
        }

        throw new InvalidDataException($"its pickle has more than {MostInstructions} instructions");
    }

    private bool Literal(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'N':
                Push(null);
                return true;
            case 0x88: // NEWTRUE
            case 0x89: // NEWFALSE
                Push(opcode == 0x88);
                return true;
            case (byte)'K': // BININT1
                Push((long)Take(1)[0]);
                return true;
            case (byte)'M': // BININT2
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                return true;
            case (byte)'J': // BININT
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                return true;
            case 0x8a: // LONG1
                Push(Long(Take(Take(1)[0])));
                return true;
            case (byte)'G': // BINFLOAT
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                return true;
            case (byte)'X': // BINUNICODE
                Push(Text(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))));
                return true;
            case 0x8c: // SHORT_BINUNICODE
                Push(Text(Take(Take(1)[0])));
                return true;
            case (byte)'U': // SHORT_BINSTRING, of Python 2
                Push(Encoding.Latin1.GetString(Take(Take(1)[0])));
                return true;
            case 0x80: // PROTO
                byte protocol = Take(1)[0];
                return protocol <= 5 ? true : throw new InvalidDataException($"its pickle is of the unknown protocol {protocol}");
            case 0x95: // FRAME: only a hint for reading ahead
                Take(8);
                return true;
            default:
                return false;
        }
    }

    private bool Container(byte opcode)
    {
        switch (opcode)
        {
            case (byte)')':
                Push(PickleTuple.Empty);
                return true;
            case 0x85: // TUPLE1 to TUPLE3
            case 0x86:
            case 0x87:
                object?[] items = new object?[opcode - 0x84];
                for (int i = items.Length - 1; i >= 0; i--)
                {
                    items[i] = Pop();
                }

                Push(new PickleTuple(items));
                return true;
            case (byte)'(': // MARK
                marked.Push(stack);
                stack = [];
                return true;
            case (byte)'t': // TUPLE
                Push(new PickleTuple(PopToMark()));
                return true;
            case (byte)']':
                Push(new List<object?>());
                return true;
            case (byte)'a': // APPEND
                object? item = Pop();
                Peek<List<object?>>().Add(item);
                return true;
            case (byte)'e': // APPENDS
                List<object?> more = PopToMark();
                Peek<List<object?>>().AddRange(more);
                return true;
            case (byte)'}':
                Push(new PickleDictionary());
                return true;
            case (byte)'s': // SETITEM
                object? value = Pop();
                object? key = Pop();
                Set(Peek<PickleDictionary>(), key, value);
                return true;
            case (byte)'u': // SETITEMS
                List<object?> pairs = PopToMark();
                PickleDictionary dictionary = Peek<PickleDictionary>();
                if (pairs.Count % 2 != 0)
                {
                    throw Damaged();
                }

                for (int i = 0; i < pairs.Count; i += 2)
                {
                    Set(dictionary, pairs[i], pairs[i + 1]);
                }

                return true;
            default:
                return false;
        }
    }

    private bool Memory(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'q': // BINPUT
                memo[Take(1)[0]] = Peek();
                return true;
            case (byte)'r': // LONG_BINPUT
                memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek();
                return true;
            case 0x94: // MEMOIZE
                memo[memo.Count] = Peek();
                return true;
            case (byte)'h': // BINGET
                Push(Remembered(Take(1)[0]));
                return true;
            case (byte)'j': // LONG_BINGET
                Push(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                return true;
            default:
                return false;
        }
    }

    private bool Call(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'c': // GLOBAL
                string module = Line();
                Push(Global(module, Line()));
                return true;
            case 0x93: // STACK_GLOBAL
                string name = Pop<string>();
                Push(Global(Pop<string>(), name));
                return true;
            case (byte)'R': // REDUCE
                PickleTuple arguments = Pop<PickleTuple>();
                PickleGlobal function = Pop<PickleGlobal>();
                Push(calls.TryGetValue(function.Name, out Func<IReadOnlyList<object?>, object>? call)
                    ? call(arguments.Items)
                    : throw new InvalidDataException($"its pickle calls {function.Name}, which is no function"));
                return true;
            case (byte)'Q': // BINPERSID
                Push(persistent(Pop<PickleTuple>().Items));
                return true;
            case (byte)'b': // BUILD: attributes of a dictionary, such as PyTorch's _metadata, which nothing here needs
                _ = Pop();
                _ = Peek<PickleDictionary>();
                return true;
            default:
                return false;
        }
    }

    private PickleGlobal Global(string module, string function)
    {
        if (module.Length + function.Length > LongestGlobal)
        {
            throw new InvalidDataException($"its pickle names a function or class of more than {LongestGlobal} characters");
        }

        string name = $"{module}.{function}";
        return calls.ContainsKey(name) || names.Contains(name)
            ? new PickleGlobal(name)
            : throw new InvalidDataException(
                $"its pickle names {name}, which no state_dict needs. Nothing was run. Save what module.state_dict() returns, not the module or other objects");
    }

    private static void Set(PickleDictionary dictionary, object? key, object? value)
    {
        switch (key)
        {
            case string text when text.Length <= LongestKey:
                dictionary.Set(new PickleKey(text, IsNumber: false), value);
                break;
            case string:
                throw new InvalidDataException($"its pickle has a dictionary with a key of more than {LongestKey} characters");
            case long number:
                dictionary.Set(new PickleKey(number.ToString(CultureInfo.InvariantCulture), IsNumber: true), value);
                break;
            default:
                throw new InvalidDataException("its pickle has a dictionary whose keys are neither texts nor whole numbers");
        }
    }

    private static long Long(ReadOnlySpan<byte> digits)
    {
        if (digits.Length > 8)
        {
            throw new InvalidDataException("its pickle has a number of more than 64 bits");
        }

        long value = digits.Length > 0 && digits[^1] >= 0x80 ? -1 : 0;
        for (int i = digits.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | digits[i];
        }

        return value;
    }

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    private static InvalidDataException Damaged() => new("its pickle is damaged");

    private static EndOfStreamException EndsEarly() => new("its pickle ends too early");

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > bytes.Length - position)
        {
            throw EndsEarly();
        }

        position += (int)count;
        return bytes.AsSpan(position - (int)count, (int)count);
    }

    private string Line()
    {
        ReadOnlySpan<byte> rest = bytes.AsSpan(position, Math.Min(LongestGlobal + 1, bytes.Length - position));
        int length = rest.IndexOf((byte)'\n');
        if (length < 0)
        {
            throw rest.Length > LongestGlobal ? Damaged() : EndsEarly();
        }

        position += length + 1;
        return Text(rest[..length]);
    }

    private void Push(object? value) => stack.Add(value);

    private object? Peek() => stack.Count > 0 ? stack[^1] : throw Damaged();

    private T Peek<T>() => Peek() is T value ? value : throw Damaged();

    private object? Pop()
    {
        object? value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private T Pop<T>() => Pop() is T value ? value : throw Damaged();

    private List<object?> PopToMark()
    {
        List<object?> items = stack;
        stack = marked.TryPop(out List<object?>? before) ? before : throw Damaged();
        return items;
    }

    private object? Remembered(long place) => memo.TryGetValue(place, out object? value) ? value : throw Damaged();
}
