using Google.Protobuf;

namespace Search.Checkpoints.Onnx;

/// <summary>Reads ONNX files.</summary>
internal static class OnnxModelFile
{
    /// <summary>Parses a file.</summary>
    /// <param name="path">The file; at most 2 GB, as protobuf allows.</param>
    /// <exception cref="CheckpointFormatException">It is no ONNX model.</exception>
    public static ModelProto Load(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > int.MaxValue)
            {
                throw new CheckpointFormatException(path, $"an ONNX file has at most {int.MaxValue} bytes, as protobuf allows, got {stream.Length}.", offset: int.MaxValue);
            }

            // The recursion limit is deeper than any exporter nests control flow and shallow enough for a small stack.
            using CodedInputStream input = CodedInputStream.CreateWithLimits(stream, int.MaxValue, recursionLimit: 64);
            ModelProto model = ModelProto.Parser.ParseFrom(input);
            return model.Graph is { } graph && graph.Output.Count > 0
                ? model
                : throw new CheckpointFormatException(path, "the file holds no ONNX graph with outputs.");
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new CheckpointFormatException(path, $"is not a valid ONNX file: {exception.Message}", innerException: exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SearchException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }
}
