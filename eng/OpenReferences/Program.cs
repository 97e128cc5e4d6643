using DeepLayers.Build;

// OpenReferences <list of members> <output folder> <assembly>...
// Writes a copy of each assembly in which the listed types and members are public, for the compiler alone.
if (args.Length < 3)
{
    Console.Error.WriteLine("usage: OpenReferences <list of members> <output folder> <assembly>...");
    return 2;
}

(string list, string folder) = (args[0], args[1]);
string[] wanted = [.. File.ReadLines(list)
    .Select(line => line.Split('#')[0].Trim())
    .Where(line => line.Length > 0)];
(string Path, byte[] Image)[] opened = [.. args[2..].Select(assembly => (Path.Combine(folder, Path.GetFileName(assembly)), File.ReadAllBytes(assembly)))];
string[] missing = [.. wanted.Except(opened.SelectMany(assembly => VisibilityOpener.Open(assembly.Image, wanted)))];
foreach (string member in missing)
{
    // In the form that MSBuild shows as an error of the list's.
    Console.Error.WriteLine($"{list}: error OPEN001: {member} is in none of the referenced assemblies; has an upgrade of ML.NET moved it?");
}

if (missing.Length > 0)
{
    // Nothing is written, so that the next build does not take this one for done.
    return 1;
}

Directory.CreateDirectory(folder);
foreach ((string path, byte[] image) in opened)
{
    Write(path, image);
}

return 0;

// Whole or not at all: two builds may write the same file.
static void Write(string path, byte[] content)
{
    string temporary = $"{path}.{Environment.ProcessId}";
    File.WriteAllBytes(temporary, content);
    File.Move(temporary, path, overwrite: true);
}
