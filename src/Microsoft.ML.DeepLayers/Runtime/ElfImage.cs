using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// The little of a 64-bit little-endian ELF shared library that symbol versions need: which versions it defines,
/// which it needs of other libraries and through which symbols, and a copy in which chosen needs are weak.
/// Works on bytes alone; every malformed input ends in an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class ElfImage
{
    private const uint DynamicSymbols = 11, VersionDefinitions = 0x6ffffffd, VersionNeeds = 0x6ffffffe, VersionIndexes = 0x6fffffff;
    private const int HeaderSize = 64, SectionHeaderSize = 64, SymbolSize = 24;
    private const ushort WeakFlag = 2, BaseFlag = 1, IndexMask = 0x7fff;
    private const byte WeakBinding = 2;

    private readonly byte[] bytes;

    private ElfImage(byte[] bytes) => this.bytes = bytes;

    /// <summary>The name that the library gives itself in its version definitions, if it has any.</summary>
    public string? Name { get; private set; }

    /// <summary>The versions that this library offers to others, such as GLIBCXX_3.4.30.</summary>
    public IReadOnlySet<string> DefinedVersions { get; private set; } = new HashSet<string>();

    /// <summary>The versions that this library asks of others.</summary>
    public IReadOnlyList<NeededVersion> NeededVersions { get; private set; } = [];

    /// <summary>Reads a library.</summary>
    /// <exception cref="InvalidDataException">The bytes are no whole 64-bit little-endian ELF file.</exception>
    public static ElfImage Parse(byte[] bytes)
    {
        var image = new ElfImage(bytes);
        var sections = image.ReadSections();

        if (sections.Find(s => s.Type == VersionDefinitions) is { } definitions)
        {
            image.ReadDefinitions(definitions, StringsOf(sections, definitions));
        }

        if (sections.Find(s => s.Type == VersionNeeds) is { } needs)
        {
            var symbols = sections.Find(s => s.Type == DynamicSymbols) ?? throw Malformed("it needs versions but has no dynamic symbols");
            var indexes = sections.Find(s => s.Type == VersionIndexes) ?? throw Malformed("it needs versions but has no version indexes");
            var users = image.ReadSymbols(symbols, indexes, StringsOf(sections, symbols));
            image.NeededVersions = image.ReadNeeds(needs, StringsOf(sections, needs), users);
        }
        return image;
    }

    /// <summary>
    /// A copy in which the given needs, and the symbols that carry them, are weak: the dynamic linker then accepts a
    /// library that lacks the version, and a symbol that is nowhere found becomes null instead of an error.
    /// </summary>
    public byte[] WithWeak(IEnumerable<NeededVersion> needs)
    {
        var copy = (byte[])bytes.Clone();
        foreach (var need in needs)
        {
            var flags = copy.AsSpan(need.FlagsOffset, 2);
            BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | WeakFlag));
            foreach (var symbol in need.Symbols)
            {
                copy[symbol.InfoOffset] = (byte)((copy[symbol.InfoOffset] & 0x0f) | (WeakBinding << 4));
            }
        }
        return copy;
    }

    private List<Section> ReadSections()
    {
        var header = Slice(0, HeaderSize);
        if (!header.StartsWith("\u007fELF"u8))
        {
            throw Malformed("the signature is missing");
        }

        if (header[4] != 2 || header[5] != 1)
        {
            throw Malformed("it is not 64-bit little-endian");
        }

        var table = BinaryPrimitives.ReadUInt64LittleEndian(header[40..]);
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(header[58..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header[60..]);
        if (count == 0 || entrySize < SectionHeaderSize)
        {
            throw Malformed("it has no section table");
        }

        var sections = new List<Section>(count);
        for (var i = 0; i < count; i++)
        {
            var entry = Slice(table + ((ulong)i * (ulong)entrySize), SectionHeaderSize);
            sections.Add(new Section(
                Type: BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
                Offset: BinaryPrimitives.ReadUInt64LittleEndian(entry[24..]),
                Size: BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]),
                Link: BinaryPrimitives.ReadUInt32LittleEndian(entry[40..]),
                Info: BinaryPrimitives.ReadUInt32LittleEndian(entry[44..])));
        }
        return sections;
    }

    private static Section StringsOf(List<Section> sections, Section section)
        => section.Link < sections.Count ? sections[(int)section.Link] : throw Malformed("a section names a string table that does not exist");

    private void ReadDefinitions(Section section, Section strings)
    {
        var versions = new HashSet<string>(StringComparer.Ordinal);
        var offset = section.Offset;
        for (var i = 0u; i < section.Info; i++)
        {
            var entry = Slice(offset, 20);
            var flags = U16(entry, 2);
            var name = String(strings, U32(Slice(offset + U32(entry, 12), 8), 0));
            if ((flags & BaseFlag) != 0)
            {
                Name = name;
            }
            else
            {
                versions.Add(name);
            }

            var next = U32(entry, 16);
            if (next == 0)
            {
                break;
            }

            offset += next;
        }
        DefinedVersions = versions;
    }

    /// <summary>The symbols of each version index that another library has to provide.</summary>
    private Dictionary<ushort, List<VersionedSymbol>> ReadSymbols(Section symbols, Section indexes, Section strings)
    {
        var users = new Dictionary<ushort, List<VersionedSymbol>>();
        var count = symbols.Size / SymbolSize;
        for (var i = 0ul; i < count; i++)
        {
            var offset = symbols.Offset + (i * SymbolSize);
            var symbol = Slice(offset, SymbolSize);
            if (U16(symbol, 6) != 0) // defined here
            {
                continue;
            }

            var index = (ushort)(U16(Slice(indexes.Offset + (i * 2), 2), 0) & IndexMask);
            if (index < 2) // local, or global without a version
            {
                continue;
            }

            if (!users.TryGetValue(index, out var list))
            {
                users.Add(index, list = []);
            }

            list.Add(new VersionedSymbol(String(strings, U32(symbol, 0)), checked((int)offset + 4)));
        }
        return users;
    }

    private List<NeededVersion> ReadNeeds(Section section, Section strings, Dictionary<ushort, List<VersionedSymbol>> users)
    {
        var needs = new List<NeededVersion>();
        var offset = section.Offset;
        for (var i = 0u; i < section.Info; i++)
        {
            var entry = Slice(offset, 16);
            var library = String(strings, U32(entry, 4));
            var auxiliary = offset + U32(entry, 8);
            for (var j = 0; j < U16(entry, 2); j++)
            {
                var version = Slice(auxiliary, 16);
                var flags = U16(version, 4);
                var index = (ushort)(U16(version, 6) & IndexMask);
                needs.Add(new NeededVersion(library, String(strings, U32(version, 8)), (flags & WeakFlag) != 0,
                    users.GetValueOrDefault(index) ?? [], checked((int)auxiliary + 4)));

                var nextVersion = U32(version, 12);
                if (nextVersion == 0)
                {
                    break;
                }

                auxiliary += nextVersion;
            }

            var next = U32(entry, 12);
            if (next == 0)
            {
                break;
            }

            offset += next;
        }
        return needs;
    }

    private string String(Section strings, uint start)
    {
        if (start >= strings.Size)
        {
            throw Malformed("a name lies outside its string table");
        }

        var text = Slice(strings.Offset + start, strings.Size - start);
        var end = text.IndexOf((byte)0);
        return end >= 0 ? Encoding.UTF8.GetString(text[..end]) : throw Malformed("a name has no end");
    }

    private ReadOnlySpan<byte> Slice(ulong offset, ulong length)
    {
        var size = (ulong)bytes.Length;
        return offset <= size && length <= size - offset
            ? bytes.AsSpan((int)offset, (int)length)
            : throw Malformed($"it ends at byte {size}, before offset {offset} + {length}");
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static InvalidDataException Malformed(string why) => new($"This is not a usable ELF library: {why}.");

    private sealed record Section(uint Type, ulong Offset, ulong Size, uint Link, uint Info);
}

/// <summary>A version that a library asks of another one, and the symbols that it is asked for.</summary>
internal sealed record NeededVersion(string Library, string Version, bool IsWeak, IReadOnlyList<VersionedSymbol> Symbols, int FlagsOffset);

/// <summary>An undefined dynamic symbol; the offset is that of its type and binding byte.</summary>
internal sealed record VersionedSymbol(string Name, int InfoOffset);
