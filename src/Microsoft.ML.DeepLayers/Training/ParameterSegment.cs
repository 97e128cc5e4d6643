using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>A weight in a <see cref="ParameterBuffer"/>.</summary>
/// <param name="weight">The weight.</param>
/// <param name="offset">Where its values begin.</param>
/// <param name="value">Its values in its shape, a view.</param>
/// <param name="gradient">The place of its gradient, a view in its shape.</param>
internal sealed class ParameterSegment(TorchWeight weight, long offset, Tensor value, Tensor gradient)
{
    /// <summary>The weight.</summary>
    internal TorchWeight Weight => weight;

    /// <summary>Where its values begin.</summary>
    internal long Offset => offset;

    /// <summary>The number of its values.</summary>
    internal long Length { get; } = value.numel();

    /// <summary>Its values in its shape, a view.</summary>
    internal Tensor Value => value;

    /// <summary>Its gradient in its shape, a view.</summary>
    internal Tensor Gradient
    {
        get
        {
            Gather();
            return gradient;
        }
    }

    /// <summary>Whether its gradient is where the backward pass has put it, or will.</summary>
    internal bool IsLeft { get; private set; }

    /// <summary>Has the next backward pass put its gradient where it likes.</summary>
    internal void Leave() => (IsLeft, weight.Tensor.grad) = (true, null);

    /// <summary>The gradient that was left where it was, if any: one of another layout, and one that is not there because nothing depends on the weight, are brought to their place.</summary>
    internal FlatMemory? Left()
    {
        if (!IsLeft)
        {
            return null;
        }

        using Tensor? found = weight.Tensor.grad;
        if (found is not null && FlatMemory.Of(found) is { } memory)
        {
            return memory;
        }

        Gather();
        return null;
    }

    /// <summary>Brings a gradient that was left where it was to its place; none is 0.</summary>
    internal void Gather()
    {
        if (!IsLeft)
        {
            return;
        }

        using IDisposable noGrad = no_grad();
        using (Tensor? found = weight.Tensor.grad)
        {
            if (found is null)
            {
                gradient.zero_().Dispose();
            }
            else
            {
                gradient.copy_(found);
            }
        }

        (IsLeft, weight.Tensor.grad) = (false, gradient);
    }
}
