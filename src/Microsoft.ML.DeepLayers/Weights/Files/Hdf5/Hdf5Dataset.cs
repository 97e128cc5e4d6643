namespace Microsoft.ML.DeepLayers.Weights.Files.Hdf5;

/// <summary>An array of numbers: its form, and where it lies.</summary>
internal sealed class Hdf5Dataset
{
    private readonly Hdf5Object source;
    private readonly NumberFormat? format;
    private readonly string type;

    private Hdf5Dataset(Hdf5Object source, IReadOnlyList<long> dimensions, NumberFormat? format, string type)
    {
        this.source = source;
        this.format = format;
        this.type = type;
        Dimensions = dimensions;
    }

    internal IReadOnlyList<long> Dimensions { get; }

    /// <summary>The type of its numbers.</summary>
    /// <exception cref="InvalidDataException">It is none that is read; the message says what it is.</exception>
    internal NumberFormat Format => format ?? throw new InvalidDataException(
        $"has numbers of the type {type}, which is not read (float16, float32, float64 and whole numbers are; save bfloat16 as float32)");

    /// <summary>Reads the form of an array.</summary>
    internal static Hdf5Dataset Of(Hdf5Object source)
    {
        if (source.Has(Hdf5Message.ExternalFiles))
        {
            throw new InvalidDataException("has its numbers in another file, which is not read");
        }

        if (source.Has(Hdf5Message.Filters))
        {
            throw new InvalidDataException("is compressed, which Keras does not do");
        }

        (NumberFormat? format, string type) = Hdf5Type.Number(source.One(Hdf5Message.Datatype));
        return new Hdf5Dataset(source, ReadDimensions(source.One(Hdf5Message.Dataspace)), format, type);
    }

    /// <summary>Reads the numbers.</summary>
    /// <param name="count">How many there are by the dimensions.</param>
    internal float[] Read(int count)
    {
        Hdf5Block layout = source.One(Hdf5Message.Layout);
        byte version = layout.Byte();
        if (version is not (3 or 4))
        {
            throw new InvalidDataException($"is laid out by version {version} of HDF5, which is not read");
        }

        const int Compact = 0;
        const int Contiguous = 1;
        long bytes = (long)count * Format.Size();
        switch (layout.Byte())
        {
            case Compact when layout.UInt16() == bytes:
                float[] values = new float[count];
                Format.Decode(layout.Take(bytes), values);
                return values;
            case Contiguous:
                (long address, long length) = (layout.Address(), layout.Length());
                if (address == Hdf5Block.Nowhere || length != bytes)
                {
                    throw new InvalidDataException($"has {length} bytes of numbers instead of {bytes}, or none that were written");
                }

                source.File.Check(address, length);
                source.File.Content.Position = address;
                return TensorData.Read(source.File.Content, Format, count);
            default:
                throw new InvalidDataException("does not lie in one piece, as Keras writes it");
        }
    }

    private static long[] ReadDimensions(Hdf5Block space)
    {
        byte version = space.Byte();
        int rank = space.Byte();
        space.Skip(1);
        const int Null = 2;
        bool isNull = version == 2 && space.Byte() == Null;
        space.Skip(version == 1 ? 5 : 0);
        if (version is not (1 or 2) || rank > TensorData.MostDimensions || isNull)
        {
            throw new InvalidDataException("has dimensions that are not read");
        }

        long[] dimensions = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            dimensions[i] = space.Length();
        }

        return dimensions;
    }
}
