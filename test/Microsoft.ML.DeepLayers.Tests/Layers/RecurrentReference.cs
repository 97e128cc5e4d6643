namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// Keras's recurrent layers written out in plain C#, over weights in Keras's own layout: kernels [inputs, gates · units],
/// gates in Keras's order (LSTM: i, f, c, o; GRU: z, r, h).
/// </summary>
internal sealed class RecurrentReference(int features, int units, int gates, Random random)
{
    private readonly double[,] kernel = RandomMatrix(features, gates * units, random);
    private readonly double[,] recurrent = RandomMatrix(units, gates * units, random);
    private readonly double[,] bias = RandomMatrix(2, gates * units, random);

    /// <summary>The weights as the layers store them: transposed, and with the gates in another order.</summary>
    /// <param name="name">The weight.</param>
    /// <param name="gateOrder">Which of Keras's gates each stored gate is.</param>
    public float[] Stored(string name, int[] gateOrder)
    {
        int[] columns = [.. gateOrder.SelectMany(gate => Enumerable.Range(gate * units, units))];
        return name switch
        {
            "kernel" => [.. columns.SelectMany(column => Enumerable.Range(0, features).Select(row => (float)kernel[row, column]))],
            "recurrent_kernel" => [.. columns.SelectMany(column => Enumerable.Range(0, units).Select(row => (float)recurrent[row, column]))],
            "bias" => [.. columns.Select(column => (float)bias[0, column])],
            "recurrent_bias" => [.. columns.Select(column => (float)bias[1, column])],
            _ => throw new NotSupportedException(name),
        };
    }

    /// <summary>All outputs of a sequence [steps][features], in the order in which they are computed.</summary>
    public double[][] SimpleRNN(double[][] sequence, Func<double, double> activation) => Over(sequence, SimpleRNNStep(activation), new()).Outputs;

    public double[][] LSTM(double[][] sequence, Func<double, double> activation, Func<double, double> recurrentActivation) =>
        Over(sequence, LSTMStep(activation, recurrentActivation), new()).Outputs;

    public double[][] GRU(double[][] sequence, bool resetAfter) => Over(sequence, GRUStep(resetAfter), new()).Outputs;

    public Step SimpleRNNStep(Func<double, double> activation) => (x, h, _) =>
        ([.. Enumerable.Range(0, units).Select(u => activation(Input(x, u, 0) + Product(h, u, 0)))], h);

    public Step LSTMStep(Func<double, double> activation, Func<double, double> recurrentActivation) => (x, h, c) =>
    {
        double[] cell = new double[units];
        double[] output = new double[units];
        for (int u = 0; u < units; u++)
        {
            double Gate(int gate) => Input(x, u, gate) + Product(h, u, gate);
            double input = recurrentActivation(Gate(0));
            double forget = recurrentActivation(Gate(1));
            cell[u] = (forget * c[u]) + (input * activation(Gate(2)));
            output[u] = recurrentActivation(Gate(3)) * activation(cell[u]);
        }

        return (output, cell);
    };

    public Step GRUStep(bool resetAfter) => (x, h, _) =>
    {
        double[] Gate(int gate) =>
            [.. Enumerable.Range(0, units).Select(u => Sigmoid(Input(x, u, gate) + Product(h, u, gate) + (resetAfter ? bias[1, (gate * units) + u] : 0)))];
        double[] update = Gate(0);
        double[] reset = Gate(1);
        double[] resetState = [.. h.Select((value, u) => reset[u] * value)];
        double[] output = new double[units];
        for (int u = 0; u < units; u++)
        {
            double candidate = Math.Tanh(Input(x, u, 2) + (resetAfter
                ? reset[u] * (Product(h, u, 2) + bias[1, (2 * units) + u])
                : Product(resetState, u, 2)));
            output[u] = (update[u] * h[u]) + ((1 - update[u]) * candidate);
        }

        return (output, h);
    };

    /// <summary>
    /// Keras's loop: at a step that does not count, the states stay and the output is the one before (at first 0, even
    /// where the states start elsewhere), or always 0.
    /// </summary>
    public Result Over(double[][] sequence, Step step, Conditions conditions)
    {
        double[] zero = new double[units];
        (double[] h, double[] c, double[] output) = (conditions.H ?? zero, conditions.C ?? zero, zero);
        var outputs = new List<double[]>();
        for (int i = 0; i < sequence.Length; i++)
        {
            if (conditions.Mask is null || conditions.Mask[i])
            {
                (h, c) = step(sequence[i], h, c);
                output = h;
            }
            else if (conditions.ZeroOutput)
            {
                output = zero;
            }

            outputs.Add(output);
        }

        return new Result([.. outputs], h, c);
    }

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private double Input(double[] x, int unit, int gate) =>
        bias[0, (gate * units) + unit] + Enumerable.Range(0, features).Sum(i => x[i] * kernel[i, (gate * units) + unit]);

    private double Product(double[] h, int unit, int gate) => Enumerable.Range(0, units).Sum(i => h[i] * recurrent[i, (gate * units) + unit]);

    private static double[,] RandomMatrix(int rows, int columns, Random random)
    {
        double[,] matrix = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                matrix[i, j] = (float)((random.NextDouble() * 2) - 1);
            }
        }

        return matrix;
    }

    /// <summary>One step: its input and the states before it to the states after it.</summary>
    internal delegate (double[] H, double[] C) Step(double[] x, double[] h, double[] c);

    /// <summary>What else a sequence comes with, in the order in which it is read.</summary>
    internal sealed record Conditions(bool[]? Mask = null, double[]? H = null, double[]? C = null, bool ZeroOutput = false);

    /// <summary>The outputs of all steps, and the last states.</summary>
    internal sealed record Result(double[][] Outputs, double[] H, double[] C);
}
