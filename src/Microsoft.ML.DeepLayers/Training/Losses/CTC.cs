using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// Connectionist temporal classification: -log of the probability that a sequence of class scores, read step by step, spells
/// the label when repeated classes are merged and blanks left out. For recognizing text or speech where nobody says
/// which step is which letter.
/// </summary>
/// <remarks>
/// The network gives logits <c>[steps, classes]</c>, which it ends in itself; Score holds them as a vector, step by step. Class
/// 0 is the blank. The label is a vector of class numbers from 1, padded with 0 at its end. A label that the steps cannot
/// spell (too long, or with more repetitions than there are steps for blanks between them) counts as 0 and has no
/// gradient, where it would otherwise be infinite. Keras: <c>CTC</c>; Graves et al. 2006.
/// </remarks>
public sealed record CTC : Loss
{
    /// <inheritdoc/>
    public override string Name => "ctc";

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override OutputForm OutputForm => OutputForm.Free;

    /// <summary>None: the network ends in the scores of each step.</summary>
    /// <param name="labelValues">The number of values of the label.</param>
    public override int OutputUnits(int labelValues) => 0;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The output is not a sequence of class scores, or the label no vector.</exception>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        if (output.dim() != 3 || labels.dim() != 2)
        {
            throw new InvalidOperationException(
                $"CTC takes scores [steps, classes] for each example and a vector of class numbers as its label, but the output of a batch has shape [{string.Join(", ", output.shape)}] and the label [{string.Join(", ", labels.shape)}].");
        }

        long batch = output.shape[0];
        Tensor steps = nn.functional.log_softmax(output, -1).transpose(0, 1);
        // The lengths stay on the device with everything else.
        Tensor inputLengths = TensorOperations.Full([batch], output.shape[1], ScalarType.Int64, output.device);
        Tensor labelLengths = labels.NotEqual(0).sum(1, type: ScalarType.Int64);
        return nn.functional.ctc_loss(
            steps, labels.to(ScalarType.Int64), inputLengths, labelLengths, blank: 0, zero_infinity: true, reduction: nn.Reduction.None);
    }
}
