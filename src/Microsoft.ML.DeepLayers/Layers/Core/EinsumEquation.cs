using System.Text.RegularExpressions;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// An equation such as <c>abc,cd->abd</c> with Keras's rules: the first letter of input and output is the batch, or an
/// ellipsis stands in front for the batch and any dimensions after it, or behind for any dimensions at the end.
/// </summary>
internal sealed partial class EinsumEquation
{
    private readonly string input;
    private readonly string kernel;
    private readonly string output;
    private readonly bool isElidedLeft;
    private readonly bool isElidedRight;

    /// <summary>Takes an equation apart.</summary>
    /// <exception cref="ArgumentException">It is none; the message says why.</exception>
    public EinsumEquation(string equation)
    {
        Match match = Form().Match(equation);
        if (!match.Success || match.Groups["left"].Success != match.Groups["outputLeft"].Success || match.Groups["right"].Success != match.Groups["outputRight"].Success
            || (match.Groups["left"].Success && match.Groups["right"].Success))
        {
            throw new ArgumentException(
                $"An equation is of the form 'ab,bc->ac', '...b,bc->...c' or 'ab...,bc->ac...', but '{equation}' was given.", nameof(equation));
        }

        (input, kernel, output) = (match.Groups["input"].Value, match.Groups["kernel"].Value, match.Groups["output"].Value);
        (isElidedLeft, isElidedRight) = (match.Groups["left"].Success, match.Groups["right"].Success);
        string? problem =
            new[] { input, kernel, output }.FirstOrDefault(letters => letters.Distinct().Count() < letters.Length) is { } twice ? $"'{twice}' names a dimension twice"
            : output.FirstOrDefault(letter => !(input + kernel).Contains(letter)) is var unknown and not '\0' ? $"'{unknown}' of the output is neither in the input nor in the kernel"
            : kernel.FirstOrDefault(letter => !(input + output).Contains(letter)) is var open and not '\0' ? $"'{open}' of the kernel is neither in the input nor in the output"
            : !isElidedLeft && (input[0] != output[0] || kernel.Contains(input[0])) ? $"'{input[0]}', the batch, must come first in the output and not be in the kernel"
            : null;
        if (problem is not null)
        {
            throw new ArgumentException($"In the equation '{equation}', {problem}.", nameof(equation));
        }
    }

    /// <summary>The letters of the output whose lengths are to be given: all but the batch.</summary>
    public string OutputLetters => isElidedLeft ? output : output[1..];

    /// <summary>Whether the number of steps, the first dimension of an example, need not be known: it is handed on as it is.</summary>
    public bool AllowsVariableLength => isElidedLeft || (isElidedRight && input.Length == 1)
        || (input.Length > 1 && output.Length > 1 && output[1] == input[1] && !kernel.Contains(input[1]));

    /// <summary>Whether a letter is in the input, so that its length need not be given.</summary>
    public bool IsInInput(char letter) => input.Contains(letter);

    /// <summary>The shapes for an input, or what the input must be like.</summary>
    /// <param name="shape">The input.</param>
    /// <param name="lengths">The lengths of the output's letters; -1 for that of the input.</param>
    /// <param name="biasAxes">The letters of the output that the bias has; none for no bias.</param>
    public (EinsumShapes? Shapes, string? Expected) Analyze(Shape shape, IReadOnlyList<int> lengths, string biasAxes)
    {
        // How many dimensions the ellipsis stands for, the batch among them where it is in front.
        int elided = shape.Rank + 1 - input.Length;
        if (elided < (isElidedLeft ? 1 : 0) || (elided > 0 && !isElidedLeft && !isElidedRight))
        {
            return (null, $"an input of {input.Length - (isElidedLeft ? 0 : 1)}{(isElidedLeft || isElidedRight ? " or more" : "")} dimensions");
        }

        int[] others = isElidedLeft ? [.. shape.Take(elided - 1)] : [.. shape.Skip(input.Length - 1)];
        Dictionary<char, int> known = isElidedLeft
            ? input.Select((letter, i) => (letter, Length: shape[elided - 1 + i])).ToDictionary(item => item.letter, item => item.Length)
            : input.Skip(1).Select((letter, i) => (letter, Length: shape[i])).ToDictionary(item => item.letter, item => item.Length);
        for (int i = 0; i < lengths.Count; i++)
        {
            char letter = OutputLetters[i];
            if (known.TryAdd(letter, lengths[i]))
            {
                continue;
            }

            if (lengths[i] != -1 && known[letter] != lengths[i])
            {
                return (null, $"an input whose dimension '{letter}' is {lengths[i]}, as in the output shape");
            }
        }

        int[] outputLengths = isElidedLeft
            ? [.. others, .. OutputLetters.Select(letter => known[letter])]
            : [.. OutputLetters.Select(letter => known[letter]), .. others];
        int[] kernelLengths = [.. kernel.Select(letter => known[letter])];
        int[] biasLengths = biasAxes.Length == 0 ? [] :
        [
            .. OutputLetters.SkipWhile(letter => !biasAxes.Contains(letter)).Select(letter => biasAxes.Contains(letter) ? known[letter] : 1),
            .. isElidedLeft ? [] : Enumerable.Repeat(1, others.Length),
        ];
        if (kernelLengths.Contains(-1) || biasLengths.Contains(-1) || Array.LastIndexOf(outputLengths, -1) > 0)
        {
            return (null, "an input whose variable dimension, if it has one, is the first of the output and in no weight");
        }

        return (new EinsumShapes(new Shape(outputLengths), new Shape(kernelLengths), new Shape(biasLengths), Written(elided)), null);
    }

    [GeneratedRegex(@"^(?<left>\.\.\.)?(?<input>[a-zA-Z]+)(?<right>\.\.\.)?,(?<kernel>[a-zA-Z]+)->(?<outputLeft>\.\.\.)?(?<output>[a-zA-Z]+)(?<outputRight>\.\.\.)?$")]
    private static partial Regex Form();

    /// <summary>The equation with letters in the place of the ellipsis.</summary>
    private string Written(int elided)
    {
        string free = new([.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".Where(letter => !(input + kernel + output).Contains(letter)).Take(elided)]);
        return isElidedLeft ? $"{free}{input},{kernel}->{free}{output}" : $"{input}{free},{kernel}->{output}{free}";
    }
}

/// <summary>What an equation gives for an input.</summary>
/// <param name="Output">The shape of the output.</param>
/// <param name="Kernel">The shape of the kernel.</param>
/// <param name="Bias">The shape of the bias, which spreads over the output.</param>
/// <param name="Equation">The equation with letters alone.</param>
internal sealed record EinsumShapes(Shape Output, Shape Kernel, Shape Bias, string Equation);
