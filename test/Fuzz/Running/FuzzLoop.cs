using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.DeepLayers.Fuzz.Running;

/// <summary>Reads the corpus as it is, and then changed files, one after another, in this process.</summary>
/// <param name="reader">The reader.</param>
/// <param name="seed">The seed of all changes. Each input follows from it and its number.</param>
/// <param name="scratch">A folder for files.</param>
/// <param name="findings">A folder for inputs that are found.</param>
internal sealed class FuzzLoop(Reader reader, int seed, string scratch, string findings)
{
    /// <summary>The most findings of one kind that are reported: one cause shows in many inputs.</summary>
    private const int MostOfKind = 3;

    private const int InputsBetweenLooks = 16;

    /// <summary>By how much the process may grow within a few inputs.</summary>
    private const long MostGrowth = 768L << 20;

    private readonly Dictionary<string, int> seen = new(StringComparer.Ordinal);
    private readonly Stopwatch watch = new();
    private readonly Action<string> read = reader.Read();
    private bool isWarm;
    private long running = -1;
    private long started;

    /// <summary>The number of inputs that were read without an exception.</summary>
    internal long Accepted { get; private set; }

    /// <summary>The number of findings, of those also that were not reported.</summary>
    internal int Found { get; private set; }

    /// <summary>The longest time of an input, in seconds.</summary>
    internal double Longest { get; private set; }

    /// <summary>The largest managed memory of an input, in bytes.</summary>
    internal long Largest { get; private set; }

    /// <summary>The files of a reader's corpus, in order of their names.</summary>
    internal static byte[][] Corpus(Reader reader) =>
    [
        .. reader.AlsoCorpusOf.Prepend(reader.Name)
            .Select(name => Path.Combine(AppContext.BaseDirectory, "Corpus", name))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder).Order(StringComparer.Ordinal))
            .Select(File.ReadAllBytes),
    ];

    /// <summary>The input of a number: first the corpus, then changed files.</summary>
    internal byte[] Input(byte[][] corpus, long number)
    {
        if (number < corpus.Length)
        {
            return corpus[number];
        }

        var random = new Random(HashCode(seed, number));
        return reader.Mutate(random, corpus[random.Next(corpus.Length)], corpus[random.Next(corpus.Length)]);
    }

    /// <summary>Reads the inputs from a number on.</summary>
    internal void Run(long first, long count)
    {
        byte[][] corpus = Corpus(reader);
        using var current = new CurrentInput(Path.Combine(scratch, "current"));
        watch.Start();
        using var watchdog = new Timer(_ => Watch(corpus), null, 500, 500);
        // Libraries are loaded, and code is compiled, before anything is measured.
        foreach (byte[] file in corpus)
        {
            current.Set(first, file);
            Read(first, file);
        }

        isWarm = true;
        long peak = PeakMemory();
        for (long number = first; number < first + count; number++)
        {
            // If the change itself fails, the number tells which.
            current.Set(number, []);
            byte[] input = Input(corpus, number);
            current.Set(number, input);
            Read(number, input);
            if (number % InputsBetweenLooks == 0 && PeakMemory() is var now && now > peak)
            {
                if (now - peak > MostGrowth)
                {
                    Report(new Finding("process-memory", string.Create(CultureInfo.InvariantCulture, $"the process grew by {(now - peak) >> 20} MB within the last {InputsBetweenLooks} inputs")), number, input);
                }

                peak = now;
            }
        }
    }

    private void Read(long number, byte[] input)
    {
        string path = Path.Combine(scratch, $"input{reader.Extension}");
        File.WriteAllBytes(path, input);
        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        started = watch.ElapsedMilliseconds;
        Interlocked.Exchange(ref running, number);
        Exception? failure = null;
        try
        {
            read(path);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        Interlocked.Exchange(ref running, -1);
        // The time of the processor, of which other processes take nothing.
        double seconds = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        long memory = GC.GetAllocatedBytesForCurrentThread() - before;
        if (!isWarm)
        {
            return;
        }

        Longest = Math.Max(Longest, seconds);
        Largest = Math.Max(Largest, memory);
        Accepted += failure is null ? 1 : 0;
        if (failure is not null && !reader.IsDocumented(failure))
        {
            Report(Finding.Of(failure), number, input);
        }

        if (seconds > reader.MostSeconds)
        {
            Report(new Finding("time", string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s for {input.Length} bytes")), number, input);
        }

        if (memory > reader.MostMemory + (reader.MemoryPerByte * input.Length))
        {
            Report(new Finding("memory", string.Create(CultureInfo.InvariantCulture, $"{memory >> 20} MB for {input.Length} bytes")), number, input);
        }
    }

    /// <summary>Ends the process where an input takes many times its time: no thread can be stopped otherwise.</summary>
    private void Watch(byte[][] corpus)
    {
        long number = Interlocked.Read(ref running);
        if (number >= 0 && watch.ElapsedMilliseconds - started > 10_000 * reader.MostSeconds && Interlocked.CompareExchange(ref running, -1, number) == number)
        {
            new Finding("hang", "the reader did not come to an end").Report(findings, reader, number, Input(corpus, number));
            Environment.Exit(ExitCodes.Hang);
        }
    }

    private void Report(Finding finding, long number, byte[] input)
    {
        Found++;
        string kind = finding.Kind + finding.Detail.Split(':')[0];
        seen[kind] = seen.GetValueOrDefault(kind) + 1;
        if (seen[kind] <= MostOfKind)
        {
            finding.Report(findings, reader, number, input);
        }
    }

    /// <summary>The largest memory that the process has had; 0 where the system does not tell.</summary>
    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>The same on every machine and in every process.</summary>
    private static int HashCode(int seed, long number)
    {
        ulong hash = unchecked(((ulong)(uint)seed << 32) + (ulong)number + 0x9E3779B97F4A7C15UL);
        hash = unchecked((hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL);
        hash = unchecked((hash ^ (hash >> 27)) * 0x94D049BB133111EBUL);
        return (int)(hash >> 33);
    }
}
