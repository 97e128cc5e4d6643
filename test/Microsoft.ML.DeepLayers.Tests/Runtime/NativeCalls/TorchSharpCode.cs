using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Microsoft.ML.DeepLayers.Tests.Runtime.NativeCalls;

/// <summary>TorchSharp's methods with what each may reach: other methods, overrides, closures, native entry points.</summary>
internal sealed class TorchSharpCode
{
    private readonly Dictionary<MethodDefinition, List<MethodDefinition>> callees = [];
    private readonly Dictionary<MethodDefinition, MethodDefinition?> towardsDropped = [];
    private readonly Dictionary<MethodDefinition, string> dropped = [];

    internal TorchSharpCode(ProgramCode code)
    {
        Assembly = code.Load("TorchSharp");
        Owners = new HandleOwners(code, Assembly);
        ILookup<string, MethodDefinition> byName = ProgramCode.Types(Assembly).SelectMany(type => type.Methods).Where(method => method.IsVirtual)
            .ToLookup(method => $"{method.Name} {method.Parameters.Count}");
        foreach (MethodDefinition method in ProgramCode.Types(Assembly).SelectMany(type => type.Methods))
        {
            callees.Add(method, []);
        }

        foreach (MethodDefinition method in callees.Keys)
        {
            List<MethodDefinition> reached = callees[method];
            if (method.HasBody)
            {
                reached.AddRange(ProgramCode.Calls(method).Where(call => !IsForwardDelegate(method, call.Place)).Select(call => code.Resolve(call.Callee)).OfType<MethodDefinition>().Where(callees.ContainsKey));
                FindDropped(method);
            }

            if (method.IsVirtual)
            {
                reached.AddRange(byName[$"{method.Name} {method.Parameters.Count}"].Where(other => other != method && Inherits(other.DeclaringType, method.DeclaringType)));
            }

            // An iterator's body is a method of a class of its own.
            reached.AddRange(method.DeclaringType.NestedTypes.Where(type => type.Name.StartsWith($"<{method.Name}>d__", StringComparison.Ordinal))
                .SelectMany(type => type.Methods));
        }

        SpreadDropped();
    }

    internal AssemblyDefinition Assembly { get; }

    internal HandleOwners Owners { get; }

    /// <summary>The version of the package.</summary>
    internal string Version => ((string)Assembly.CustomAttributes
        .Single(attribute => attribute.AttributeType.Name == "AssemblyInformationalVersionAttribute").ConstructorArguments[0].Value).Split('+')[0];

    /// <summary>The members that, or whose callees, obtain a handle owner and drop it.</summary>
    internal IEnumerable<MethodDefinition> Dropping => towardsDropped.Keys;

    /// <summary>The methods that themselves obtain a handle owner and drop it.</summary>
    internal IReadOnlyDictionary<MethodDefinition, string> Dropped => dropped;

    /// <summary>How a member comes to drop a handle owner: the chain of calls and the owner's class. None where it does not.</summary>
    internal string? ChainToDropped(MethodDefinition member)
    {
        if (!towardsDropped.ContainsKey(member))
        {
            return null;
        }

        var chain = new List<string>();
        MethodDefinition last = member;
        for (MethodDefinition? at = member; at is not null; at = towardsDropped[at])
        {
            chain.Add(ProgramCode.Name(at));
            last = at;
        }

        return $"{string.Join(" → ", chain)} drops a {dropped[last]}";
    }

    /// <summary>The entry points that a member may reach, each with the chain of calls.</summary>
    internal IEnumerable<(string EntryPoint, string Chain)> EntryPoints(MethodDefinition member)
    {
        var from = new Dictionary<MethodDefinition, MethodDefinition?> { [member] = null };
        var queue = new Queue<MethodDefinition>([member]);
        while (queue.TryDequeue(out MethodDefinition? method))
        {
            if (method.HasPInvokeInfo)
            {
                var chain = new List<string>();
                for (MethodDefinition? at = method; at is not null; at = from[at])
                {
                    chain.Insert(0, ProgramCode.Name(at));
                }

                yield return (method.PInvokeInfo.EntryPoint, string.Join(" → ", chain));
            }

            foreach (MethodDefinition callee in callees[method])
            {
                if (from.TryAdd(callee, method))
                {
                    queue.Enqueue(callee);
                }
            }
        }
    }

    /// <summary>Constructors of modules make a delegate of <c>forward</c> for libtorch, which calls it in <c>forward</c> alone.</summary>
    private static bool IsForwardDelegate(MethodDefinition method, Instruction place) =>
        method.IsConstructor && method.DeclaringType.Name.StartsWith("Module", StringComparison.Ordinal) && place.OpCode.Code is Code.Ldftn or Code.Ldvirtftn;

    private void FindDropped(MethodDefinition method)
    {
        foreach ((var place, MethodReference callee) in ProgramCode.Calls(method))
        {
            if (Owners.Made(place, callee) is { } owner && HandleOwners.FateOf(method, place) == Fate.Dropped)
            {
                dropped.TryAdd(method, owner);
            }
        }
    }

    private void SpreadDropped()
    {
        ILookup<MethodDefinition, MethodDefinition> callers = callees.SelectMany(item => item.Value.Select(callee => (callee, Caller: item.Key)))
            .ToLookup(item => item.callee, item => item.Caller);
        var queue = new Queue<MethodDefinition>(dropped.Keys);
        foreach (MethodDefinition method in dropped.Keys)
        {
            towardsDropped.Add(method, null);
        }

        while (queue.TryDequeue(out MethodDefinition? method))
        {
            foreach (MethodDefinition caller in callers[method])
            {
                if (towardsDropped.TryAdd(caller, method))
                {
                    queue.Enqueue(caller);
                }
            }
        }
    }

    private static bool Inherits(TypeDefinition type, TypeDefinition from) =>
        from.IsInterface ? type.Interfaces.Any(one => one.InterfaceType.GetElementType().FullName == from.FullName)
        : type.BaseType is { } parent && (parent.GetElementType().FullName == from.FullName || parent.Resolve() is { } above && above.Module == from.Module && Inherits(above, from));
}
