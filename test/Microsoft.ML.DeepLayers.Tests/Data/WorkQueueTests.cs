using System.Collections.Concurrent;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>Work that is done ahead: batches to score, images to decode.</summary>
[TestClass]
public sealed class WorkQueueTests
{
    private readonly ConcurrentQueue<int> done = new();
    private readonly ConcurrentDictionary<int, bool> threads = new();
    private int running;
    private int most;

    [TestMethod]
    [DataRow(0), DataRow(1), DataRow(3)]
    public void A_failure_is_that_of_its_work_alone(int helpers)
    {
        Work[] works = Create(20, failing: 7);
        var queue = new WorkQueue(helpers, helpers + 1);
        Array.ForEach(works, queue.Add);
        Array.ForEach(works, queue.Finish);
        queue.Stop();
        for (int i = 0; i < works.Length; i++)
        {
            Assert.AreEqual(i == 7 ? "work 7" : null, works[i].Error?.Message);
        }

        CollectionAssert.AreEquivalent(Enumerable.Range(0, 20).ToArray(), done.ToArray());
    }

    [TestMethod]
    public void Work_can_be_done_again()
    {
        Work[] works = Create(3, failing: 1);
        var queue = new WorkQueue(maxHelpers: 1, maxThreads: 2);
        for (int round = 1; round <= 100; round++)
        {
            foreach (Work work in works)
            {
                work.Reset();
                Assert.IsNull(work.Error);
                queue.Add(work);
            }

            Array.ForEach(works, queue.Finish);
            Assert.HasCount(3 * round, done);
            Assert.IsNotNull(works[1].Error);
        }

        queue.Stop();
    }

    [TestMethod]
    public void Who_waits_works_where_no_thread_helps()
    {
        Work[] works = Create(3);
        var queue = new WorkQueue(maxHelpers: 0, maxThreads: 1);
        Array.ForEach(works, queue.Add);
        queue.Finish(works[1]);
        CollectionAssert.AreEqual(new[] { 0, 1 }, done.ToArray(), "In order, and none without need.");
        CollectionAssert.AreEqual(new[] { Environment.CurrentManagedThreadId }, threads.Keys.ToArray());
        queue.Stop();
        Assert.IsFalse(works[2].IsDone, "It was forgotten.");
    }

    [TestMethod]
    public void Threads_of_the_pool_work_meanwhile()
    {
        Work[] works = Create(50);
        var queue = new WorkQueue(maxHelpers: 2, maxThreads: 2);
        Array.ForEach(works, queue.Add);
        Assert.IsTrue(SpinWait.SpinUntil(() => works.All(work => work.IsDone), TimeSpan.FromMinutes(1)));
        queue.Stop();
        Assert.IsFalse(threads.ContainsKey(Environment.CurrentManagedThreadId));
        Assert.IsLessThanOrEqualTo(2, most);
    }

    [TestMethod]
    public void Who_waits_leaves_work_to_as_many_threads_as_shall_work()
    {
        using var free = new ManualResetEventSlim();
        var first = new Work(this, 0, isFailing: false) { Gate = free };
        var second = new Work(this, 1, isFailing: false);
        var queue = new WorkQueue(maxHelpers: 1, maxThreads: 1);
        queue.Add(first);
        Assert.IsTrue(SpinWait.SpinUntil(() => Volatile.Read(ref running) == 1, TimeSpan.FromMinutes(1)));
        queue.Add(second);
        using var timer = new Timer(_ => free.Set(), null, 50, Timeout.Infinite);
        queue.Finish(second);
        queue.Stop();
        CollectionAssert.AreEqual(new[] { 0, 1 }, done.ToArray());
        Assert.HasCount(1, threads);
        Assert.IsFalse(threads.ContainsKey(Environment.CurrentManagedThreadId));
    }

    [TestMethod]
    public void Nobody_waits_for_a_thread_that_has_not_come()
    {
        using var free = new ManualResetEventSlim();
        ThreadPool.GetMinThreads(out int processors, out _);
        Task[] busy = [.. Enumerable.Range(0, 4 * processors).Select(_ => Task.Run(free.Wait))];
        Work[] works = Create(3);
        var queue = new WorkQueue(maxHelpers: 2, maxThreads: 2);
        Array.ForEach(works, queue.Add);
        Array.ForEach(works, queue.Finish);
        queue.Stop();
        Assert.IsTrue(works.All(work => work.IsDone));
        free.Set();
        Task.WaitAll(busy);
    }

    private Work[] Create(int count, int failing = -1) => [.. Enumerable.Range(0, count).Select(i => new Work(this, i, i == failing))];

    private sealed class Work(WorkQueueTests test, int number, bool isFailing) : QueuedWork
    {
        /// <summary>What it waits for, if anything.</summary>
        internal ManualResetEventSlim? Gate { get; init; }

        protected override void Execute()
        {
            test.Entered(Interlocked.Increment(ref test.running));
            test.threads.TryAdd(Environment.CurrentManagedThreadId, true);
            Thread.SpinWait(2000);
            Gate?.Wait();
            test.done.Enqueue(number);
            Interlocked.Decrement(ref test.running);
            if (isFailing)
            {
                throw new InvalidOperationException($"work {number}");
            }
        }
    }

    private void Entered(int now)
    {
        for (int before = Volatile.Read(ref most); now > before; before = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, now, before);
        }
    }
}
