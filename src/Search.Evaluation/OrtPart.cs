using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>A session of a graph or of a part of one, with what is bound to it.</summary>
internal sealed class OrtPart : IDisposable
{
    private readonly OrtSession _session;
    private readonly OrtBinding _binding;
    private readonly HashSet<string> _inputs;

    /// <summary>Asks for all of a session's outputs.</summary>
    /// <param name="session">The session, owned from here on, even when this throws.</param>
    public OrtPart(OrtSession session)
    {
        _session = session;
        _inputs = [.. session.Inputs.Select(input => input.Name)];
        try
        {
            _binding = session.CreateBinding();
            foreach (OrtValueInfo output in session.Outputs)
            {
                _binding.BindOutput(output.Name);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What a run gives.</summary>
    public IReadOnlyList<OrtValueInfo> Outputs => _session.Outputs;

    /// <summary>Feeds an input until something else is fed in its place.</summary>
    /// <param name="input">The input; one that this part does not read is passed over.</param>
    /// <param name="tensor">What to feed.</param>
    public void Bind(string input, OrtTensor tensor)
    {
        if (_inputs.Contains(input))
        {
            _binding.BindInput(input, tensor);
        }
    }

    /// <summary>Runs the part.</summary>
    /// <returns>The outputs by name; the caller disposes them.</returns>
    public Dictionary<string, OrtTensor> Run()
    {
        _session.Run(_binding);
        return Outputs.Zip(_binding.TakeOutputs()).ToDictionary(output => output.First.Name, output => output.Second, StringComparer.Ordinal);
    }

    /// <summary>Lets go of what was fed.</summary>
    public void Clear() => _binding.ClearInputs();

    /// <inheritdoc />
    public void Dispose()
    {
        _binding?.Dispose();
        _session.Dispose();
    }
}
