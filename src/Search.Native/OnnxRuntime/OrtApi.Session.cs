namespace Search.Native.OnnxRuntime;

// Sessions, what they take and give, and running them.
internal sealed unsafe partial class OrtApi
{
    /// <summary>Builds a session from a serialised model.</summary>
    /// <param name="env">The environment, which the session keeps alive.</param>
    /// <param name="model">A ModelProto's bytes; not needed after the call.</param>
    /// <param name="options">Copied by the library.</param>
    /// <returns>The session.</returns>
    public OrtSessionHandle CreateSession(OrtEnvHandle env, ReadOnlySpan<byte> model, OrtSessionOptionsHandle options)
    {
        using OrtHandleUse envUse = new(env);
        using OrtHandleUse optionsUse = new(options);
        nint session;
        fixed (byte* data = model)
        {
            Check(_table->CreateSessionFromArray(envUse.Value, data, (nuint)model.Length, optionsUse.Value, &session));
        }

        return new OrtSessionHandle(this, session, env);
    }

    /// <summary>Lists a session's inputs.</summary>
    /// <param name="session">The session.</param>
    /// <returns>The inputs, in the graph's order.</returns>
    public IReadOnlyList<OrtValueInfo> GetInputs(OrtSessionHandle session)
    {
        using OrtHandleUse use = new(session);
        nuint count;
        Check(_table->SessionGetInputCount(use.Value, &count));
        OrtValueInfo[] infos = new OrtValueInfo[(int)count];
        for (int i = 0; i < infos.Length; i++)
        {
            byte* name;
            nint type;
            Check(_table->SessionGetInputName(use.Value, (nuint)i, _allocator, &name));
            string text = TakeText(name);
            Check(_table->SessionGetInputTypeInfo(use.Value, (nuint)i, &type));
            infos[i] = TakeTypeInfo(text, type);
        }

        return infos;
    }

    /// <summary>Lists a session's outputs.</summary>
    /// <param name="session">The session.</param>
    /// <returns>The outputs, in the graph's order.</returns>
    public IReadOnlyList<OrtValueInfo> GetOutputs(OrtSessionHandle session)
    {
        using OrtHandleUse use = new(session);
        nuint count;
        Check(_table->SessionGetOutputCount(use.Value, &count));
        OrtValueInfo[] infos = new OrtValueInfo[(int)count];
        for (int i = 0; i < infos.Length; i++)
        {
            byte* name;
            nint type;
            Check(_table->SessionGetOutputName(use.Value, (nuint)i, _allocator, &name));
            string text = TakeText(name);
            Check(_table->SessionGetOutputTypeInfo(use.Value, (nuint)i, &type));
            infos[i] = TakeTypeInfo(text, type);
        }

        return infos;
    }

    /// <summary>Runs a session on bound values and waits for the outputs.</summary>
    /// <param name="session">The session.</param>
    /// <param name="binding">A binding of the same session, with every input and at least one output bound.</param>
    public void RunWithBinding(OrtSessionHandle session, OrtIoBindingHandle binding)
    {
        const nint DefaultRunOptions = 0;
        using OrtHandleUse sessionUse = new(session);
        using OrtHandleUse bindingUse = new(binding);
        Check(_table->RunWithBinding(sessionUse.Value, DefaultRunOptions, bindingUse.Value));
        Check(_table->SynchronizeBoundOutputs(bindingUse.Value));
    }

    private string TakeText(byte* text)
    {
        try
        {
            return OrtText.Borrowed(text);
        }
        finally
        {
            Check(_table->AllocatorFree(_allocator, text));
        }
    }

    private OrtValueInfo TakeTypeInfo(string name, nint type)
    {
        using OrtTypeInfoHandle handle = new(this, type);
        nint shape;
        Check(_table->CastTypeInfoToTensorInfo(type, &shape));
        return shape == 0 ? new OrtValueInfo(name, OrtElementType.Undefined, []) : new OrtValueInfo(name, ElementType(shape), Dimensions(shape));
    }
}
