using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Modules;

/// <summary>
/// The initial values of one module of a network: those that its own code gives it. All weights come from one instance,
/// because a module may make them depend on each other.
/// </summary>
/// <param name="module">The module.</param>
internal sealed class ModuleStart(RegisteredModule module)
{
    private Dictionary<string, float[]>? values;
    private string? firstName;

    /// <summary>The value of a weight.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="random">Gives the seed, for the weight that is filled first.</param>
    internal float[] ValueOf(string name, Random random)
    {
        lock (this)
        {
            firstName ??= name;
            if (values is null || name == firstName)
            {
                values = Read(random.Next());
            }

            return values[name];
        }
    }

    private Dictionary<string, float[]> Read(int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using ModuleHolder holder = module.Create(seed, CPU, ScalarType.Float32);
        return holder.Weights.ToDictionary(
            weight => weight.Name, weight => weight.Tensor.detach().to(ScalarType.Float32).data<float>().ToArray(), StringComparer.Ordinal);
    }
}

/// <summary>Fills a weight as the module's own code does.</summary>
/// <param name="Start">The module, shared by its weights.</param>
/// <param name="Weight">The name of the weight.</param>
internal sealed record ModuleInitializer(ModuleStart Start, string Weight) : Initializer
{
    /// <inheritdoc/>
    public override void Fill(Span<float> values, Shape shape, int fanIn, int fanOut, Random random) => Start.ValueOf(Weight, random).CopyTo(values);
}
