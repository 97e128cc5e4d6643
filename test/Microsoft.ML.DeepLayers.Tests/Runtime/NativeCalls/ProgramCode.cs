using System.Reflection;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Microsoft.ML.DeepLayers.Tests.Runtime.NativeCalls;

/// <summary>The IL of assemblies beside the tests: their methods, what each calls, and which method a call may reach.</summary>
internal sealed class ProgramCode : IDisposable
{
    private readonly string folder;
    private readonly DefaultAssemblyResolver resolver = new();
    private readonly Dictionary<MethodReference, MethodDefinition?> resolved = new(ReferenceEqualityComparer.Instance);

    internal ProgramCode(string folder)
    {
        this.folder = folder;
        resolver.AddSearchDirectory(folder);
        // Those of .NET itself.
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
    }

    /// <summary>The methods with a body of an assembly, those of closures and state machines among them.</summary>
    internal static IEnumerable<MethodDefinition> Methods(AssemblyDefinition assembly) =>
        Types(assembly).SelectMany(type => type.Methods).Where(method => method.HasBody);

    internal static IEnumerable<TypeDefinition> Types(AssemblyDefinition assembly) => assembly.MainModule.Types.SelectMany(WithNested);

    /// <summary>The calls of a method, and the methods that it makes delegates of.</summary>
    internal static IEnumerable<(Instruction Place, MethodReference Callee)> Calls(MethodDefinition method) => method.Body.Instructions
        .Where(instruction => instruction.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj or Code.Ldftn or Code.Ldvirtftn)
        .Select(instruction => (instruction, (MethodReference)instruction.Operand));

    /// <summary>The name of a method as one reads it: its class, its name and the types of its parameters. Closures bear the name of the method around them.</summary>
    internal static string Name(MethodReference method)
    {
        TypeReference type = method.DeclaringType;
        string name = method.Name;
        while (type.Name.StartsWith('<') && type.DeclaringType is { } outer)
        {
            name = type.Name.StartsWith("<>", StringComparison.Ordinal) ? name : type.Name;
            type = outer;
        }

        string plain = name.StartsWith('<') ? name[1..name.IndexOf('>')] : name;
        string parameters = string.Join(", ", method.Parameters.Select(parameter => parameter.ParameterType.Name));
        return $"{type.FullName.Replace('/', '.').Replace("TorchSharp.", "", StringComparison.Ordinal)}.{plain}({parameters})";
    }

    /// <summary>Reads an assembly. The resolver gives the same one for references to it, so that definitions can be compared.</summary>
    internal AssemblyDefinition Load(string name) =>
        resolver.Resolve(AssemblyNameReference.Parse(AssemblyName.GetAssemblyName(Path.Combine(folder, $"{name}.dll")).FullName));

    /// <summary>The definition of a method that is called; none where its assembly is not at hand.</summary>
    internal MethodDefinition? Resolve(MethodReference method)
    {
        if (!resolved.TryGetValue(method, out MethodDefinition? definition))
        {
            try
            {
                definition = method.Resolve();
            }
            catch (AssemblyResolutionException)
            {
                definition = null;
            }

            resolved.Add(method, definition);
        }

        return definition;
    }

    public void Dispose() => resolver.Dispose();

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) => type.NestedTypes.SelectMany(WithNested).Prepend(type);
}
