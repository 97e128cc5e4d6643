namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>
/// Keras's update rules, written from keras/src/optimizers/*.py in plain C# and double precision, one weight at a time.
/// </summary>
internal static class OptimizerRules
{
    /// <summary>The weights after each step.</summary>
    internal static double[][] Run(Optimizer optimizer, double[] start, double[][] gradients)
    {
        double[] weights = [.. start];
        Func<double, double, double>[] rules = [.. start.Select(_ => Rule(optimizer))];
        return [.. gradients.Select(step =>
        {
            for (int i = 0; i < weights.Length; i++)
            {
                weights[i] = rules[i](weights[i], step[i]);
            }

            return weights.ToArray();
        })];
    }

    /// <summary>One weight's rule with its memory: from a weight and its gradient to the new weight.</summary>
    private static Func<double, double, double> Rule(Optimizer optimizer) => optimizer switch
    {
        Adam adam => AdamRule((float)((ConstantLearningRate)adam.LearningRate).LearningRate, adam.Beta1, adam.Beta2, adam.Epsilon, 0),
        AdamW adam => AdamRule((float)((ConstantLearningRate)adam.LearningRate).LearningRate, adam.Beta1, adam.Beta2, adam.Epsilon, adam.WeightDecay),
        SGD sgd => SgdRule((float)((ConstantLearningRate)sgd.LearningRate).LearningRate, sgd.Momentum, sgd.Nesterov),
        RMSprop rms => RmsRule((float)((ConstantLearningRate)rms.LearningRate).LearningRate, rms.Rho, rms.Momentum, rms.Epsilon, rms.Centered),
        _ => throw new NotSupportedException($"Write down the rule of {optimizer.GetType().Name}."),
    };

    private static Func<double, double, double> AdamRule(double rate, double beta1, double beta2, double epsilon, double decay)
    {
        double m = 0, v = 0;
        int t = 0;
        return (weight, gradient) =>
        {
            t++;
            weight -= weight * decay * rate;
            double alpha = rate * Math.Sqrt(1 - Math.Pow(beta2, t)) / (1 - Math.Pow(beta1, t));
            m += (gradient - m) * (1 - beta1);
            v += ((gradient * gradient) - v) * (1 - beta2);
            return weight - (m * alpha / (Math.Sqrt(v) + epsilon));
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
