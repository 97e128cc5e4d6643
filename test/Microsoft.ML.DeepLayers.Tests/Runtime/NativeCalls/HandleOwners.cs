using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Microsoft.ML.DeepLayers.Tests.Runtime.NativeCalls;

/// <summary>
/// TorchSharp's classes that own native memory and free it when they are collected. While libtorch reads that memory, something
/// has to keep the object alive. Tensors are no part of this: dispose scopes hold them.
/// </summary>
internal sealed class HandleOwners
{
    private readonly ProgramCode code;
    private readonly HashSet<string> names;
    private readonly HashSet<MethodDefinition> makers = [];

    internal HandleOwners(ProgramCode code, AssemblyDefinition torchSharp)
    {
        this.code = code;
        Dictionary<string, TypeDefinition> types = ProgramCode.Types(torchSharp).ToDictionary(type => type.FullName);
        names = [.. types.Values.Where(type => Line(type).Any(HasFinalizer) && Line(type).Any(HoldsHandle) && !Line(type).Any(one => one.FullName == Tensor))
            .Select(type => type.FullName)];
        AddMakers(torchSharp);

        IEnumerable<TypeDefinition> Line(TypeDefinition? type)
        {
            for (; type is not null; type = type.BaseType is { } parent ? types.GetValueOrDefault(parent.GetElementType().FullName) : null)
            {
                yield return type;
            }
        }
    }

    internal const string Scalar = "TorchSharp.Scalar";
    private const string Tensor = "TorchSharp.torch/Tensor";

    internal IReadOnlyCollection<string> Names => names;

    /// <summary>Finds the methods of an assembly that make an owner and hand it to their callers.</summary>
    internal void AddMakers(AssemblyDefinition assembly)
    {
        MethodDefinition[] candidates = [.. ProgramCode.Methods(assembly).Where(method => names.Contains(method.ReturnType.GetElementType().FullName))];
        int before;
        do
        {
            before = makers.Count;
            makers.UnionWith(candidates.Where(method => ProgramCode.Calls(method)
                .Any(call => Made(call.Place, call.Callee) is not null && FateOf(method, call.Place) == Fate.Returned)));
        }
        while (makers.Count > before);
    }

    /// <summary>The class of the owner that a call makes; none if it makes none.</summary>
    internal string? Made(Instruction place, MethodReference callee)
    {
        TypeReference type = (place.OpCode.Code == Code.Newobj ? callee.DeclaringType : callee.ReturnType).GetElementType();
        return place.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj && names.Contains(type.FullName)
            && (place.OpCode.Code == Code.Newobj || code.Resolve(callee) is { } method && makers.Contains(method)) ? type.FullName : null;
    }

    /// <summary>What becomes of the value that an instruction leaves on the stack.</summary>
    internal static Fate FateOf(MethodDefinition method, Instruction place)
    {
        Instruction? next = place.Next;
        // Where branches come together, as those of a conditional expression do; casts and copies of the value.
        while (next?.OpCode.Code is Code.Br or Code.Br_S or Code.Nop or Code.Castclass or Code.Dup)
        {
            next = next.OpCode.Code is Code.Br or Code.Br_S ? (Instruction)next.Operand : next.Next;
        }

        return next?.OpCode.Code switch
        {
            Code.Ret => Fate.Returned,
            Code.Pop => Fate.Unused,
            Code.Stfld => Fate.InField,
            Code.Stsfld => Fate.InStaticField,
            Code.Call or Code.Callvirt when IsKeeper((MethodReference)next.Operand) => Fate.Disposed,
            _ when StoredVariable(method, next) is { } variable => FateOf(method, variable),
            _ => Fate.Dropped,
        };
    }

    private static Fate FateOf(MethodDefinition method, VariableDefinition variable)
    {
        Fate fate = Fate.Dropped;
        foreach (Instruction instruction in method.Body.Instructions.Where(one => LoadedVariable(method, one) == variable))
        {
            Instruction next = instruction.Next;
            if (next.OpCode.Code is Code.Call or Code.Callvirt && IsKeeper((MethodReference)next.Operand)
                || next.OpCode.Code == Code.Constrained && IsKeeper((MethodReference)next.Next.Operand))
            {
                return Fate.Disposed;
            }

            while (next.OpCode.Code is Code.Br or Code.Br_S or Code.Nop)
            {
                next = next.OpCode.Code == Code.Nop ? next.Next : (Instruction)next.Operand;
            }

            fate = next.OpCode.Code == Code.Ret ? Fate.Returned
                : StoredVariable(method, next) is { } other && other != variable && FateOf(method, other) is var copied and not Fate.Dropped ? copied
                : fate;
        }

        return fate;
    }

    private static bool IsKeeper(MethodReference callee) =>
        callee.Name == "Dispose" && callee.Parameters.Count == 0 || callee is { Name: "KeepAlive", DeclaringType.FullName: "System.GC" };

    /// <summary>Whether a field is native memory or a pin. P/Invoke itself keeps a <see cref="System.Runtime.InteropServices.SafeHandle"/> alive.</summary>
    private static bool HoldsHandle(TypeDefinition type) => type.Fields.Any(field => !field.IsStatic && IsHandle(field.FieldType));

    private static bool IsHandle(TypeReference type) => type.FullName is "System.IntPtr" or "System.Runtime.InteropServices.GCHandle"
        || type is GenericInstanceType generic && generic.GenericArguments.Any(IsHandle)
        || type.IsValueType && type.Namespace.StartsWith("TorchSharp", StringComparison.Ordinal) && type.Resolve() is { IsEnum: false } structure && HoldsHandle(structure);

    private static bool HasFinalizer(TypeDefinition type) => type.Methods.Any(method => method is { Name: "Finalize", IsVirtual: true, Parameters.Count: 0 });

    private static VariableDefinition? StoredVariable(MethodDefinition method, Instruction? instruction) => instruction?.OpCode.Code switch
    {
        Code.Stloc_0 or Code.Stloc_1 or Code.Stloc_2 or Code.Stloc_3 => method.Body.Variables[instruction.OpCode.Code - Code.Stloc_0],
        Code.Stloc or Code.Stloc_S => (VariableDefinition)instruction.Operand,
        _ => null,
    };

    private static VariableDefinition? LoadedVariable(MethodDefinition method, Instruction instruction) => instruction.OpCode.Code switch
    {
        Code.Ldloc_0 or Code.Ldloc_1 or Code.Ldloc_2 or Code.Ldloc_3 => method.Body.Variables[instruction.OpCode.Code - Code.Ldloc_0],
        Code.Ldloc or Code.Ldloc_S => (VariableDefinition)instruction.Operand,
        _ => null,
    };
}

/// <summary>What a method does with a handle owner that it obtained.</summary>
internal enum Fate
{
    /// <summary>Nothing keeps it alive until the native call returns.</summary>
    Dropped,

    /// <summary>No native call gets it.</summary>
    Unused,

    /// <summary>Disposed, or kept by <see cref="GC.KeepAlive"/>: alive until then.</summary>
    Disposed,

    /// <summary>Handed to the caller.</summary>
    Returned,

    /// <summary>Kept by another object.</summary>
    InField,

    /// <summary>Kept for ever.</summary>
    InStaticField,
}
