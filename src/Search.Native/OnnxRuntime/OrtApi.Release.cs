namespace Search.Native.OnnxRuntime;

// What the handles call; release functions cannot fail.
internal sealed unsafe partial class OrtApi
{
    internal void ReleaseEnv(nint pointer) => _table->ReleaseEnv(pointer);

    internal void ReleaseMemoryInfo(nint pointer) => _table->ReleaseMemoryInfo(pointer);

    internal void ReleaseSessionOptions(nint pointer) => _table->ReleaseSessionOptions(pointer);

    internal void ReleaseCudaOptions(nint pointer) => _table->ReleaseCUDAProviderOptions(pointer);

    internal void ReleaseSession(nint pointer) => _table->ReleaseSession(pointer);

    internal void ReleaseIoBinding(nint pointer) => _table->ReleaseIoBinding(pointer);

    internal void ReleaseTypeInfo(nint pointer) => _table->ReleaseTypeInfo(pointer);

    internal void ReleaseTensorTypeAndShapeInfo(nint pointer) => _table->ReleaseTensorTypeAndShapeInfo(pointer);

    internal void ReleaseValue(nint pointer) => _table->ReleaseValue(pointer);
}
