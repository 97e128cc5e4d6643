namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>
/// The learning rate schedules' rules, written from keras/src/optimizers/schedules/learning_rate_schedule.py and
/// torch/optim/lr_scheduler.py in plain C#.
/// </summary>
internal static class ScheduleRules
{
    internal static double Rate(LearningRateSchedule schedule, long step, long total) => schedule switch
    {
        ConstantLearningRate constant => constant.LearningRate,
        ExponentialDecay s => Exponential(s, step, s.DecaySteps ?? total),
        InverseTimeDecay s => InverseTime(s, step, s.DecaySteps ?? total),
        StepDecay s => Enumerable.Repeat((double)s.Gamma, (int)(step / s.StepSize)).Aggregate((double)s.InitialLearningRate, (rate, gamma) => rate * gamma),
        PiecewiseConstantDecay s => Piecewise(s, step),
        PolynomialDecay s => Polynomial(s, step, s.DecaySteps ?? total),
        CosineDecay s => Cosine(s, step, s.DecaySteps ?? Math.Max(1, total - s.WarmupSteps)),
        CosineDecayRestarts s => Restarts(s, step, s.FirstDecaySteps ?? total),
        OneCycle s => Cycle(s, step, s.TotalSteps ?? total),
        Warmup s => step < s.WarmupSteps
            ? s.InitialLearningRate + ((Rate(s.Schedule, 0, Math.Max(1, total - s.WarmupSteps)) - s.InitialLearningRate) * step / s.WarmupSteps)
            : Rate(s.Schedule, step - s.WarmupSteps, Math.Max(1, total - s.WarmupSteps)),
        _ => throw new NotSupportedException($"Write down the rule of {schedule.GetType().Name}."),
    };

    private static double Exponential(ExponentialDecay s, double step, double steps)
    {
        double p = step / steps;
        return s.InitialLearningRate * Math.Exp(Math.Log(s.DecayRate) * (s.Staircase ? (long)p : p));
    }

    private static double InverseTime(InverseTimeDecay s, double step, double steps)
    {
        double p = step / steps;
        return s.InitialLearningRate / (1 + ((double)s.DecayRate * (s.Staircase ? (long)p : p)));
    }

    private static double Piecewise(PiecewiseConstantDecay s, long step)
    {
        double rate = 0;
        for (int i = 0; i < s.Values.Length; i++)
        {
            bool aboveLow = i == 0 || step > s.Boundaries[i - 1];
            bool belowHigh = i == s.Boundaries.Length || step <= s.Boundaries[i];
            rate += aboveLow && belowHigh ? s.Values[i] : 0;
        }

        return rate;
    }

    private static double Polynomial(PolynomialDecay s, double step, double steps)
    {
        if (s.Cycle)
        {
            steps *= step == 0 ? 1 : Math.Ceiling(step / steps);
        }
        else
        {
            step = Math.Min(step, steps);
        }

        return ((s.InitialLearningRate - (double)s.EndLearningRate) * Math.Pow(1 - (step / steps), s.Power)) + s.EndLearningRate;
    }

    private static double Cosine(CosineDecay s, double step, double steps)
    {
        if (s.WarmupTarget is { } target && step < s.WarmupSteps)
        {
            return s.InitialLearningRate + ((target - (double)s.InitialLearningRate) * (step / s.WarmupSteps));
        }

        double fraction = Math.Min(step - s.WarmupSteps, steps) / steps;
        double decayed = ((1 - (double)s.Alpha) * 0.5 * (1 + Math.Cos(Math.PI * fraction))) + s.Alpha;
        return (s.WarmupTarget ?? s.InitialLearningRate) * decayed;
    }

    /// <summary>Fall after fall, as Keras's own test has it.</summary>
    private static double Restarts(CosineDecayRestarts s, double step, double steps)
    {
        double factor = 1;
        while (step >= steps)
        {
            step -= steps;
            steps *= s.TMul;
            factor *= s.MMul;
        }

        return s.InitialLearningRate * (((1 - (double)s.Alpha) * factor * 0.5 * (1 + Math.Cos(Math.PI * step / steps))) + s.Alpha);
    }

    /// <summary>PyTorch's list of phases.</summary>
    private static double Cycle(OneCycle s, double step, long total)
    {
        double initial = s.MaxLearningRate / (double)s.DivFactor, least = initial / s.FinalDivFactor;
        if (step > total - 1)
        {
            return least; // PyTorch refuses steps beyond the end.
        }

        (double End, double From, double To)[] phases = [((s.PctStart * (double)total) - 1, initial, s.MaxLearningRate), (total - 1, s.MaxLearningRate, least)];
        double start = 0;
        for (int i = 0; i < phases.Length; i++)
        {
            (double end, double from, double to) = phases[i];
            if (step <= end || i == phases.Length - 1)
            {
                double cosine = Math.Cos(Math.PI * ((step - start) / (end - start))) + 1;
                return to + ((from - to) / 2 * cosine);
            }

            start = end;
        }

        throw new InvalidOperationException("No phase.");
    }
}
