using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Optimizers in words: the learning rate and what is not as by default, the same in every culture. A checkpoint knows its
/// optimizer by this text.
/// </summary>
internal static class OptimizerText
{
    /// <summary>E.g. <c>Adam { LearningRate = 0.001, Beta1 = 0.8 }</c>.</summary>
    internal static string Of(Optimizer optimizer)
    {
        Type type = optimizer.GetType();
        ParameterInfo[] parameters = type.GetConstructors()[0].GetParameters();
        object usual = type.GetConstructors()[0].Invoke([.. parameters.Select(parameter => parameter.DefaultValue)]);
        // The constructor's parameters in their order, then what every optimizer has.
        IEnumerable<PropertyInfo> properties = Properties(type)
            .OrderBy(property => Array.FindIndex(parameters, parameter => Names(parameter, property)) is >= 0 and var index ? index : int.MaxValue)
            .Where(property => property.Name == nameof(Optimizer.LearningRate) || !Equals(property.GetValue(optimizer), property.GetValue(usual)));
        return Text(optimizer, properties);
    }

    private static bool Names(ParameterInfo parameter, PropertyInfo property) =>
        string.Equals(parameter.Name, property.Name, StringComparison.OrdinalIgnoreCase);

    private static PropertyInfo[] Properties(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance);

    private static string Text(object value, IEnumerable<PropertyInfo> properties) =>
        $"{value.GetType().Name} {{ {string.Join(", ", properties.Select(property => $"{property.Name} = {Text(property.GetValue(value))}"))} }}";

    private static string Text(object? value) => value switch
    {
        null => "null",
        string text => text,
        ConstantLearningRate constant => Text(constant.LearningRate),
        // A schedule that prints itself does so; what the compiler prints of one follows the thread's culture.
        LearningRateSchedule when value.GetType().GetMethod(nameof(ToString), Type.EmptyTypes)!.IsDefined(typeof(CompilerGeneratedAttribute)) =>
            Text(value, Properties(value.GetType())),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Text))}]",
        _ => value.ToString() ?? "",
    };
}
