using System.Text;

namespace Microsoft.ML.DeepLayers.Weights.Files.Hdf5;

/// <summary>A link from a group to one of its members.</summary>
internal readonly record struct Hdf5Link(string Name, long Address);

/// <summary>Lists the members of groups: in a tree of nodes with names in a heap or, in files of later versions, in the header.</summary>
internal static class Hdf5Group
{
    private const int LongestName = 4096;

    private const int HardLink = 0;

    /// <summary>The members of a group, in the file's order; nothing for an object that is no group.</summary>
    /// <exception cref="InvalidDataException">The group is damaged, or links to something outside.</exception>
    internal static List<Hdf5Link> Members(Hdf5Object group)
    {
        var members = new List<Hdf5Link>();
        if (group.Has(Hdf5Message.SymbolTable))
        {
            Hdf5Block table = group.One(Hdf5Message.SymbolTable);
            (long tree, long heap) = (table.Address(), table.Address());
            AddNode(group.File, tree, level: null, Heap(group.File, heap), members);
        }
        else if (group.Has(Hdf5Message.LinkInfo))
        {
            Hdf5Block info = group.One(Hdf5Message.LinkInfo);
            info.Skip(1);
            info.Skip((info.Byte() & 1) != 0 ? 8 : 0);
            if (info.Address() != Hdf5Block.Nowhere)
            {
                throw new InvalidDataException("a group has its members in a heap of HDF5 1.8, which is not read. Write the file with h5py's defaults (libver and track_order)");
            }

            foreach (byte[] link in group.All(Hdf5Message.Link))
            {
                members.Add(ReadLink(group.Block(link)));
            }
        }

        return members;
    }

    /// <summary>The names of a group's members, each with a 0 behind it.</summary>
    private static byte[] Heap(Hdf5Stream file, long address)
    {
        Hdf5Block heap = file.Read(address, 8 + (2 * file.LengthSize) + file.AddressSize);
        heap.Demand("HEAP"u8);
        heap.Skip(4);
        long length = heap.Length();
        heap.Length();
        return file.Read(heap.Address(), length).Take(length).ToArray();
    }

    private static void AddNode(Hdf5Stream file, long address, int? level, byte[] names, List<Hdf5Link> members)
    {
        Hdf5Block node = file.Read(address, 8 + (2 * file.AddressSize));
        node.Demand("TREE"u8);
        (byte kind, byte height, int count) = (node.Byte(), node.Byte(), node.UInt16());
        // Each level is one less than the one above, so that there are no circles.
        if (kind != 0 || (level is { } expected && height != expected))
        {
            throw new InvalidDataException("a tree of its groups is damaged");
        }

        int size = file.LengthSize + file.AddressSize;
        Hdf5Block children = file.Read(address + 8 + (2 * file.AddressSize), ((long)count * size) + file.LengthSize);
        for (int i = 0; i < count; i++)
        {
            children.Length();
            long child = children.Address();
            if (height > 0)
            {
                AddNode(file, child, height - 1, names, members);
            }
            else
            {
                AddEntries(file, child, names, members);
            }
        }
    }

    private static void AddEntries(Hdf5Stream file, long address, byte[] names, List<Hdf5Link> members)
    {
        Hdf5Block node = file.Read(address, 8);
        node.Demand("SNOD"u8);
        node.Skip(2);
        int count = node.UInt16();
        int size = (2 * file.AddressSize) + 24;
        Hdf5Block entries = file.Read(address + 8, (long)count * size);
        for (int i = 0; i < count; i++)
        {
            Hdf5Block entry = entries.Part(size);
            (long name, long header, uint kind) = (entry.Address(), entry.Address(), entry.UInt32());
            const uint SoftLink = 2;
            if (kind == SoftLink || header == Hdf5Block.Nowhere)
            {
                throw OtherLink();
            }

            members.Add(new Hdf5Link(NameAt(names, name), header));
        }
    }

    private static string NameAt(byte[] names, long place)
    {
        ReadOnlySpan<byte> rest = place >= 0 && place < names.Length ? names.AsSpan((int)place, (int)Math.Min(LongestName, names.Length - place)) : [];
        int length = rest.IndexOf((byte)0);
        return length > 0 ? Encoding.UTF8.GetString(rest[..length]) : throw WrongName();
    }

    private static Hdf5Link ReadLink(Hdf5Block link)
    {
        byte version = link.Byte();
        byte flags = link.Byte();
        int kind = (flags & 8) != 0 ? link.Byte() : HardLink;
        // The order of its creation, and the character set.
        link.Skip(((flags & 4) != 0 ? 8 : 0) + ((flags & 0x10) != 0 ? 1 : 0));
        long length = link.Number(1 << (flags & 3));
        if (version != 1 || length is < 1 or > LongestName)
        {
            throw WrongName();
        }

        string name = Encoding.UTF8.GetString(link.Take(length));
        return kind == HardLink ? new Hdf5Link(name, link.Address()) : throw OtherLink();
    }

    private static InvalidDataException OtherLink() => new("it has links by name or to other files, which Keras does not write");

    private static InvalidDataException WrongName() => new($"the name of a member is damaged, empty or longer than {LongestName} bytes");
}
