namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>
/// Keras's update rules, written from keras/src/optimizers/*.py in plain C# and double precision, one weight at a time.
/// </summary>
internal static class OptimizerRules
{
    /// <summary>The weights after each step.</summary>
    /// <param name="optimizer">The optimizer, of a constant learning rate.</param>
    /// <param name="start">All weights, tensor behind tensor.</param>
    /// <param name="gradients">Their gradients at each step.</param>
    /// <param name="shapes">The shapes of the tensors; one of a single dimension if none are given.</param>
    internal static double[][] Run(Optimizer optimizer, double[] start, double[][] gradients, params int[][] shapes)
    {
        shapes = shapes.Length == 0 ? [[start.Length]] : shapes;
        double rate = ((ConstantLearningRate)optimizer.LearningRate).LearningRate;
        TensorRule[] rules = [.. shapes.Select(shape => Rule(optimizer, shape, rate))];
        double[][] weights = Split(start, shapes);
        return [.. gradients.Select(step =>
        {
            double[][] clipped = Clip(optimizer, Split(step, shapes));
            for (int i = 0; i < shapes.Length; i++)
            {
                bool decays = shapes[i].Length > 1 || !optimizer.ExcludeBiasAndNormFromWeightDecay;
                double[] decayed = [.. weights[i].Select(weight => decays ? weight - (rate * optimizer.WeightDecay * weight) : weight)];
                weights[i] = rules[i](decayed, clipped[i]);
            }

            return weights.SelectMany(tensor => tensor).ToArray();
        })];
    }

    /// <summary>One tensor's rule with its memory: from weights and gradients to the new weights.</summary>
    private delegate double[] TensorRule(double[] weights, double[] gradients);

    private static double[][] Split(double[] values, int[][] shapes)
    {
        int offset = 0;
        return [.. shapes.Select(shape => values[offset..(offset += Size(shape))])];
    }

    private static int Size(int[] shape) => shape.Aggregate(1, (size, dimension) => size * dimension);

    private static double[][] Clip(Optimizer optimizer, double[][] gradients)
    {
        if (optimizer.ClipValue is { } value)
        {
            gradients = [.. gradients.Select(tensor => tensor.Select(gradient => Math.Clamp(gradient, -value, value)).ToArray())];
        }

        if (optimizer.ClipNorm is { } norm)
        {
            gradients = [.. gradients.Select(tensor => Scale(tensor, Math.Min(1, norm / Norm(tensor))))];
        }

        if (optimizer.GlobalClipNorm is { } all)
        {
            double factor = Math.Min(1, all / Norm(gradients.SelectMany(tensor => tensor)));
            gradients = [.. gradients.Select(tensor => Scale(tensor, factor))];
        }

        return gradients;
    }

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    private static double RootMeanSquare(double[] values) => Norm(values) / Math.Sqrt(values.Length);

    private static double[] Scale(double[] values, double factor) => [.. values.Select(value => value * factor)];

    private static TensorRule Rule(Optimizer optimizer, int[] shape, double rate)
    {
        if (optimizer is Lamb lamb)
        {
            return LambRule(rate, lamb.Beta1, lamb.Beta2, lamb.Epsilon, Size(shape));
        }

        if (optimizer is Adafactor factor)
        {
            return AdafactorRule(factor, rate, shape);
        }

        Func<double, double, double>[] rules = [.. Enumerable.Range(0, Size(shape)).Select(_ => Rule(optimizer, rate))];
        return (weights, gradients) => [.. rules.Select((rule, i) => rule(weights[i], gradients[i]))];
    }

    /// <summary>One weight's rule with its memory: from a weight and its gradient to the new weight.</summary>
    private static Func<double, double, double> Rule(Optimizer optimizer, double rate) => optimizer switch
    {
        Adam adam => AdamRule(rate, adam.Beta1, adam.Beta2, adam.Epsilon, adam.Amsgrad),
        AdamW adam => AdamRule(rate, adam.Beta1, adam.Beta2, adam.Epsilon, adam.Amsgrad),
        Adamax adamax => AdamaxRule(rate, adamax.Beta1, adamax.Beta2, adamax.Epsilon),
        Nadam nadam => NadamRule(rate, nadam.Beta1, nadam.Beta2, nadam.Epsilon),
        RAdam radam => RAdamRule(rate, radam.Beta1, radam.Beta2, radam.Epsilon),
        Adagrad adagrad => AdagradRule(rate, adagrad.InitialAccumulatorValue, adagrad.Epsilon),
        Adadelta adadelta => AdadeltaRule(rate, adadelta.Rho, adadelta.Epsilon),
        Lion lion => LionRule(rate, lion.Beta1, lion.Beta2),
        SGD sgd => SgdRule(rate, sgd.Momentum, sgd.Nesterov),
        RMSprop rms => RmsRule(rate, rms.Rho, rms.Momentum, rms.Epsilon, rms.Centered),
        _ => throw new NotSupportedException($"Write down the rule of {optimizer.GetType().Name}."),
    };

    private static Func<double, double, double> AdamaxRule(double rate, double beta1, double beta2, double epsilon)
    {
        double m = 0, u = 0;
        int t = 0;
        return (weight, gradient) =>
        {
            t++;
            m = (beta1 * m) + ((1 - beta1) * gradient);
            u = Math.Max(beta2 * u, Math.Abs(gradient));
            return weight - (rate / (1 - Math.Pow(beta1, t)) * m / (u + epsilon));
        };
    }

    private static Func<double, double, double> NadamRule(double rate, double beta1, double beta2, double epsilon)
    {
        double m = 0, v = 0, product = 1;
        int t = 0;
        double Momentum(int step) => beta1 * (1 - (0.5 * Math.Pow(0.96, step)));
        return (weight, gradient) =>
        {
            t++;
            product *= Momentum(t);
            m = (beta1 * m) + ((1 - beta1) * gradient);
            v = (beta2 * v) + ((1 - beta2) * gradient * gradient);
            double ahead = (Momentum(t + 1) * m / (1 - (product * Momentum(t + 1)))) + ((1 - Momentum(t)) * gradient / (1 - product));
            return weight - (rate * ahead / (Math.Sqrt(v / (1 - Math.Pow(beta2, t))) + epsilon));
        };
    }

    /// <summary>Algorithm 2 of Liu et al. 2020; epsilon, and the rectification from 5 on, are PyTorch's.</summary>
    private static Func<double, double, double> RAdamRule(double rate, double beta1, double beta2, double epsilon)
    {
        double m = 0, v = 0;
        int t = 0;
        return (weight, gradient) =>
        {
            t++;
            m = (beta1 * m) + ((1 - beta1) * gradient);
            v = (beta2 * v) + ((1 - beta2) * gradient * gradient);
            double corrected = m / (1 - Math.Pow(beta1, t));
            double longest = (2 / (1 - beta2)) - 1;
            double length = longest - (2 * t * Math.Pow(beta2, t) / (1 - Math.Pow(beta2, t)));
            if (length <= 5)
            {
                return weight - (rate * corrected);
            }

            double rectification = Math.Sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
            return weight - (rate * corrected * rectification * Math.Sqrt(1 - Math.Pow(beta2, t)) / (Math.Sqrt(v) + epsilon));
        };
    }

    private static Func<double, double, double> AdagradRule(double rate, double start, double epsilon)
    {
        double sum = start;
        return (weight, gradient) =>
        {
            sum += gradient * gradient;
            return weight - (rate * gradient / Math.Sqrt(sum + epsilon));
        };
    }

    private static Func<double, double, double> AdadeltaRule(double rate, double rho, double epsilon)
    {
        double square = 0, change = 0;
        return (weight, gradient) =>
        {
            square = (rho * square) + ((1 - rho) * gradient * gradient);
            double delta = -Math.Sqrt(change + epsilon) * gradient / Math.Sqrt(square + epsilon);
            change = (rho * change) + ((1 - rho) * delta * delta);
            return weight + (rate * delta);
        };
    }

    private static Func<double, double, double> LionRule(double rate, double beta1, double beta2)
    {
        double m = 0;
        return (weight, gradient) =>
        {
            double direction = Math.Sign((beta1 * m) + ((1 - beta1) * gradient));
            m = (beta2 * m) + ((1 - beta2) * gradient);
            return weight - (rate * direction);
        };
    }

    private static TensorRule LambRule(double rate, double beta1, double beta2, double epsilon, int size)
    {
        double[] m = new double[size], v = new double[size];
        int t = 0;
        return (weights, gradients) =>
        {
            t++;
            double[] step = [.. gradients.Select((gradient, i) =>
            {
                m[i] = (beta1 * m[i]) + ((1 - beta1) * gradient);
                v[i] = (beta2 * v[i]) + ((1 - beta2) * gradient * gradient);
                return m[i] / (1 - Math.Pow(beta1, t)) / (Math.Sqrt(v[i] / (1 - Math.Pow(beta2, t))) + epsilon);
            })];
            double ratio = Norm(weights) > 0 && Norm(step) > 0 ? Norm(weights) / Norm(step) : 1;
            return [.. weights.Select((weight, i) => weight - (rate * ratio * step[i]))];
        };
    }

    /// <summary>Rows are the last dimension, columns the last but one; of more dimensions each matrix stands for itself.</summary>
    private static TensorRule AdafactorRule(Adafactor options, double rate, int[] shape)
    {
        bool factored = shape.Length > 1;
        int columns = factored ? shape[^1] : 1, rows = factored ? shape[^2] : Size(shape), matrices = Size(shape) / (rows * columns);
        double[] r = new double[matrices * rows], c = new double[matrices * columns];
        int t = 0;
        return (weights, gradients) =>
        {
            t++;
            double beta2 = 1 - Math.Pow(t, options.Beta2Decay);
            double Square(int matrix, int row, int column) => Math.Pow(gradients[(((matrix * rows) + row) * columns) + column], 2) + options.Epsilon1;
            double[] v = new double[weights.Length];
            for (int matrix = 0; matrix < matrices; matrix++)
            {
                for (int row = 0; row < rows; row++)
                {
                    double mean = Enumerable.Range(0, columns).Average(column => Square(matrix, row, column));
                    r[(matrix * rows) + row] = (beta2 * r[(matrix * rows) + row]) + ((1 - beta2) * mean);
                }

                for (int column = 0; column < columns; column++)
                {
                    double mean = Enumerable.Range(0, rows).Average(row => Square(matrix, row, column));
                    c[(matrix * columns) + column] = (beta2 * c[(matrix * columns) + column]) + ((1 - beta2) * mean);
                }

                double meanOfRows = r.Skip(matrix * rows).Take(rows).Average();
                for (int i = 0; i < rows * columns; i++)
                {
                    double row = r[(matrix * rows) + (i / columns)];
                    v[(matrix * rows * columns) + i] = factored ? row / meanOfRows * c[(matrix * columns) + (i % columns)] : row;
                }
            }

            double[] step = [.. gradients.Select((gradient, i) => gradient / Math.Sqrt(v[i]))];
            double size = Math.Max(options.Epsilon2, RootMeanSquare(weights)) * Math.Min(rate, 1 / Math.Sqrt(t));
            double factor = size / Math.Max(1, RootMeanSquare(step) / options.ClipThreshold);
            return [.. weights.Select((weight, i) => weight - (factor * step[i]))];
        };
    }

    private static Func<double, double, double> AdamRule(double rate, double beta1, double beta2, double epsilon, bool amsgrad)
    {
        double m = 0, v = 0, largest = 0;
        int t = 0;
        return (weight, gradient) =>
        {
            t++;
            double alpha = rate * Math.Sqrt(1 - Math.Pow(beta2, t)) / (1 - Math.Pow(beta1, t));
            m += (gradient - m) * (1 - beta1);
            v += ((gradient * gradient) - v) * (1 - beta2);
            largest = Math.Max(largest, v);
            return weight - (m * alpha / (Math.Sqrt(amsgrad ? largest : v) + epsilon));
        };
    }

    private static Func<double, double, double> SgdRule(double rate, double momentum, bool nesterov)
    {
        double velocity = 0;
        return (weight, gradient) =>
        {
            velocity = (momentum * velocity) - (gradient * rate);
            return weight + (nesterov ? (velocity * momentum) - (gradient * rate) : velocity);
        };
    }

    private static Func<double, double, double> RmsRule(double rate, double rho, double momentum, double epsilon, bool centered)
    {
        double velocity = 0, average = 0, kept = 0;
        return (weight, gradient) =>
        {
            velocity = (rho * velocity) + ((1 - rho) * gradient * gradient);
            double denominator = velocity + epsilon;
            if (centered)
            {
                average = (rho * average) + ((1 - rho) * gradient);
                denominator -= average * average;
            }

            double increment = rate * gradient / Math.Sqrt(denominator);
            kept = (momentum * kept) + increment;
            return weight - (momentum > 0 ? kept : increment);
        };
    }
}
