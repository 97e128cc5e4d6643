using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Google.Protobuf;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>
/// TensorBoard's event file: records (TFRecord: length, check sum, data, check sum), each an <c>Event</c> message of
/// TensorFlow's <c>event.proto</c>. TorchSharp's own writer is not used, as it puts times into them that TensorBoard cannot
/// read: 100-nanosecond ticks in the place of seconds since 1970, or a <c>float</c>, whose steps are two minutes by now.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private static int number;

    private readonly FileStream stream;
    private readonly TimeProvider time;

    private EventFile(FileStream stream, TimeProvider time) => (this.stream, this.time) = (stream, time);

    /// <summary>Makes a new file in a folder, and the folder where there is none.</summary>
    /// <exception cref="IOException">The file cannot be written; the message names the folder.</exception>
    internal static EventFile Create(string folder, TimeProvider time)
    {
        // TensorBoard finds files by "tfevents" and reads them in the order of their names; the rest keeps them apart.
        string name = string.Create(
            CultureInfo.InvariantCulture,
            $"events.out.tfevents.{time.GetUtcNow().ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.{Interlocked.Increment(ref number)}");
        try
        {
            Directory.CreateDirectory(folder);
            var file = new EventFile(new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete), time);
            file.Write(0, message => WriteText(message, 3, "brain.Event:2"));
            return file;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException or NotSupportedException or ArgumentException)
        {
            throw new IOException($"TensorBoard's events cannot be written to '{folder}': {exception.Message}", exception);
        }
    }

    /// <summary>Writes numbers by name.</summary>
    internal void WriteScalars(long step, IEnumerable<KeyValuePair<string, double>> scalars) => Write(step, message => WriteMessage(message, 5, summary =>
    {
        foreach ((string name, double value) in scalars)
        {
            WriteMessage(summary, 1, entry =>
            {
                WriteText(entry, 1, name);
                entry.WriteTag(2, WireFormat.WireType.Fixed32);
                entry.WriteFloat((float)value);
            });
        }
    }));

    /// <summary>Says that a session begins anew here: what earlier files hold of this step and of later ones no longer counts.</summary>
    internal void WriteRestart(long step) => Write(step, message => WriteMessage(message, 7, session =>
    {
        session.WriteTag(1, WireFormat.WireType.Varint);
        session.WriteEnum(1);
    }));

    public void Dispose() => stream.Dispose();

    private void Write(long step, Action<CodedOutputStream> content)
    {
        byte[] data = Bytes(message =>
        {
            message.WriteTag(1, WireFormat.WireType.Fixed64);
            message.WriteDouble((time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
            message.WriteTag(2, WireFormat.WireType.Varint);
            message.WriteInt64(step);
            content(message);
        });
        byte[] record = new byte[data.Length + 16];
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), CheckSum(record.AsSpan(0, 8)));
        data.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(data.Length + 12), CheckSum(data));
        stream.Write(record);
        stream.Flush();
    }

    private static void WriteText(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> content)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Bytes(content)));
    }

    private static byte[] Bytes(Action<CodedOutputStream> content)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
        {
            content(output);
        }

        return memory.ToArray();
    }

    /// <summary>TFRecord's: CRC-32C, turned and shifted, so that check sums of data that holds check sums stay good ones.</summary>
    private static uint CheckSum(ReadOnlySpan<byte> data)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in data)
        {
            sum = BitOperations.Crc32C(sum, value);
        }

        return BitOperations.RotateRight(~sum, 15) + 0xA282EAD8;
    }
}
