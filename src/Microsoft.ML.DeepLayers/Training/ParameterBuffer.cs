using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// All trainable weights in one flat tensor, and all gradients in another: each weight and its gradient is a view into
/// them. An optimizer's step is then a handful of native calls, however many layers there are.
/// </summary>
internal sealed class ParameterBuffer : IDisposable
{
    private readonly List<Tensor> views = [];
    private readonly IReadOnlyList<Tensor> followers;

    internal ParameterBuffer(IReadOnlyList<Tensor> parameters, torch.Device device)
        : this([.. parameters.Select(parameter => (parameter, (IReadOnlyList<Tensor>)[]))], device)
    {
    }

    /// <summary>Lays weights out.</summary>
    /// <param name="weights">Each weight, and what else stands for it: their gradients add up in one place.</param>
    /// <param name="device">Where.</param>
    internal ParameterBuffer(IReadOnlyList<(Tensor Tensor, IReadOnlyList<Tensor> Aliases)> weights, torch.Device device)
    {
        Tensor[] parameters = [.. weights.Select(weight => weight.Tensor)];
        followers = [.. weights.SelectMany(weight => weight.Aliases.Prepend(weight.Tensor))];
        long total = parameters.Sum(parameter => parameter.numel());
        Values = zeros(total, device: device).DetachFromDisposeScope();
        Gradients = zeros(total, device: device).DetachFromDisposeScope();
        using IDisposable noGrad = no_grad();
        long offset = 0;
        foreach ((Tensor parameter, IReadOnlyList<Tensor> aliases) in weights)
        {
            long count = parameter.numel();
            Tensor value = View(Values, offset, count, parameter.shape);
            Tensor gradient = View(Gradients, offset, count, parameter.shape);
            value.copy_(parameter);
            foreach (Tensor follower in aliases.Prepend(parameter))
            {
                follower.set_(value);
                follower.grad = gradient;
            }

            offset += count;
        }
    }

    /// <summary>The weights, <c>[total]</c>.</summary>
    internal Tensor Values { get; }

    /// <summary>Their gradients, <c>[total]</c>. A backward pass adds to them.</summary>
    internal Tensor Gradients { get; }

    public void Dispose()
    {
        foreach (Tensor follower in followers)
        {
            follower.grad = null;
        }

        views.ForEach(view => view.Dispose());
        Values.Dispose();
        Gradients.Dispose();
    }

    private Tensor View(Tensor flat, long offset, long count, long[] shape)
    {
        using Tensor narrowed = flat.narrow(0, offset, count);
        Tensor view = narrowed.view(shape).DetachFromDisposeScope();
        views.Add(view);
        return view;
    }
}
