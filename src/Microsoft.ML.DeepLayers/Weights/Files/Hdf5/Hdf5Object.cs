namespace Microsoft.ML.DeepLayers.Weights.Files.Hdf5;

/// <summary>A group or an array of a file: the messages of its header.</summary>
internal sealed class Hdf5Object
{
    /// <summary>The most messages of a header. A group has a few, an attribute is one.</summary>
    private const int MostMessages = 10_000;

    private readonly List<(Hdf5Message Kind, byte[] Content)> messages = [];

    private Hdf5Object(Hdf5Stream file) => File = file;

    internal Hdf5Stream File { get; }

    /// <summary>If true, this is an array.</summary>
    internal bool IsDataset => Has(Hdf5Message.Layout);

    /// <summary>Reads the header at an address.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static Hdf5Object Read(Hdf5Stream file, long address)
    {
        var read = new Hdf5Object(file);
        Hdf5Block start = file.Read(address, Math.Min(16, file.Length - Math.Max(0, address)));
        var pieces = new Queue<(long Address, long Length)>();
        byte first = start.Byte();
        if (first == 1)
        {
            start.Skip(7);
            pieces.Enqueue((address + 16, start.UInt32()));
            read.ReadPieces(pieces, isFirstVersion: true, hasOrder: false);
        }
        else
        {
            start = file.Read(address, Math.Min(64, file.Length - Math.Max(0, address)));
            start.Demand("OHDR"u8);
            byte version = start.Byte();
            if (version != 2)
            {
                throw new InvalidDataException($"a header is of the unknown version {version}");
            }

            byte flags = start.Byte();
            // Four times, and two limits of attributes.
            start.Skip(((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0));
            long length = start.Number(1 << (flags & 3));
            pieces.Enqueue((address + start.Position, length));
            read.ReadPieces(pieces, isFirstVersion: false, hasOrder: (flags & 4) != 0);
        }

        return read;
    }

    /// <summary>Looks for a message.</summary>
    internal bool Has(Hdf5Message kind) => messages.Exists(message => message.Kind == kind);

    /// <summary>The messages of a kind, in order.</summary>
    internal IEnumerable<byte[]> All(Hdf5Message kind) => messages.Where(message => message.Kind == kind).Select(message => message.Content);

    /// <summary>The content of a message.</summary>
    /// <exception cref="InvalidDataException">There is none, or more than one.</exception>
    internal Hdf5Block One(Hdf5Message kind)
    {
        byte[][] found = [.. All(kind).Take(2)];
        return found.Length == 1
            ? Block(found[0])
            : throw new InvalidDataException($"a header has {(found.Length == 0 ? "no" : "more than one")} message {kind}");
    }

    internal Hdf5Block Block(byte[] message) => new(message, File.AddressSize, File.LengthSize);

    private void ReadPieces(Queue<(long Address, long Length)> pieces, bool isFirstVersion, bool hasOrder)
    {
        bool isFirst = true;
        while (pieces.TryDequeue(out (long Address, long Length) piece))
        {
            Hdf5Block block = File.Read(piece.Address, piece.Length);
            if (!isFirst && !isFirstVersion)
            {
                block.Demand("OCHK"u8);
                // A checksum ends it.
                block = block.Part(block.Rest - 4);
            }

            isFirst = false;
            int smallest = isFirstVersion ? 8 : hasOrder ? 6 : 4;
            while (block.Rest >= smallest)
            {
                ReadMessage(ref block, pieces, isFirstVersion, hasOrder);
                if (messages.Count + pieces.Count > MostMessages)
                {
                    throw new InvalidDataException($"a header has more than {MostMessages} messages");
                }
            }
        }
    }

    private void ReadMessage(ref Hdf5Block block, Queue<(long Address, long Length)> pieces, bool isFirstVersion, bool hasOrder)
    {
        var kind = (Hdf5Message)(isFirstVersion ? block.UInt16() : block.Byte());
        int size = block.UInt16();
        byte flags = block.Byte();
        block.Skip(isFirstVersion ? 3 : hasOrder ? 2 : 0);
        Hdf5Block content = block.Part(size);
        if (kind == Hdf5Message.Continuation)
        {
            pieces.Enqueue((content.Address(), content.Length()));
        }
        else if (Enum.IsDefined(kind))
        {
            const int IsShared = 2;
            if ((flags & IsShared) != 0)
            {
                throw new InvalidDataException($"a message {kind} lies elsewhere in the file, which is not read");
            }

            messages.Add((kind, content.Take(size).ToArray()));
        }
    }
}

/// <summary>The messages of headers that are read, or whose presence says something.</summary>
internal enum Hdf5Message
{
    Dataspace = 1,
    LinkInfo = 2,
    Datatype = 3,
    Link = 6,
    ExternalFiles = 7,
    Layout = 8,
    Filters = 11,
    Attribute = 12,
    Continuation = 16,
    SymbolTable = 17,
}
