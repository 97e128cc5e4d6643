using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// max(wrong - right + 1, 0), where right is the output of the label's class and wrong the highest output of another class, or
/// 0 where all of them are below 0 (as in Keras). The label is one-hot, the output raw scores. Keras: <c>CategoricalHinge</c>.
/// </summary>
public sealed record CategoricalHinge : Loss
{
    /// <inheritdoc/>
    public override string Name => "categorical_hinge";

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        LossChecks.Classes(this, output);
        Tensor right = labels.mul(output).sum(-1);
        Tensor wrong = labels.neg().Add(1).mul(output).amax([-1]);
        return wrong.sub(right).Add(1).relu();
    }
}
