using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Search.Checkpoints;

/// <summary>
/// The header of a safetensors file (github.com/huggingface/safetensors, format 0.4): eight bytes of length, then a JSON object of
/// tensors. It is untrusted: everything it claims is checked against the file before anything is allocated for it.
/// </summary>
internal sealed record SafetensorsHeader(IReadOnlyList<TensorInfo> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    private const int LengthBytes = 8;
    private const long MaximalLength = 100_000_000; // the format's own limit
    private const string MetadataKey = "__metadata__";

    private static readonly Dictionary<string, TensorType> Types = new(StringComparer.Ordinal)
    {
        ["F64"] = TensorType.F64,
        ["F32"] = TensorType.F32,
        ["F16"] = TensorType.F16,
        ["BF16"] = TensorType.BF16,
        ["I64"] = TensorType.I64,
        ["I32"] = TensorType.I32,
        ["I16"] = TensorType.I16,
        ["I8"] = TensorType.I8,
        ["U8"] = TensorType.U8,
        ["BOOL"] = TensorType.Bool,
    };

    // Types of the format that merging has no arithmetic for.
    private static readonly string[] RefusedTypes =
        ["F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F6_E2M3", "F6_E3M2", "F4", "U16", "U32", "U64", "C64"];

    /// <summary>The format's name of a type.</summary>
    public static string NameOf(TensorType type) => Types.First(entry => entry.Value == type).Key;

    /// <summary>Reads and checks the header of a file.</summary>
    /// <param name="path">The file's name, for messages and for the tensors.</param>
    /// <param name="stream">The file, at its start.</param>
    /// <exception cref="CheckpointFormatException">A rule is broken.</exception>
    public static SafetensorsHeader Read(string path, Stream stream)
    {
        long fileLength = stream.Length;
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (fileLength < LengthBytes)
        {
            throw new CheckpointFormatException(path, $"a safetensors file starts with 8 bytes of header length, but the file has {fileLength} bytes.", offset: 0);
        }

        stream.ReadExactly(prefix);
        ulong claimed = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (claimed > MaximalLength || (long)claimed > fileLength - LengthBytes)
        {
            throw new CheckpointFormatException(path, $"the header length must be at most {Math.Min(MaximalLength, fileLength - LengthBytes)} bytes here, got {claimed}.", offset: 0);
        }

        byte[] json = new byte[(int)claimed];
        stream.ReadExactly(json);
        if (json.Length == 0 || json[0] != (byte)'{')
        {
            throw new CheckpointFormatException(path, "the header must be a JSON object that starts with '{'.", offset: LengthBytes);
        }

        return new Parser(path, json, LengthBytes + json.Length, fileLength).Parse();
    }

    private ref struct Parser(string path, byte[] json, long dataStart, long fileLength)
    {
        private Utf8JsonReader _reader = new(json, new JsonReaderOptions { MaxDepth = 4 });
        private string? _tensor;

        public SafetensorsHeader Parse()
        {
            try
            {
                return ParseObject();
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException or DecoderFallbackException)
            {
                throw new CheckpointFormatException(path, $"the header is not valid JSON: {exception.Message}", _tensor, Position, exception);
            }
        }

        private readonly long Position => LengthBytes + _reader.TokenStartIndex;

        private readonly CheckpointFormatException Error(string message) => new(path, message, _tensor, Position);

        private SafetensorsHeader ParseObject()
        {
            var tensors = new List<TensorInfo>();
            var names = new HashSet<string>(StringComparer.Ordinal);
            Dictionary<string, string> metadata = [];
            _reader.Read();
            while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = _reader.GetString()!;
                if (!names.Add(name))
                {
                    _tensor = name;
                    throw Error("the name is in the header twice.");
                }

                if (name == MetadataKey)
                {
                    metadata = ParseMetadata();
                }
                else
                {
                    _tensor = name;
                    tensors.Add(ParseTensor(name));
                    _tensor = null;
                }
            }

            while (_reader.Read())
            {
            }

            CheckLayout(tensors);
            return new SafetensorsHeader(tensors, metadata);
        }

        private Dictionary<string, string> ParseMetadata()
        {
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            Expect(JsonTokenType.StartObject, $"'{MetadataKey}' must be an object of texts");
            while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                string key = _reader.GetString()!;
                Expect(JsonTokenType.String, $"'{MetadataKey}' must be an object of texts");
                if (!metadata.TryAdd(key, _reader.GetString()!))
                {
                    throw Error($"'{MetadataKey}' has the key '{key}' twice.");
                }
            }

            return metadata;
        }

        private TensorInfo ParseTensor(string name)
        {
            string? type = null;
            List<long>? shape = null;
            List<long>? offsets = null;
            Expect(JsonTokenType.StartObject, "a tensor must be an object of dtype, shape and data_offsets");
            while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                string key = _reader.GetString()!;
                if (key is "dtype" && type is null)
                {
                    Expect(JsonTokenType.String, "'dtype' must be a text");
                    type = _reader.GetString();
                }
                else if (key is "shape" && shape is null)
                {
                    shape = ParseNumbers(key);
                }
                else if (key is "data_offsets" && offsets is null)
                {
                    offsets = ParseNumbers(key);
                }
                else
                {
                    throw Error($"a tensor has exactly dtype, shape and data_offsets, got '{key}'{(key is "dtype" or "shape" or "data_offsets" ? " twice" : "")}.");
                }
            }

            if (type is null || shape is null || offsets is null)
            {
                throw Error($"'{(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}' is missing.");
            }

            if (!Types.TryGetValue(type, out TensorType known))
            {
                string why = RefusedTypes.Contains(type) ? "is a type that merging does not support" : "is no type of the format";
                throw Error($"dtype '{type}' {why}; supported are {string.Join(", ", Types.Keys)}.");
            }

            if (offsets.Count != 2 || offsets[0] > offsets[1] || offsets[1] > fileLength - dataStart)
            {
                throw Error($"data_offsets must be [begin, end] with begin <= end <= {fileLength - dataStart} (the file's data bytes), got [{string.Join(", ", offsets)}].");
            }

            long bytes = ByteLength(known, shape);
            return bytes == offsets[1] - offsets[0]
                ? new TensorInfo(name, known, shape, path, dataStart + offsets[0], bytes)
                : throw Error($"{type} × [{string.Join(", ", shape)}] takes {bytes} bytes, but data_offsets span {offsets[1] - offsets[0]}.");
        }

        private readonly long ByteLength(TensorType type, List<long> shape)
        {
            try
            {
                // Without the zeros an overflow shows even where a zero would hide it.
                _ = shape.Where(dimension => dimension != 0).Aggregate((long)TensorConversion.ByteSize(type), (product, dimension) => checked(product * dimension));
                return shape.Aggregate((long)TensorConversion.ByteSize(type), (product, dimension) => product * dimension);
            }
            catch (OverflowException)
            {
                throw Error($"the shape [{string.Join(", ", shape)}] has more bytes than 64 bits can count.");
            }
        }

        private List<long> ParseNumbers(string key)
        {
            var numbers = new List<long>();
            Expect(JsonTokenType.StartArray, $"'{key}' must be a list of whole numbers");
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            {
                if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out long number) || number < 0)
                {
                    throw Error($"'{key}' must be a list of whole numbers from 0 to 2^63-1, got {Encoding.UTF8.GetString(_reader.ValueSpan)}.");
                }

                numbers.Add(number);
            }

            return numbers;
        }

        private void Expect(JsonTokenType type, string rule)
        {
            _reader.Read();
            if (_reader.TokenType != type)
            {
                throw Error($"{rule}, got {_reader.TokenType}.");
            }
        }

        // Tensors must tile the data: no overlap, no hole, nothing behind the last.
        private readonly void CheckLayout(List<TensorInfo> tensors)
        {
            long end = dataStart;
            foreach (TensorInfo tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.ByteLength))
            {
                if (tensor.Offset != end)
                {
                    string defect = tensor.Offset < end ? "overlaps the tensor before it" : "leaves a hole behind the tensor before it";
                    throw new CheckpointFormatException(path, $"the tensor {defect}, which ends at byte {end}.", tensor.Name, tensor.Offset);
                }

                end += tensor.ByteLength;
            }

            if (end != fileLength)
            {
                throw new CheckpointFormatException(path, $"the file has {fileLength - end} bytes behind the last tensor.", offset: end);
            }
        }
    }
}
