using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Lets an ordinary loop over all steps respect a mask, exactly: the steps that count are moved to the front, in their
/// order, where those behind cannot influence them; and each step is then given the output of the last one that counts
/// up to it. See <see cref="OnnxMaskedSteps"/> for the same in ONNX.
/// </summary>
internal sealed class MaskedSteps
{
    private readonly Tensor order;
    private readonly Tensor counts;
    private readonly Tensor mask;

    /// <param name="mask">The mask, <c>[batch, steps]</c>, in the order in which the steps are read.</param>
    public MaskedSteps(Tensor mask)
    {
        this.mask = mask.to(ScalarType.Int64);
        counts = this.mask.cumsum(1);
        // A step that counts is ranked by how many there are from it on, one that does not below all of them.
        Tensor ranks = this.mask * ((counts[.., ^1..] - counts).Add(1));
        order = ranks.argsort(1, descending: true);
    }

    /// <summary>The sequence <c>[batch, steps, features]</c> with the steps that count in front.</summary>
    public Tensor Compact(Tensor sequence) => At(sequence, order);

    /// <summary>The outputs of all steps, from those of the compact sequence.</summary>
    /// <param name="outputs">The outputs of the loop over the compact sequence, <c>[batch, steps, units]</c>.</param>
    /// <param name="zeroOutput">Whether the output of a step that does not count is 0, not that of the step before.</param>
    public Tensor Spread(Tensor outputs, bool zeroOutput) =>
        At(nn.functional.pad(outputs, [0, 0, 1, 0]), zeroOutput ? counts * mask : counts);

    /// <summary>The output of the last step.</summary>
    /// <param name="outputs">The outputs of the loop over the compact sequence, <c>[batch, steps, units]</c>.</param>
    /// <param name="zeroOutput">Whether the output of a step that does not count is 0, not that of the step before.</param>
    public Tensor LastOutput(Tensor outputs, bool zeroOutput)
    {
        Tensor last = (zeroOutput ? counts * mask : counts)[.., ^1..];
        return At(nn.functional.pad(outputs, [0, 0, 1, 0]), last).squeeze(1);
    }

    /// <summary>A state after the last step.</summary>
    /// <param name="states">The states after each step of the compact sequence, <c>[batch, steps, units]</c>.</param>
    /// <param name="initial">The state before the first step, <c>[batch, units]</c>; 0 where it is not given.</param>
    public Tensor LastState(Tensor states, Tensor? initial)
    {
        Tensor withInitial = initial is null ? nn.functional.pad(states, [0, 0, 1, 0]) : cat([initial.unsqueeze(1), states], 1);
        return At(withInitial, counts[.., ^1..]).squeeze(1);
    }

    private static Tensor At(Tensor sequence, Tensor steps) =>
        sequence.gather(1, steps.unsqueeze(-1).expand(-1, -1, sequence.shape[2]));
}
