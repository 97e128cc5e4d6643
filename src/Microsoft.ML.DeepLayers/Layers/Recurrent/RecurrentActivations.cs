using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>The activations that ONNX's recurrent operators know, by the names that they have there.</summary>
internal static class RecurrentActivations
{
    /// <summary>Whether ONNX's recurrent operators know the activation.</summary>
    public static bool IsKnown(Activation activation) => Find(activation) is not null;

    /// <summary>Checks a constructor's activation.</summary>
    public static Activation Check(Activation activation, string parameter) => IsKnown(activation)
        ? activation
        : throw new ArgumentException(
            $"A recurrent layer's {parameter} can be Tanh, Sigmoid, ReLU, LeakyReLU, ELU, Softsign, Softplus or Linear, which ONNX's recurrent operators know, but it is {activation}.",
            parameter);

    /// <summary>The attributes that name these activations, in the order in which the operator wants them.</summary>
    public static IEnumerable<OnnxAttribute> Attributes(params Activation[] activations)
    {
        (string Name, float? Alpha, float? Beta)[] found = [.. activations.Select(activation => Find(activation)!.Value)];
        yield return OnnxAttribute.Texts("activations", found.Select(item => item.Name));
        // Each list holds the parameters of only those functions that have one.
        float[] alphas = [.. found.Select(item => item.Alpha).OfType<float>()];
        float[] betas = [.. found.Select(item => item.Beta).OfType<float>()];
        if (alphas.Length > 0)
        {
            yield return OnnxAttribute.Floats("activation_alpha", alphas);
        }

        if (betas.Length > 0)
        {
            yield return OnnxAttribute.Floats("activation_beta", betas);
        }
    }

    private static (string Name, float? Alpha, float? Beta)? Find(Activation activation) => activation switch
    {
        TanhActivation => ("Tanh", null, null),
        SigmoidActivation => ("Sigmoid", null, null),
        // Not one with other parameters.
        ReLUActivation when activation == Activation.ReLU => ("Relu", null, null),
        LeakyReLUActivation leaky => ("LeakyRelu", leaky.NegativeSlope, null),
        ELUActivation elu => ("Elu", elu.Alpha, null),
        SoftsignActivation => ("Softsign", null, null),
        SoftplusActivation => ("Softplus", null, null),
        LinearActivation => ("Affine", 1, 0),
        _ => null,
    };
}
