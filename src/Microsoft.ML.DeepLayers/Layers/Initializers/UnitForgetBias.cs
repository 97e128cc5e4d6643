namespace Microsoft.ML.DeepLayers;

/// <summary>
/// An LSTM's bias whose forget gate starts at 1, so that the cell remembers at first (Jozefowicz et al. 2015); the
/// other gates start as another initializer says.
/// </summary>
internal sealed record UnitForgetBias(Initializer Others) : Initializer
{
    public override void Fill(Span<float> values, Shape shape, int fanIn, int fanOut, Random random)
    {
        Others.Fill(values, shape, fanIn, fanOut, random);
        int units = values.Length / 4;
        values.Slice(units, units).Fill(1); // The gates are stored in the order input, forget, cell, output.
    }
}
