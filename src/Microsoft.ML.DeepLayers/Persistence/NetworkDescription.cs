using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>What the header of a saved network says: all that is small, and what the other entries must be.</summary>
/// <param name="Task">What the network predicts.</param>
/// <param name="LabelColumnName">The label's column at training.</param>
/// <param name="Inputs">The columns that it reads.</param>
/// <param name="Classes">The classes of a classifier.</param>
/// <param name="Parts">The entries beside the header.</param>
internal sealed record NetworkDescription(
    PredictionTask Task, string LabelColumnName, IReadOnlyList<InputColumn> Inputs, ClassLabels? Classes, IReadOnlyList<NetworkPart> Parts)
{
    // *** Binary format ***
    // int: task
    // text: label column (a text is int: number of UTF-16 units, ushort[]: the units)
    // int: number of input columns; for each
    //   text: name
    //   int: number of dimensions, int[]: dimensions
    //   ulong: number of keys, 0 where the column holds none
    //   int: first index that is too large, 0 where the values are no indices
    // classes: see ClassLabelsCodec
    // int: number of parts; for each
    //   text: entry
    //   long: length
    //   byte[32]: SHA-256
    internal byte[] Write()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write((int)Task);
        writer.WriteText(LabelColumnName.AsMemory());
        writer.Write(Inputs.Count);
        foreach (InputColumn input in Inputs)
        {
            writer.WriteText(input.Name.AsMemory());
            writer.Write(input.Shape.Rank);
            foreach (int dimension in input.Shape)
            {
                writer.Write(dimension);
            }

            writer.Write(input.KeyCount);
            writer.Write(input.IndexLimit);
        }

        ClassLabelsCodec.Write(writer, Classes);
        writer.Write(Parts.Count);
        foreach (NetworkPart part in Parts)
        {
            part.Write(writer);
        }

        return stream.ToArray();
    }

    /// <exception cref="IOException">The bytes end too early.</exception>
    /// <exception cref="InvalidDataException">They make no sense; the message says why.</exception>
    internal static NetworkDescription Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var task = (PredictionTask)reader.ReadInt32();
        string label = reader.ReadText();
        var inputs = new InputColumn[reader.ReadCount(bytesEach: 20)];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = ReadInput(reader);
        }

        ClassLabels? classes = ClassLabelsCodec.Read(reader);
        var parts = new NetworkPart[reader.ReadCount(bytesEach: 44)];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = NetworkPart.Read(reader);
        }

        if (!Enum.IsDefined(task) || (task == PredictionTask.MulticlassClassification && classes is null))
        {
            throw new InvalidDataException($"it is of the task {task} with {classes?.Count ?? 0} classes");
        }

        return new NetworkDescription(task, label, inputs, classes, parts);
    }

    private static InputColumn ReadInput(BinaryReader reader)
    {
        string name = reader.ReadText();
        var dimensions = new int[reader.ReadCount(bytesEach: 4)];
        for (int i = 0; i < dimensions.Length; i++)
        {
            dimensions[i] = reader.ReadInt32();
        }

        return new InputColumn(name, new Shape(dimensions), reader.ReadUInt64(), reader.ReadInt32());
    }
}
