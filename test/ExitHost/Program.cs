using System.Runtime.InteropServices;
using ExitHost;

// ExitHost <work> <end> <milliseconds>: runs the work on background threads, which catch nothing, and ends so many milliseconds
// after it has begun. Its exit code is the one that the end asks for, whatever the work is doing.
if (args is not [string work, string end, string text] || !int.TryParse(text, out int milliseconds) || !Work.Kinds.TryGetValue(work, out Func<Action>? prepare))
{
    Console.Error.WriteLine($"usage: ExitHost {string.Join("|", Work.Kinds.Keys)} main|exit|sigterm|exception|handler|scoring-handler <milliseconds>");
    return 2;
}

Action run = prepare();
var thread = new Thread(() => run()) { IsBackground = true };
thread.Start();
Work.HasBegun.Wait();
if (end == "handler")
{
    // The library's handler, registered when the work began, is called before this one.
    AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.WriteLine(Work.AwaitCalls(2, TimeSpan.FromSeconds(20)) ? "the work went on" : "the work stood still");
}
else if (end == "scoring-handler")
{
    Action score = Work.Kinds["transform-once"]();
    AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        score();
        Console.WriteLine("scored at the end");
    };
}

Thread.Sleep(milliseconds);
Console.WriteLine("ending");
switch (end)
{
    case "exit":
        Environment.Exit(7);
        break;
    case "sigterm":
        _ = LibC.Kill(Environment.ProcessId, 15);
        Thread.Sleep(Timeout.Infinite);
        break;
    case "exception":
        var failing = new Thread(() => throw new InvalidOperationException("an error of the application"));
        failing.Start();
        failing.Join();
        break;
}

return end == "main" ? 3 : 0;

internal static partial class LibC
{
    [LibraryImport("libc", EntryPoint = "kill")]
    internal static partial int Kill(int process, int signal);
}
