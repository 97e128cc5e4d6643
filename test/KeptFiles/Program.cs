using KeptFiles.Writing;

// KeptFiles <version> [part...]: writes the files of this version of the library into test/KeptFiles/Versions/<version>, which
// must not exist yet: kept files are never written again. Parts: models, images, checkpoints, exports, definitions; all by default.
Dictionary<string, Action<KeptWriter>> parts = new()
{
    ["models"] = writer =>
    {
        TabularModels.Write(writer);
        GraphModels.Write(writer);
    },
    ["images"] = ImageModels.Write,
    ["checkpoints"] = Checkpoints.Write,
    ["exports"] = Exports.Write,
    ["definitions"] = Definitions.Write,
};
if (args.Length == 0 || Array.Exists(args[1..], part => !parts.ContainsKey(part)))
{
    Console.Error.WriteLine($"usage: KeptFiles <version> [{string.Join('|', parts.Keys)}]...");
    return 2;
}

string folder = Path.Combine(KeptWriter.Root, args[0]);
if (Path.Exists(folder))
{
    Console.Error.WriteLine($"'{folder}' exists. Kept files are never written again: give a new version's name.");
    return 1;
}

// Paths become part of models and checkpoints: they are all relative to the folder being written.
string partial = folder + ".partial";
Directory.CreateDirectory(partial);
Environment.CurrentDirectory = partial;
var writer = new KeptWriter(partial);
foreach (string part in args.Length == 1 ? parts.Keys : args[1..].AsEnumerable())
{
    Console.WriteLine(part);
    parts[part](writer);
}

writer.Finish();
Environment.CurrentDirectory = KeptWriter.Root;
Directory.Move(partial, folder);
Console.WriteLine($"{writer.Cases} cases in {folder}");
return 0;
