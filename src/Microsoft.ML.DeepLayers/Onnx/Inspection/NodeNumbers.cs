namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>
/// The elements of small tensors that are known before a graph runs, as shapes are computed from: by the arithmetic of their
/// type, or <see langword="null"/> where that cannot be followed exactly. A wrong number would be a wrong size.
/// </summary>
internal static class NodeNumbers
{
    /// <summary>Beyond, integers are not exact as <see cref="double"/>.</summary>
    internal const double MostExact = 1L << 53;

    internal static double[]? Unary(NodeOutline node, TensorSize input)
    {
        Func<double, double>? function = node.OpType switch
        {
            "Identity" => null,
            "Abs" => Math.Abs,
            "Neg" => number => -number,
            "Floor" => Math.Floor,
            "Ceil" => Math.Ceiling,
            "Not" => number => number == 0 ? 1 : 0,
            "Sign" => number => double.IsNaN(number) ? number : Math.Sign(number),
            "Relu" => number => Math.Max(number, 0),
            _ => number => double.PositiveInfinity,
        };
        if (function is null || input.Numbers is null)
        {
            return input.Numbers;
        }

        return Exact([.. input.Numbers.Select(function)], input.Type, input.Numbers);
    }

    internal static double[]? Cast(TensorSize input, int type) => input.Numbers is not { } numbers ? null : type switch
    {
        ElementTypes.Bool => [.. numbers.Select(number => number != 0 ? 1.0 : 0)],
        ElementTypes.Int64 or ElementTypes.Int32 => Exact([.. numbers.Select(Math.Truncate)], type, numbers),
        ElementTypes.Float => Exact(numbers, type, numbers),
        _ => null,
    };

    internal static double[]? Several(NodeOutline node, TensorSize[] values, int type, long count)
    {
        if (count > TensorOutline.MostNumbers || Array.Exists(values, value => value.Numbers is null || (value.Numbers.Length != 1 && value.Numbers.Length != count)))
        {
            return null;
        }

        double[] result = new double[count];
        for (int i = 0; i < count; i++)
        {
            double[] operands = [.. values.Select(value => value.Numbers![value.Numbers.Length == 1 ? 0 : i])];
            if (Array.Exists(operands, operand => Math.Abs(operand) > MostExact) || Combine(node, operands, values[0].Type) is not { } number)
            {
                return null;
            }

            result[i] = number;
        }

        return Exact(result, type, result);
    }

    internal static double[]? Reduce(string operation, TensorSize input)
    {
        if (input.Numbers is not { Length: > 0 } numbers)
        {
            return null;
        }

        // Sums of as many as there may be stay exact, and those of floats are rounded in an order that is not known.
        bool isExact = ElementTypes.IsWhole(input.Type) && !Array.Exists(numbers, number => Math.Abs(number) > MostExact / TensorOutline.MostNumbers);
        double? result = operation switch
        {
            "ReduceProd" or "ReduceSum" when !isExact => null,
            "ReduceProd" => numbers.Aggregate(1.0, (product, number) => product * number),
            "ReduceSum" => numbers.Sum(),
            "ReduceMax" => numbers.Max(),
            "ReduceMin" => numbers.Min(),
            _ => null,
        };
        return result is { } known ? Exact([known], input.Type, numbers) : null;
    }

    internal static double[]? Repeat(double[] one, long count) => count <= TensorOutline.MostNumbers ? [.. Enumerable.Repeat(one[0], (int)count)] : null;

    internal static double[]? Gather(double[]? numbers, double[]? indices)
    {
        if (numbers is null || indices is null)
        {
            return null;
        }

        double[] taken = new double[indices.Length];
        for (int i = 0; i < taken.Length; i++)
        {
            double index = indices[i] < 0 ? indices[i] + numbers.Length : indices[i];
            if (index < 0 || index >= numbers.Length)
            {
                return null;
            }

            taken[i] = numbers[(int)index];
        }

        return taken;
    }

    /// <summary>Cuts from an axis as ONNX does, and from its numbers where they are known.</summary>
    internal static (long Length, double[]? Numbers) Slice(long length, double start, double end, double step, double[]? numbers)
    {
        if (step == 0 || double.IsNaN(step))
        {
            return (length, null);
        }

        double from = Math.Clamp(start < 0 ? start + length : start, 0, step < 0 ? Math.Max(0, length - 1) : length);
        double to = step < 0 ? Math.Clamp(end < 0 ? end + length : end, -1, length) : Math.Clamp(end < 0 ? end + length : end, 0, length);
        long count = (long)Math.Max(0, Math.Ceiling((to - from) / step));
        return (count, numbers?.Length == length && count <= length ? [.. Enumerable.Range(0, (int)count).Select(i => numbers[(int)(from + (i * step))])] : null);
    }

    private static double? Combine(NodeOutline node, double[] operands, int type)
    {
        bool isWhole = ElementTypes.IsWhole(type);
        return (node.OpType, operands) switch
        {
            ("Add" or "Sum", [double left, double right]) => left + right,
            ("Sub", [double left, double right]) => left - right,
            ("Mul", [double left, double right]) => left * right,
            ("Div", [double left, double right]) => !isWhole ? left / right : right == 0 ? null : Math.Truncate(left / right),
            ("Mod", [double left, double right]) => right == 0 || !isWhole || node.Integer("fmod", 0) != 0 ? null : left - (right * Math.Floor(left / right)),
            ("Max", _) => operands.Max(),
            ("Min", _) => operands.Min(),
            ("And", [double left, double right]) => left != 0 && right != 0 ? 1 : 0,
            ("Or", [double left, double right]) => left != 0 || right != 0 ? 1 : 0,
            ("Equal", [double left, double right]) => left == right ? 1 : 0,
            ("Greater", [double left, double right]) => left > right ? 1 : 0,
            ("GreaterOrEqual", [double left, double right]) => left >= right ? 1 : 0,
            ("Less", [double left, double right]) => left < right ? 1 : 0,
            ("LessOrEqual", [double left, double right]) => left <= right ? 1 : 0,
            ("Where", [double condition, double left, double right]) => condition != 0 ? left : right,
            _ => null,
        };
    }

    /// <summary>Results as their type has them, or nothing where a type would have rounded or wrapped them.</summary>
    private static double[]? Exact(double[] results, int type, double[] operands)
    {
        double most = type switch
        {
            ElementTypes.Int64 => MostExact,
            ElementTypes.Int32 => int.MaxValue,
            ElementTypes.Bool => 1,
            ElementTypes.Float => float.MaxValue,
            _ => -1,
        };
        if (Array.Exists(results, number => !(Math.Abs(number) <= most)) || Array.Exists(operands, number => !(Math.Abs(number) <= Math.Max(most, MostExact))))
        {
            return null;
        }

        return type == ElementTypes.Float ? [.. results.Select(number => (double)(float)number)] : results;
    }
}
