using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>What the header of a saved network says: all that is small, and what the other entries must be.</summary>
/// <param name="Outputs">What the network predicts.</param>
/// <param name="Inputs">The columns that it reads.</param>
/// <param name="Parts">The entries beside the header.</param>
internal sealed record NetworkDescription(
    IReadOnlyList<TrainedOutput> Outputs, IReadOnlyList<InputColumn> Inputs, IReadOnlyList<NetworkPart> Parts)
{
    // *** Binary format ***
    // int: number of outputs; for each
    //   text: name, empty where it has none (a text is int: number of UTF-16 units, ushort[]: the units)
    //   int: task
    //   text: label column
    //   classes: see ClassLabelsCodec
    //   int: number of values of a vector, else 0
    //   text: the activation of a regression as JSON, empty for none
    // int: number of input columns; for each
    //   text: name
    //   int: number of dimensions, int[]: dimensions
    //   ulong: number of keys, 0 where the column holds none
    //   int: first index that is too large, 0 where the values are no indices
    // int: number of parts; for each
    //   text: entry
    //   long: length
    //   byte[32]: SHA-256
    internal byte[] Write()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Outputs.Count);
        foreach (TrainedOutput output in Outputs)
        {
            writer.WriteText((output.Name ?? "").AsMemory());
            writer.Write((int)output.Task);
            writer.WriteText(output.LabelColumnName.AsMemory());
            ClassLabelsCodec.Write(writer, output.Classes);
            writer.Write(output.VectorSize);
            writer.WriteText((output.ActivationJson ?? "").AsMemory());
        }

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
        var outputs = new TrainedOutput[reader.ReadCount(bytesEach: 20)];
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = ReadOutput(reader);
        }

        var inputs = new InputColumn[reader.ReadCount(bytesEach: 20)];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = ReadInput(reader);
        }

        var parts = new NetworkPart[reader.ReadCount(bytesEach: 44)];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = NetworkPart.Read(reader);
        }

        return outputs.Length > 0 && inputs.Length > 0
            ? new NetworkDescription(outputs, inputs, parts)
            : throw new InvalidDataException($"it has {inputs.Length} inputs and {outputs.Length} outputs");
    }

    private static TrainedOutput ReadOutput(BinaryReader reader)
    {
        string name = reader.ReadText();
        var task = (PredictionTask)reader.ReadInt32();
        string label = reader.ReadText();
        ClassLabels? classes = ClassLabelsCodec.Read(reader);
        int vectorSize = reader.ReadInt32();
        string activation = reader.ReadText();
        if (!Enum.IsDefined(task) || (task == PredictionTask.MulticlassClassification && classes is null) || vectorSize < 0)
        {
            throw new InvalidDataException($"it is of the task {task} with {classes?.Count ?? 0} classes and {vectorSize} values");
        }

        if (label.Length == 0)
        {
            throw new InvalidDataException("an output has a label column without a name");
        }

        return new TrainedOutput(name.Length > 0 ? name : null, task, label, classes, vectorSize, activation.Length > 0 ? activation : null);
    }

    private static InputColumn ReadInput(BinaryReader reader)
    {
        string name = reader.ReadText();
        var dimensions = new int[reader.ReadCount(bytesEach: 4)];
        for (int i = 0; i < dimensions.Length; i++)
        {
            dimensions[i] = reader.ReadInt32();
        }

        var input = new InputColumn(name, new Shape(dimensions), reader.ReadUInt64(), reader.ReadInt32());
        // The size of a row, or of a step, which all that follows counts with.
        int size = input.IsSequence ? input.StepSize : input.Size;
        return name.Length > 0 && size > 0 && input.IndexLimit >= 0
            ? input
            : throw new InvalidDataException($"an input column is described as '{name}' {input.Shape} with indices below {input.IndexLimit}");
    }
}
