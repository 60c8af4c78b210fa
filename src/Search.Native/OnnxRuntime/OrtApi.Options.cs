namespace Search.Native.OnnxRuntime;

// Session options and the CUDA provider's.
internal sealed unsafe partial class OrtApi
{
    /// <summary>Creates options with the library's defaults.</summary>
    /// <returns>The options.</returns>
    public OrtSessionOptionsHandle CreateSessionOptions()
    {
        nint options;
        Check(_table->CreateSessionOptions(&options));
        return new OrtSessionOptionsHandle(this, options);
    }

    /// <summary>Runs one operator at a time.</summary>
    /// <param name="options">The options to change.</param>
    public void SetSequentialExecution(OrtSessionOptionsHandle options)
    {
        const int Sequential = 0;
        using OrtHandleUse use = new(options);
        Check(_table->SetSessionExecutionMode(use.Value, Sequential));
    }

    /// <summary>Sets which log lines the session writes.</summary>
    /// <param name="options">The options to change.</param>
    /// <param name="severity">From 0 (verbose) to 4 (fatal).</param>
    public void SetSessionLogSeverityLevel(OrtSessionOptionsHandle options, int severity)
    {
        using OrtHandleUse use = new(options);
        Check(_table->SetSessionLogSeverityLevel(use.Value, severity));
    }

    /// <summary>Sets how far the library rewrites graphs.</summary>
    /// <param name="options">The options to change.</param>
    /// <param name="level">0 nothing, 1 basic, 2 extended, 99 all.</param>
    public void SetSessionGraphOptimizationLevel(OrtSessionOptionsHandle options, int level)
    {
        using OrtHandleUse use = new(options);
        Check(_table->SetSessionGraphOptimizationLevel(use.Value, level));
    }

    /// <summary>Sets the threads inside an operator and between operators.</summary>
    /// <param name="options">The options to change.</param>
    /// <param name="intraOp">Threads inside an operator; at least 1.</param>
    /// <param name="interOp">Threads between operators; at least 1.</param>
    public void SetThreads(OrtSessionOptionsHandle options, int intraOp, int interOp)
    {
        using OrtHandleUse use = new(options);
        Check(_table->SetIntraOpNumThreads(use.Value, intraOp));
        Check(_table->SetInterOpNumThreads(use.Value, interOp));
    }

    /// <summary>Asks for kernels whose results do not depend on scheduling.</summary>
    /// <param name="options">The options to change.</param>
    public void SetDeterministicCompute(OrtSessionOptionsHandle options)
    {
        using OrtHandleUse use = new(options);
        Check(_table->SetDeterministicCompute(use.Value, 1));
    }

    /// <summary>Sets one of the settings named in onnxruntime_session_options_config_keys.h.</summary>
    /// <param name="options">The options to change.</param>
    /// <param name="key">The setting.</param>
    /// <param name="value">Its value.</param>
    public void AddSessionConfigEntry(OrtSessionOptionsHandle options, string key, string value)
    {
        using OrtHandleUse use = new(options);
        fixed (byte* keyText = OrtText.ToNative(key), valueText = OrtText.ToNative(value))
        {
            Check(_table->AddSessionConfigEntry(use.Value, keyText, valueText));
        }
    }

    /// <summary>Puts the CUDA provider in front of the CPU's.</summary>
    /// <param name="options">The options to change.</param>
    /// <param name="device">The device's index, from 0.</param>
    public void AppendCuda(OrtSessionOptionsHandle options, int device)
    {
        using OrtHandleUse use = new(options);
        nint cuda;
        Check(_table->CreateCUDAProviderOptions(&cuda));
        using OrtCudaOptionsHandle handle = new(this, cuda);
        fixed (byte* key = OrtText.ToNative("device_id"), value = OrtText.ToNative($"{device}"))
        {
            Check(_table->UpdateCUDAProviderOptions(cuda, &key, &value, 1));
        }

        Check(_table->SessionOptionsAppendExecutionProvider_CUDA_V2(use.Value, cuda));
    }
}
