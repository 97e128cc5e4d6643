using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>A classifier, defined for us and written out for libtorch, and examples of its size.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Input">The shape of an example.</param>
/// <param name="Classes">The number of classes.</param>
/// <param name="BatchSize">The examples of a step.</param>
/// <param name="Examples">The examples of an epoch.</param>
/// <param name="Epochs">The epochs of a training.</param>
internal abstract record BenchmarkNetwork(string Name, Shape Input, int Classes, int BatchSize, int Examples, int Epochs)
{
    /// <summary>The part of the examples that is held out for validation.</summary>
    internal const float ValidationFraction = 0.1f;

    /// <summary>Our definition, without the output layer.</summary>
    internal abstract Sequential Body();

    /// <summary>The same network by hand; it gives logits.</summary>
    internal abstract nn.Module<Tensor, Tensor> ByHand();

    /// <summary>Brings examples, <c>[batch, values]</c>, into the form that the network by hand takes.</summary>
    internal abstract Tensor Arrange(Tensor examples);

    /// <summary>The values of examples, which classes they are follows from their values.</summary>
    internal (float[] Values, float[] Classes) Generate(int count, int seed = 1)
    {
        int width = (int)Input.Size;
        var random = new Random(seed);
        float[] values = new float[count * width];
        float[] classes = new float[count];
        for (int i = 0; i < count; i++)
        {
            int kind = random.Next(Classes);
            classes[i] = kind;
            for (int j = 0; j < width; j++)
            {
                values[(i * width) + j] = (float)random.NextDouble() + (j % Classes == kind ? 0.3f : 0);
            }
        }

        return (values, classes);
    }

    /// <summary>Examples as a view; its labels are keys.</summary>
    internal IDataView View(MLContext ml, int? count = null)
    {
        int width = (int)Input.Size;
        (float[] values, float[] classes) = Generate(count ?? Examples);
        Example[] examples = [.. classes.Select((label, i) => new Example { Features = values.AsSpan(i * width, width).ToArray(), Label = (uint)label })];
        return ml.Data.LoadFromEnumerable(examples, Definition());
    }

    /// <summary>How ML.NET is to see an <see cref="Example"/>.</summary>
    internal SchemaDefinition Definition()
    {
        var schema = SchemaDefinition.Create(typeof(Example));
        schema[nameof(Example.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, (int)Input.Size);
        schema[nameof(Example.Label)].ColumnType = new KeyDataViewType(typeof(uint), Classes);
        return schema;
    }

    internal sealed class Example
    {
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }
}
