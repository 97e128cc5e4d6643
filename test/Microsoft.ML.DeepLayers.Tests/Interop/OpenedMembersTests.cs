using System.Reflection;

namespace Microsoft.ML.DeepLayers.Tests.Interop;

/// <summary>ML.NET's internal members that the library was compiled with are in the ML.NET that it runs with.</summary>
[TestClass]
public sealed class OpenedMembersTests
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] Opened = [typeof(SchemaShape).Assembly, typeof(MLContext).Assembly];

    public static IEnumerable<object[]> Lines()
    {
        using Stream stream = typeof(NeuralNetworkTransformer).Assembly.GetManifestResourceStream("OpenedMembers.txt")!;
        using var reader = new StreamReader(stream);
        foreach (string line in reader.ReadToEnd().Split('\n').Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0))
        {
            yield return [line];
        }
    }

    [TestMethod]
    [DynamicData(nameof(Lines))]
    public void Each_is_where_it_was(string line)
    {
        string[] parts = line.Split("::");
        Type? type = Opened.Select(assembly => assembly.GetType(parts[0])).FirstOrDefault(found => found is not null);
        Assert.IsNotNull(type, $"This ML.NET ({Versions()}) has no type {parts[0]} any more. Find where it went and change OpenedMembers.txt and Interop/.");
        if (parts.Length > 1)
        {
            Assert.IsNotEmpty(
                type.GetMember(parts[1], All),
                $"{parts[0]} of this ML.NET ({Versions()}) has no member {parts[1]} any more. Find where it went and change OpenedMembers.txt and Interop/.");
        }
    }

    [TestMethod]
    public void Each_is_internal_or_needs_no_opening()
    {
        foreach (string line in Lines().Select(item => (string)item[0]))
        {
            string[] parts = line.Split("::");
            Type type = Opened.Select(assembly => assembly.GetType(parts[0])).First(found => found is not null)!;
            bool isPublic = parts.Length == 1
                ? type.IsVisible
                : type.IsVisible && type.GetMember(parts[1], All).All(member => member is MethodBase { IsPublic: true } or FieldInfo { IsPublic: true });
            Assert.IsFalse(isPublic, $"{line} is public in this ML.NET ({Versions()}): take it off the list.");
        }
    }

    [TestMethod]
    public void Each_is_listed_once() => Assert.AreEqual(Lines().Count(), Lines().Select(line => line[0]).Distinct().Count());

    private static string Versions() => string.Join(", ", Opened.Select(assembly =>
        $"{assembly.GetName().Name} {assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}"));
}
