using System.Collections.Immutable;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Gives the place of each whole number in a vocabulary, which is given, or learned from the training examples before
/// training starts: the most frequent numbers first, of equally frequent ones the larger first.
/// <para>
/// The places are in Keras's order: 0 for the mask token where there is one and the mode is <see cref="OutputMode.Int"/>; then those
/// for numbers outside the vocabulary; then the vocabulary in its order. In the other modes the mask token gives zeros. With
/// no place for numbers outside the vocabulary they get -1, or zeros (in Keras they are an error).
/// </para>
/// <para>
/// A learned vocabulary is the weight <c>vocabulary</c>, which training does not change, of as many numbers as the largest
/// number of tokens leaves room for (Keras: <c>pad_to_max_tokens</c>). Each value is compared with the whole vocabulary.
/// </para>
/// <para>
/// Input <c>[batch, ...]</c>, whole numbers (as floats, exact up to 16,777,216); output as <see cref="OutputMode"/> says.
/// </para>
/// <para>Keras: <c>IntegerLookup</c> without invert and TF-IDF; ONNX: Unsqueeze, Equal, Cast, MatMul and Where.</para>
/// </summary>
/// <example><c>new IntegerLookup(vocabulary: [12, 36, 1138, 42])</c> turns <c>[12, 1138, 7]</c> into <c>[1, 3, 0]</c>.</example>
public sealed record IntegerLookup : SingleInputLayer, IAdaptiveLayer
{
    /// <summary>The largest whole number up to which floats are exact.</summary>
    private const int Largest = 1 << 24;

    /// <summary>Creates the layer.</summary>
    /// <param name="maxTokens">The largest number of places, with the special ones; needed where the vocabulary is learned.</param>
    /// <param name="numOovIndices">
    /// The number of places for numbers outside the vocabulary, which the remainder of the number decides among; at least 0.
    /// Default: 1.
    /// </param>
    /// <param name="maskToken">The number that stands for nothing; left out for none.</param>
    /// <param name="oovToken">A number that a learned vocabulary leaves out. Default: -1.</param>
    /// <param name="vocabulary">
    /// The numbers, all different, without or with the special ones in front, as Keras lists them; left out to learn them.
    /// </param>
    /// <param name="outputMode">The form of the output. Default: <see cref="OutputMode.Int"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    /// <exception cref="ArgumentException">Neither a vocabulary nor a largest number of tokens is given, or the vocabulary does not fit.</exception>
    public IntegerLookup(
        int? maxTokens = null,
        int numOovIndices = 1,
        int? maskToken = null,
        int oovToken = -1,
        ImmutableArray<int> vocabulary = default,
        OutputMode outputMode = OutputMode.Int)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(numOovIndices);
        CategoryRows.Check(outputMode);
        MaxTokens = maxTokens;
        NumOovIndices = numOovIndices;
        MaskToken = maskToken;
        OovToken = oovToken;
        Vocabulary = vocabulary.IsDefault ? [] : vocabulary;
        OutputMode = outputMode;
        if (maxTokens is null && Vocabulary.IsEmpty)
        {
            throw new ArgumentException("Either a vocabulary must be given, or the largest number of tokens to learn.", nameof(maxTokens));
        }

        if (maxTokens <= Start)
        {
            throw new ArgumentOutOfRangeException(nameof(maxTokens), maxTokens, $"The {Start} special places leave no room for a vocabulary.");
        }

        CheckVocabulary(nameof(vocabulary));
    }

    /// <summary>The largest number of places, with the special ones.</summary>
    public int? MaxTokens { get; }

    /// <summary>The number of places for numbers outside the vocabulary.</summary>
    public int NumOovIndices { get; }

    /// <summary>The number that stands for nothing; <see langword="null"/> for none.</summary>
    public int? MaskToken { get; }

    /// <summary>A number that a learned vocabulary leaves out.</summary>
    public int OovToken { get; }

    /// <summary>The given numbers; empty where they are learned.</summary>
    public ImmutableArray<int> Vocabulary { get; }

    /// <summary>The form of the output.</summary>
    public OutputMode OutputMode { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => CategoryRows.KeepsSteps(OutputMode);

    /// <summary>The first place for numbers outside the vocabulary.</summary>
    private int FirstOov => MaskToken is not null && OutputMode == OutputMode.Int ? 1 : 0;

    /// <summary>The place of the first number of the vocabulary.</summary>
    private int Start => FirstOov + NumOovIndices;

    private int Places => Vocabulary.IsEmpty ? MaxTokens!.Value : Start + Tokens.Length;

    /// <summary>The given numbers without the special ones that may stand in front of them.</summary>
    private int[] Tokens
    {
        get
        {
            int[] special = [.. Enumerable.Repeat(MaskToken ?? 0, FirstOov), .. Enumerable.Repeat(OovToken, NumOovIndices)];
            return Vocabulary.Length > Start && Vocabulary.AsSpan()[..Start].SequenceEqual(special) ? [.. Vocabulary.AsSpan()[Start..]] : [.. Vocabulary];
        }
    }

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other layer.</param>
    public bool Equals(IntegerLookup? other) => base.Equals(other) && MaxTokens == other.MaxTokens && NumOovIndices == other.NumOovIndices
        && MaskToken == other.MaskToken && OovToken == other.OovToken && OutputMode == other.OutputMode
        && Vocabulary.AsSpan().SequenceEqual(other.Vocabulary.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(base.GetHashCode(), MaxTokens, NumOovIndices, MaskToken, OovToken, OutputMode, Vocabulary.Length, Vocabulary.FirstOrDefault());

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => CategoryRows.OutputShape(input, OutputMode, Places);

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => Vocabulary.IsEmpty
        ? [new WeightSpec("vocabulary", new Shape(Places - Start), Constant.Zeros) { Trainable = false }]
        : [];

    /// <inheritdoc/>
    public LayerAdaptation? BeginAdaptation(Shape input) =>
        Vocabulary.IsEmpty ? new TokenCounts(Places - Start, [OovToken, .. MaskToken is { } mask ? [mask] : Array.Empty<int>()]) : null;

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        int count = Places - Start;
        Tensor vocabulary = Vocabulary.IsEmpty
            ? builder.Weight("vocabulary")
            : builder.Own(tensor(Tokens, dtype: builder.NumberType, device: builder.TorchDevice).DetachFromDisposeScope());
        Tensor positions = builder.Own(TensorOperations.Arange(1, count + 1, builder.NumberType, builder.TorchDevice).DetachFromDisposeScope());
        return (x, _) =>
        {
            // The position from 1, and 0 for what is not found: no two numbers of a vocabulary are the same.
            Tensor found = x.unsqueeze(-1).eq(vocabulary).to(x.dtype).Matmul(positions);
            Tensor places = found.Add(Start - 1).where(found.Greater(0), Outside(x));
            if (MaskToken is { } mask)
            {
                places = places.MaskedFill(x.Equal(mask), OutputMode == OutputMode.Int ? 0 : -1);
            }

            return CategoryRows.Encode(places, input, OutputMode, Places);
        };

        Tensor Outside(Tensor x) => NumOovIndices > 1
            ? x.to(ScalarType.Int64).Mod(NumOovIndices).Add(FirstOov).to(x.dtype)
            : x.FullLike(NumOovIndices == 0 ? -1 : FirstOov);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        const int Float = 1, Int64 = 7; // TensorProto.DataType
        int count = Places - Start;
        Shape shape = input.Shape;
        var each = new Shape([.. shape, count]);
        OnnxValue vocabulary = Vocabulary.IsEmpty ? onnx.Weight("vocabulary") : onnx.Constant(Array.ConvertAll(Tokens, token => (float)token), count);
        OnnxValue positions = onnx.Constant([.. Enumerable.Range(1, count).Select(position => (float)position)], count);
        OnnxValue column = onnx.Node("Unsqueeze", [input, onnx.Constant(-1L)], new Shape([.. shape, 1]));
        OnnxValue equal = onnx.Node("Cast", [onnx.Node("Equal", [column, vocabulary], each)], each, OnnxAttribute.Int("to", Float));
        OnnxValue found = onnx.Node("MatMul", [equal, positions], shape);
        OnnxValue inside = onnx.Node("Add", [found, onnx.Constant([Start - 1f])], shape);
        OnnxValue places = onnx.Node("Where", [onnx.Node("Greater", [found, onnx.Constant([0f])], shape), inside, Outside()], shape);
        if (MaskToken is { } mask)
        {
            OnnxValue masked = onnx.Node("Equal", [input, onnx.Constant([(float)mask])], shape);
            places = onnx.Node("Where", [masked, onnx.Constant([OutputMode == OutputMode.Int ? 0f : -1f]), places], shape);
        }

        return CategoryRows.Export(onnx, places, OutputMode, Places);

        OnnxValue Outside()
        {
            if (NumOovIndices <= 1)
            {
                return onnx.Constant([NumOovIndices == 0 ? -1f : FirstOov]);
            }

            OnnxValue whole = onnx.Node("Cast", [input], shape, OnnxAttribute.Int("to", Int64));
            OnnxValue remainder = onnx.Node("Mod", [whole, onnx.Constant((long)NumOovIndices)], shape);
            return onnx.Node("Add", [onnx.Node("Cast", [remainder], shape, OnnxAttribute.Int("to", Float)), onnx.Constant([(float)FirstOov])], shape);
        }
    }

    private void CheckVocabulary(string argument)
    {
        int[] tokens = Tokens;
        if (tokens.Distinct().Count() < tokens.Length || (MaskToken is { } mask && tokens.Contains(mask)))
        {
            throw new ArgumentException("The numbers of the vocabulary must all be different, and the mask token none of them.", argument);
        }

        if (MaxTokens is { } most && tokens.Length > most - Start)
        {
            throw new ArgumentException($"The vocabulary has {tokens.Length} numbers where {most - Start} of {most} places are left for it.", argument);
        }

        if (Array.Find(tokens, token => Math.Abs((long)token) > Largest) is not 0 and int inexact)
        {
            throw new ArgumentOutOfRangeException(argument, inexact, $"Whole numbers beyond {Largest:N0} cannot be told apart as floats.");
        }
    }

    /// <summary>How often each whole number occurs.</summary>
    private sealed class TokenCounts(int most, int[] leftOut) : LayerAdaptation
    {
        private readonly Dictionary<double, long> counts = [];

        public override void Update(Tensor batch)
        {
            foreach (double token in Numbers(batch))
            {
                counts[token] = counts.GetValueOrDefault(token) + 1;
            }
        }

        public override IReadOnlyDictionary<string, float[]> Finish()
        {
            float[] found = [.. counts.Where(entry => !leftOut.Contains((int)entry.Key))
                .OrderByDescending(entry => entry.Value).ThenByDescending(entry => entry.Key).Take(most).Select(entry => (float)entry.Key)];
            // No whole number that a float can hold exactly is as small as what fills the rest.
            float[] vocabulary = [.. Enumerable.Repeat(float.MinValue, most)];
            found.CopyTo(vocabulary, 0);
            return new Dictionary<string, float[]>(StringComparer.Ordinal) { ["vocabulary"] = vocabulary };
        }
    }
}
