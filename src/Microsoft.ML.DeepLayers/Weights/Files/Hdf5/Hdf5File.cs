namespace Microsoft.ML.DeepLayers.Weights.Files.Hdf5;

/// <summary>
/// An HDF5 file (https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html) as h5py writes it: groups, and arrays
/// of numbers in one piece. Whatever could lead out of the file (external and virtual data, links to other files), and
/// whatever takes less room than it claims (chunks, filters, values never written), is refused: no file of weights needs it.
/// </summary>
internal static class Hdf5File
{
    private const int MostBytesOfSuperblock = 128;

    internal static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>Reads where the file begins.</summary>
    /// <param name="stream">The file, from its first byte.</param>
    /// <returns>The file's root.</returns>
    /// <exception cref="InvalidDataException">It is damaged, or of a kind that is not read.</exception>
    /// <exception cref="EndOfStreamException">It ends too early.</exception>
    internal static Hdf5Object Open(Stream stream)
    {
        var file = new Hdf5Stream(stream);
        Hdf5Block block = file.Read(0, Math.Min(MostBytesOfSuperblock, file.Length));
        block.Demand(Signature);
        byte version = block.Byte();
        (int addressSize, int lengthSize) = version switch
        {
            0 or 1 => SizesOfFirstVersions(ref block, version),
            2 or 3 => SizesOfLaterVersions(ref block),
            _ => throw new InvalidDataException($"its version {version} of HDF5 is not read"),
        };
        if (addressSize is not (4 or 8) || lengthSize is not (4 or 8))
        {
            throw new InvalidDataException($"its addresses of {addressSize} and lengths of {lengthSize} bytes are not read");
        }

        long baseAddress = block.Number(addressSize);
        // Free space, end and driver, then the name of the root's entry; in later versions, an extension and the end.
        block.Skip((version < 2 ? 4 : 2) * addressSize);
        long root = block.Number(addressSize);
        return baseAddress == 0
            ? Hdf5Object.Read(new Hdf5Stream(stream) { AddressSize = addressSize, LengthSize = lengthSize }, root)
            : throw new InvalidDataException("it does not begin where its addresses do");
    }

    private static (int AddressSize, int LengthSize) SizesOfFirstVersions(ref Hdf5Block block, byte version)
    {
        block.Skip(4);
        (int addressSize, int lengthSize) = (block.Byte(), block.Byte());
        // Sizes of nodes of trees, flags.
        block.Skip(version == 0 ? 9 : 13);
        return (addressSize, lengthSize);
    }

    private static (int AddressSize, int LengthSize) SizesOfLaterVersions(ref Hdf5Block block)
    {
        (int addressSize, int lengthSize) = (block.Byte(), block.Byte());
        block.Skip(1);
        return (addressSize, lengthSize);
    }
}
