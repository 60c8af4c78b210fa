using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Search.Checkpoints;

/// <summary>Writes safetensors files (github.com/huggingface/safetensors, format 0.4), piece by piece and atomically.</summary>
public static class SafetensorsWriter
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Writes a file; a reader sees the old one until the new one is whole and on disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors, with unique names; stored by falling element size, then by name, as the format's own writer does.</param>
    /// <param name="metadata">Kept as <c>__metadata__</c>, or null for none.</param>
    /// <exception cref="SearchException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        TensorContent[] ordered = [.. tensors.OrderByDescending(tensor => TensorConversion.ByteSize(tensor.Type)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal)];
        byte[] header = Header(ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
            foreach (TensorContent tensor in ordered)
            {
                long length = tensor.ByteLength;
                for (long done = 0; done < length; done += PieceBytes)
                {
                    Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(PieceBytes, length - done));
                    tensor.Read(done, piece);
                    stream.Write(piece);
                }
            }

            ArrayPool<byte>.Shared.Return(buffer);
        });
    }

    private static byte[] Header(TensorContent[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    writer.WriteString(key, value);
                }

                writer.WriteEndObject();
            }

            long offset = 0;
            foreach (TensorContent tensor in tensors)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", SafetensorsHeader.NameOf(tensor.Type));
                writer.WriteStartArray("shape");
                foreach (long dimension in tensor.Shape)
                {
                    writer.WriteNumberValue(dimension);
                }

                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(offset += tensor.ByteLength);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        int padded = (json.WrittenCount + 7) / 8 * 8;
        byte[] header = new byte[8 + padded];
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        json.WrittenSpan.CopyTo(header.AsSpan(8));
        header.AsSpan(8 + json.WrittenCount).Fill((byte)' ');
        return header;
    }
}
