using System.Buffers;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// Room for a batch of rows, which ONNX Runtime reads and writes in place. One user at a time.
/// </summary>
/// <remarks>
/// The memory comes from .NET's shared pool: were it new for each cursor, its first pages would cost as much as scoring some
/// thousands of small rows.
/// </remarks>
internal sealed class ScoringBuffer : IDisposable
{
    private readonly TensorShapes shapes;
    private readonly float[][] inputs;
    private readonly SequenceBuffer?[] sequences;
    private readonly int[] inputSizes;
    private readonly float[]?[] scores;
    private readonly int[] scoreSizes;
    private readonly OrtValue[] inputTensors;
    private readonly OrtValue[] scoreTensors;
    private readonly bool hasSequences;
    private int tensorRows;

    internal ScoringBuffer(TensorShapes shapes, int capacity, bool[] neededOutputs, IReadOnlyList<string> outputNames, bool isOneOfSeveral = false)
    {
        this.shapes = shapes;
        Capacity = capacity;
        IsOneOfSeveral = isOneOfSeveral;
        // The number of values of a row; of a sequence, of a step.
        inputSizes = [.. shapes.Inputs.Select(TensorShapes.Size)];
        inputs = [.. shapes.Inputs.Select((shape, input) => Allocate(TensorShapes.IsSequence(shape) ? 0 : capacity, inputSizes[input]))];
        sequences = [.. shapes.Inputs.Select((shape, input) => TensorShapes.IsSequence(shape) ? new SequenceBuffer(inputSizes[input]) : null)];
        hasSequences = sequences.Any(sequence => sequence is not null);
        scoreSizes = [.. shapes.Scores.Select(TensorShapes.Size)];
        scores = [.. scoreSizes.Select((size, output) => neededOutputs[output] ? Allocate(capacity, size) : null)];
        Outputs = [.. Enumerable.Range(0, scores.Length).Where(output => neededOutputs[output])];
        OutputNames = [.. Outputs.Select(output => outputNames[output])];
        scoreTensors = new OrtValue[Outputs.Count];
        inputTensors = new OrtValue[inputs.Length];
    }

    /// <summary>The number of rows that fit.</summary>
    internal int Capacity { get; }

    /// <summary>Whether others are scored at the same time, so that one thread is enough for it.</summary>
    internal bool IsOneOfSeveral { get; }

    /// <summary>What it takes; sequences, whose length is not known before, do not count.</summary>
    internal long Bytes => sizeof(float) * (inputs.Sum(memory => memory.LongLength) + scores.Sum(memory => memory?.LongLength ?? 0));

    /// <summary>The outputs that there is room for, the others being of no interest.</summary>
    internal IReadOnlyList<int> Outputs { get; }

    /// <summary>What the graph calls them.</summary>
    internal IReadOnlyCollection<string> OutputNames { get; }

    /// <summary>Where the values of one input of one row go.</summary>
    internal Span<float> Input(int input, int row) => inputs[input].AsSpan(row * inputSizes[input], inputSizes[input]);

    /// <summary>Adds a row's sequence; rows come in order.</summary>
    internal void AddSequence(int input, int row, ReadOnlySpan<float> values)
    {
        if (row == 0)
        {
            sequences[input]!.Clear();
        }

        sequences[input]!.Add(values);
    }

    /// <summary>The scores of one row, after the network has run.</summary>
    internal ReadOnlySpan<float> Scores(int output, int row) => scores[output].AsSpan(row * scoreSizes[output], scoreSizes[output]);

    /// <summary>The first rows as tensors. They are kept, because most batches are of the same size.</summary>
    internal (OrtValue[] Inputs, OrtValue[] Scores) Tensors(int rows)
    {
        if (rows != tensorRows || hasSequences)
        {
            FreeTensors();
            for (int i = 0; i < inputs.Length; i++)
            {
                inputTensors[i] = sequences[i] is { } sequence
                    ? Tensor(sequence, inputSizes[i], shapes.Inputs[i], rows)
                    : Tensor(inputs[i], inputSizes[i], shapes.Inputs[i], rows);
            }

            for (int i = 0; i < scoreTensors.Length; i++)
            {
                int output = Outputs[i];
                scoreTensors[i] = Tensor(scores[output]!, scoreSizes[output], shapes.Scores[output], rows);
            }

            tensorRows = rows;
        }

        return (inputTensors, scoreTensors);
    }

    /// <summary>The values of an input for the first rows, and their dimensions, for a scorer that copies them.</summary>
    internal (float[] Values, long[] Dimensions) Values(int input, int rows)
    {
        long[] shape = shapes.Inputs[input];
        if (sequences[input] is not { } sequence)
        {
            return (inputs[input], TensorShapes.ForRows(shape, rows));
        }

        sequence.Pad();
        return (sequence.Padded, [rows, sequence.Steps, .. shape[2..]]);
    }

    /// <summary>Where the scores of the first rows go.</summary>
    internal Span<float> ScoreRoom(int output, int rows) => scores[output].AsSpan(0, rows * scoreSizes[output]);

    /// <summary>Frees the tensors and gives the memory back. There is nothing to be read any more.</summary>
    public void Dispose()
    {
        using (NativeWork.Begin())
        {
            FreeTensors();
        }

        foreach (float[] memory in inputs.Concat(scores.OfType<float[]>()))
        {
            ArrayPool<float>.Shared.Return(memory);
        }

        // Whoever disposes again gives nothing back a second time.
        Array.Fill(inputs, []);
        Array.Clear(scores);
    }

    private void FreeTensors()
    {
        tensorRows = 0;
        foreach (OrtValue? tensor in inputTensors.Concat(scoreTensors))
        {
            tensor?.Dispose();
        }
    }

    private static float[] Allocate(int rows, int size) => ArrayPool<float>.Shared.Rent(checked(rows * size));

    private static OrtValue Tensor(SequenceBuffer sequence, int stepSize, long[] shape, int rows)
    {
        sequence.Pad();
        return Tensor(sequence.Padded.AsMemory(0, rows * sequence.Steps * stepSize), [rows, sequence.Steps, .. shape[2..]]);
    }

    private static OrtValue Tensor(float[] memory, int size, long[] shape, int rows) =>
        Tensor(memory.AsMemory(0, rows * size), TensorShapes.ForRows(shape, rows));

    // Pins the memory until it is disposed.
    private static OrtValue Tensor(Memory<float> memory, long[] shape) =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, memory, shape);
}
