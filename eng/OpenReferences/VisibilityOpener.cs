using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace DeepLayers.Build;

/// <summary>Rewrites visibility flags in the TypeDef, MethodDef and Field tables of an assembly image, in place.</summary>
internal static class VisibilityOpener
{
    /// <summary>
    /// Makes the wanted names public and returns those that the image holds. A name is <c>Namespace.Type</c>,
    /// <c>Namespace.Type+Nested</c> or either followed by <c>::Member</c> (every overload; <c>.ctor</c> for constructors).
    /// </summary>
    internal static IReadOnlyCollection<string> Open(byte[] image, IReadOnlyCollection<string> wanted)
    {
        using var pe = new PEReader(new MemoryStream(image, writable: false));
        MetadataReader reader = pe.GetMetadataReader();
        int metadata = pe.PEHeaders.MetadataStartOffset;
        var names = wanted.ToHashSet(StringComparer.Ordinal);
        var found = new HashSet<string>(StringComparer.Ordinal);

        foreach (TypeDefinitionHandle handle in reader.TypeDefinitions)
        {
            TypeDefinition type = reader.GetTypeDefinition(handle);
            string typeName = FullName(reader, type);
            if (names.Contains(typeName))
            {
                found.Add(typeName);
                OpenType(image, metadata, reader, handle, type);
            }

            foreach (MethodDefinitionHandle method in type.GetMethods())
            {
                string name = $"{typeName}::{reader.GetString(reader.GetMethodDefinition(method).Name)}";
                if (names.Contains(name))
                {
                    found.Add(name);
                    // MethodDef row: RVA (4 bytes), ImplFlags (2), Flags (2), ...
                    OpenMember(image.AsSpan(metadata + RowOffset(reader, TableIndex.MethodDef, method) + 6));
                }
            }

            foreach (FieldDefinitionHandle field in type.GetFields())
            {
                string name = $"{typeName}::{reader.GetString(reader.GetFieldDefinition(field).Name)}";
                if (names.Contains(name))
                {
                    found.Add(name);
                    OpenMember(image.AsSpan(metadata + RowOffset(reader, TableIndex.Field, field)));
                }
            }
        }

        return found;
    }

    private static void OpenType(byte[] image, int metadata, MetadataReader reader, TypeDefinitionHandle handle, TypeDefinition type)
    {
        TypeAttributes visibility = type.IsNested
            ? TypeAttributes.NestedPublic
            : TypeAttributes.Public;
        Span<byte> flags = image.AsSpan(metadata + RowOffset(reader, TableIndex.TypeDef, handle));
        uint value = (uint)((type.Attributes & ~TypeAttributes.VisibilityMask) | visibility);
        BinaryPrimitives.WriteUInt32LittleEndian(flags, value);
    }

    private static void OpenMember(Span<byte> flags)
    {
        // Methods and fields share the access mask and the value of "public".
        const ushort accessMask = 0x0007, isPublic = 0x0006;
        ushort value = BinaryPrimitives.ReadUInt16LittleEndian(flags);
        BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)((value & ~accessMask) | isPublic));
    }

    private static int RowOffset(MetadataReader reader, TableIndex table, EntityHandle handle) =>
        reader.GetTableMetadataOffset(table) + ((MetadataTokens.GetRowNumber(handle) - 1) * reader.GetTableRowSize(table));

    private static string FullName(MetadataReader reader, TypeDefinition type)
    {
        string name = reader.GetString(type.Name);
        if (type.IsNested)
        {
            return $"{FullName(reader, reader.GetTypeDefinition(type.GetDeclaringType()))}+{name}";
        }

        string space = reader.GetString(type.Namespace);
        return space.Length == 0 ? name : $"{space}.{name}";
    }
}
