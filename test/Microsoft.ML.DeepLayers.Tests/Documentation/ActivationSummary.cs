using System.Reflection;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Documentation;

/// <summary>One activation function, as the documentation tells of it.</summary>
/// <param name="KerasName">Keras's name.</param>
/// <param name="Member">The member of <see cref="Activation"/> that gives it.</param>
/// <param name="Activation">The function, with default parameters where it has some.</param>
internal sealed record ActivationSummary(string KerasName, string Member, Activation Activation)
{
    /// <summary>The operators that it exports.</summary>
    public IReadOnlyCollection<string> Operators =>
        [.. LayerSummary.OperatorsOf(new LayerInfo("activation", () => new ActivationLayer(Activation), [3, 4])).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The rows of the table of layers that test the function alone, whatever its parameters.</summary>
    public int Rows => LayerTable.All.Count(row => row.Create() is ActivationLayer layer && layer.Activation.GetType() == Activation.GetType());

    /// <summary>The static members of <see cref="Activation"/>; a second name of the same function is left out.</summary>
    public static IEnumerable<ActivationSummary> All()
    {
        const BindingFlags Static = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;
        IEnumerable<(MemberInfo Member, Activation Activation)> members = typeof(Activation).GetProperties(Static)
            .Where(property => property.PropertyType == typeof(Activation))
            .Select(property => ((MemberInfo)property, (Activation)property.GetValue(null)!))
            .Concat(typeof(Activation).GetMethods(Static)
                .Where(method => method.ReturnType == typeof(Activation) && !method.IsSpecialName)
                .Select(method => ((MemberInfo)method, (Activation)method.Invoke(null, [.. method.GetParameters().Select(parameter => parameter.DefaultValue is float value ? value : 0.5f)])!)));
        return members
            .OrderBy(item => item.Member.Name, StringComparer.Ordinal)
            .DistinctBy(item => item.Activation)
            .Select(item => new ActivationSummary(XmlDocumentation.KerasName(Id(item.Member)), item.Member.Name, item.Activation));
    }

    private static string Id(MemberInfo member) => member is MethodInfo method
        ? $"M:{typeof(Activation).FullName}.{member.Name}({string.Join(",", method.GetParameters().Select(parameter => parameter.ParameterType.FullName))})"
        : $"P:{typeof(Activation).FullName}.{member.Name}";
}
