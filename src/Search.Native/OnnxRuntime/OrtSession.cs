namespace Search.Native.OnnxRuntime;

/// <summary>A graph made ready to run. One run at a time on one binding.</summary>
internal sealed class OrtSession : IDisposable
{
    // Log lines would only repeat what statuses already say.
    private const int OnlyFatal = 4;
    private const int AllOptimizations = 99;

    private readonly OrtApi _api;
    private readonly OrtSessionHandle _handle;

    internal OrtSession(OrtApi api, ReadOnlySpan<byte> model, OrtSessionSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.Threads, nameof(settings));
        _api = api;
        using OrtEnvHandle env = api.CreateEnv(OnlyFatal, "search");
        using OrtSessionOptionsHandle options = api.CreateSessionOptions();
        api.SetSessionLogSeverityLevel(options, OnlyFatal);
        api.SetSessionGraphOptimizationLevel(options, AllOptimizations);
        api.SetSequentialExecution(options);
        api.SetThreads(options, settings.Threads, interOp: 1);
        api.SetDeterministicCompute(options);

        // Waiting threads that spin take the cores from merging and from other programs: with both cores busy, runs took 2 to 3 times as long.
        api.AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0");
        if (settings.ExternalDataFolder is not null)
        {
            api.AddSessionConfigEntry(options, "session.model_external_initializers_file_folder_path", settings.ExternalDataFolder);
        }

        if (settings.CudaDevice is int device)
        {
            api.AppendCuda(options, device);
        }

        _handle = api.CreateSession(env, model, options);
        try
        {
            Inputs = api.GetInputs(_handle);
            Outputs = api.GetOutputs(_handle);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    /// <summary>What the graph takes, in its order.</summary>
    public IReadOnlyList<OrtValueInfo> Inputs { get; }

    /// <summary>What the graph gives, in its order.</summary>
    public IReadOnlyList<OrtValueInfo> Outputs { get; }

    /// <summary>Creates a binding with nothing bound.</summary>
    /// <returns>The binding; the caller disposes it.</returns>
    public OrtBinding CreateBinding() => new(_api, _handle);

    /// <summary>Runs the graph and waits for it.</summary>
    /// <param name="binding">A binding of this session with every input and at least one output bound.</param>
    /// <exception cref="NativeException">An input is missing or does not fit, or an operator failed; the message names it.</exception>
    public void Run(OrtBinding binding)
    {
        binding.RenewOutputs();
        _api.RunWithBinding(_handle, binding.Handle);
    }

    /// <inheritdoc />
    public void Dispose() => _handle.Dispose();
}
