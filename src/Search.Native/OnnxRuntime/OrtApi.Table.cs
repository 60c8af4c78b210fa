using System.Runtime.InteropServices;

namespace Search.Native.OnnxRuntime;

// The library's function table, in the order of onnxruntime_c_api.h, which never changes what it has released.
// Slots that nothing here calls are plain addresses; the last slot named is the newest function used.
internal sealed unsafe partial class OrtApi
{
    /// <summary>Where a function's slot lies in the table.</summary>
    /// <param name="name">The function's C name.</param>
    /// <returns>The slot's number, from 0.</returns>
    internal static int SlotOf(string name) => (int)Marshal.OffsetOf<Table>(name) / sizeof(nint);

#pragma warning disable CS0169, CS0649 // The library fills these.

    // An OrtStatus*: null on success, otherwise an error object that Check turns into an exception and frees.
    private readonly struct Status
    {
        public readonly nint Pointer;
    }

    private struct TableBase
    {
        public delegate* unmanaged[Cdecl]<uint, Table*> GetApi;
        public delegate* unmanaged[Cdecl]<byte*> GetVersionString;
    }

    private struct Table
    {
        public nint CreateStatus;
        public delegate* unmanaged[Cdecl]<nint, int> GetErrorCode;
        public delegate* unmanaged[Cdecl]<nint, byte*> GetErrorMessage;
        public delegate* unmanaged[Cdecl]<int, byte*, nint*, Status> CreateEnv;
        public nint CreateEnvWithCustomLogger, EnableTelemetryEvents, DisableTelemetryEvents, CreateSession;
        public delegate* unmanaged[Cdecl]<nint, void*, nuint, nint, nint*, Status> CreateSessionFromArray;
        public nint Run;
        public delegate* unmanaged[Cdecl]<nint*, Status> CreateSessionOptions;
        public nint SetOptimizedModelFilePath, CloneSessionOptions;
        public delegate* unmanaged[Cdecl]<nint, int, Status> SetSessionExecutionMode;
        public nint EnableProfiling, DisableProfiling, EnableMemPattern, DisableMemPattern, EnableCpuMemArena, DisableCpuMemArena,
            SetSessionLogId, SetSessionLogVerbosityLevel;
        public delegate* unmanaged[Cdecl]<nint, int, Status> SetSessionLogSeverityLevel;
        public delegate* unmanaged[Cdecl]<nint, int, Status> SetSessionGraphOptimizationLevel;
        public delegate* unmanaged[Cdecl]<nint, int, Status> SetIntraOpNumThreads;
        public delegate* unmanaged[Cdecl]<nint, int, Status> SetInterOpNumThreads;
        public nint CreateCustomOpDomain, CustomOpDomain_Add, AddCustomOpDomain, RegisterCustomOpsLibrary;
        public delegate* unmanaged[Cdecl]<nint, nuint*, Status> SessionGetInputCount;
        public delegate* unmanaged[Cdecl]<nint, nuint*, Status> SessionGetOutputCount;
        public nint SessionGetOverridableInitializerCount;
        public delegate* unmanaged[Cdecl]<nint, nuint, nint*, Status> SessionGetInputTypeInfo;
        public delegate* unmanaged[Cdecl]<nint, nuint, nint*, Status> SessionGetOutputTypeInfo;
        public nint SessionGetOverridableInitializerTypeInfo;
        public delegate* unmanaged[Cdecl]<nint, nuint, nint, byte**, Status> SessionGetInputName;
        public delegate* unmanaged[Cdecl]<nint, nuint, nint, byte**, Status> SessionGetOutputName;
        public nint SessionGetOverridableInitializerName, CreateRunOptions, RunOptionsSetRunLogVerbosityLevel,
            RunOptionsSetRunLogSeverityLevel, RunOptionsSetRunTag, RunOptionsGetRunLogVerbosityLevel, RunOptionsGetRunLogSeverityLevel,
            RunOptionsGetRunTag, RunOptionsSetTerminate, RunOptionsUnsetTerminate, CreateTensorAsOrtValue;
        public delegate* unmanaged[Cdecl]<nint, void*, nuint, long*, nuint, int, nint*, Status> CreateTensorWithDataAsOrtValue;
        public delegate* unmanaged[Cdecl]<nint, int*, Status> IsTensor;
        public delegate* unmanaged[Cdecl]<nint, void**, Status> GetTensorMutableData;
        public nint FillStringTensor, GetStringTensorDataLength, GetStringTensorContent;
        public delegate* unmanaged[Cdecl]<nint, nint*, Status> CastTypeInfoToTensorInfo;
        public nint GetOnnxTypeFromTypeInfo, CreateTensorTypeAndShapeInfo, SetTensorElementType, SetDimensions;
        public delegate* unmanaged[Cdecl]<nint, int*, Status> GetTensorElementType;
        public delegate* unmanaged[Cdecl]<nint, nuint*, Status> GetDimensionsCount;
        public delegate* unmanaged[Cdecl]<nint, long*, nuint, Status> GetDimensions;
        public nint GetSymbolicDimensions, GetTensorShapeElementCount;
        public delegate* unmanaged[Cdecl]<nint, nint*, Status> GetTensorTypeAndShape;
        public nint GetTypeInfo, GetValueType, CreateMemoryInfo;
        public delegate* unmanaged[Cdecl]<int, int, nint*, Status> CreateCpuMemoryInfo;
        public nint CompareMemoryInfo, MemoryInfoGetName, MemoryInfoGetId, MemoryInfoGetMemType, MemoryInfoGetType, AllocatorAlloc;
        public delegate* unmanaged[Cdecl]<nint, void*, Status> AllocatorFree;
        public nint AllocatorGetInfo;
        public delegate* unmanaged[Cdecl]<nint*, Status> GetAllocatorWithDefaultOptions;
        public nint AddFreeDimensionOverride, GetValue, GetValueCount, CreateValue, CreateOpaqueValue, GetOpaqueValue,
            KernelInfoGetAttribute_float, KernelInfoGetAttribute_int64, KernelInfoGetAttribute_string, KernelContext_GetInputCount,
            KernelContext_GetOutputCount, KernelContext_GetInput, KernelContext_GetOutput;
        public delegate* unmanaged[Cdecl]<nint, void> ReleaseEnv;
        public delegate* unmanaged[Cdecl]<nint, void> ReleaseStatus;
        public delegate* unmanaged[Cdecl]<nint, void> ReleaseMemoryInfo;
        public delegate* unmanaged[Cdecl]<nint, void> ReleaseSession;
        public delegate* unmanaged[Cdecl]<nint, void> ReleaseValue;
        public nint ReleaseRunOptions;
        public delegate* unmanaged[Cdecl]<nint, void> ReleaseTypeInfo;
        public delegate* unmanaged[Cdecl]<nint, void> ReleaseTensorTypeAndShapeInfo;
        public delegate* unmanaged[Cdecl]<nint, void> ReleaseSessionOptions;
        public nint ReleaseCustomOpDomain, GetDenotationFromTypeInfo, CastTypeInfoToMapTypeInfo, CastTypeInfoToSequenceTypeInfo,
            GetMapKeyType, GetMapValueType, GetSequenceElementType, ReleaseMapTypeInfo, ReleaseSequenceTypeInfo, SessionEndProfiling,
            SessionGetModelMetadata, ModelMetadataGetProducerName, ModelMetadataGetGraphName, ModelMetadataGetDomain,
            ModelMetadataGetDescription, ModelMetadataLookupCustomMetadataMap, ModelMetadataGetVersion, ReleaseModelMetadata,
            CreateEnvWithGlobalThreadPools, DisablePerSessionThreads, CreateThreadingOptions, ReleaseThreadingOptions,
            ModelMetadataGetCustomMetadataMapKeys, AddFreeDimensionOverrideByName;
        public delegate* unmanaged[Cdecl]<byte***, int*, Status> GetAvailableProviders;
        public delegate* unmanaged[Cdecl]<byte**, int, Status> ReleaseAvailableProviders;
        public nint GetStringTensorElementLength, GetStringTensorElement, FillStringTensorElement;
        public delegate* unmanaged[Cdecl]<nint, byte*, byte*, Status> AddSessionConfigEntry;
        public nint CreateAllocator, ReleaseAllocator;
        public delegate* unmanaged[Cdecl]<nint, nint, nint, Status> RunWithBinding;
        public delegate* unmanaged[Cdecl]<nint, nint*, Status> CreateIoBinding;
        public delegate* unmanaged[Cdecl]<nint, void> ReleaseIoBinding;
        public delegate* unmanaged[Cdecl]<nint, byte*, nint, Status> BindInput;
        public delegate* unmanaged[Cdecl]<nint, byte*, nint, Status> BindOutput;
        public delegate* unmanaged[Cdecl]<nint, byte*, nint, Status> BindOutputToDevice;
        public nint GetBoundOutputNames;
        public delegate* unmanaged[Cdecl]<nint, nint, nint**, nuint*, Status> GetBoundOutputValues;
        public delegate* unmanaged[Cdecl]<nint, void> ClearBoundInputs;
        public delegate* unmanaged[Cdecl]<nint, void> ClearBoundOutputs;
        public nint TensorAt, CreateAndRegisterAllocator, SetLanguageProjection, SessionGetProfilingStartTimeNs,
            SetGlobalIntraOpNumThreads, SetGlobalInterOpNumThreads, SetGlobalSpinControl, AddInitializer,
            CreateEnvWithCustomLoggerAndGlobalThreadPools, SessionOptionsAppendExecutionProvider_CUDA,
            SessionOptionsAppendExecutionProvider_ROCM, SessionOptionsAppendExecutionProvider_OpenVINO, SetGlobalDenormalAsZero,
            CreateArenaCfg, ReleaseArenaCfg, ModelMetadataGetGraphDescription, SessionOptionsAppendExecutionProvider_TensorRT,
            SetCurrentGpuDeviceId, GetCurrentGpuDeviceId, KernelInfoGetAttributeArray_float, KernelInfoGetAttributeArray_int64,
            CreateArenaCfgV2, AddRunConfigEntry, CreatePrepackedWeightsContainer, ReleasePrepackedWeightsContainer,
            CreateSessionWithPrepackedWeightsContainer, CreateSessionFromArrayWithPrepackedWeightsContainer,
            SessionOptionsAppendExecutionProvider_TensorRT_V2, CreateTensorRTProviderOptions, UpdateTensorRTProviderOptions,
            GetTensorRTProviderOptionsAsString, ReleaseTensorRTProviderOptions, EnableOrtCustomOps, RegisterAllocator,
            UnregisterAllocator, IsSparseTensor, CreateSparseTensorAsOrtValue, FillSparseTensorCoo, FillSparseTensorCsr,
            FillSparseTensorBlockSparse, CreateSparseTensorWithValuesAsOrtValue, UseCooIndices, UseCsrIndices, UseBlockSparseIndices,
            GetSparseTensorFormat, GetSparseTensorValuesTypeAndShape, GetSparseTensorValues, GetSparseTensorIndicesTypeShape,
            GetSparseTensorIndices, HasValue, KernelContext_GetGPUComputeStream, GetTensorMemoryInfo, GetExecutionProviderApi,
            SessionOptionsSetCustomCreateThreadFn, SessionOptionsSetCustomThreadCreationOptions, SessionOptionsSetCustomJoinThreadFn,
            SetGlobalCustomCreateThreadFn, SetGlobalCustomThreadCreationOptions, SetGlobalCustomJoinThreadFn;
        public delegate* unmanaged[Cdecl]<nint, Status> SynchronizeBoundInputs;
        public delegate* unmanaged[Cdecl]<nint, Status> SynchronizeBoundOutputs;
        public delegate* unmanaged[Cdecl]<nint, nint, Status> SessionOptionsAppendExecutionProvider_CUDA_V2;
        public delegate* unmanaged[Cdecl]<nint*, Status> CreateCUDAProviderOptions;
        public delegate* unmanaged[Cdecl]<nint, byte**, byte**, nuint, Status> UpdateCUDAProviderOptions;
        public nint GetCUDAProviderOptionsAsString;
        public delegate* unmanaged[Cdecl]<nint, void> ReleaseCUDAProviderOptions;
        public nint SessionOptionsAppendExecutionProvider_MIGraphX, AddExternalInitializers, CreateOpAttr, ReleaseOpAttr, CreateOp,
            InvokeOp, ReleaseOp, SessionOptionsAppendExecutionProvider, CopyKernelInfo, ReleaseKernelInfo, GetTrainingApi,
            SessionOptionsAppendExecutionProvider_CANN, CreateCANNProviderOptions, UpdateCANNProviderOptions,
            GetCANNProviderOptionsAsString, ReleaseCANNProviderOptions, MemoryInfoGetDeviceType, UpdateEnvWithCustomLogLevel,
            SetGlobalIntraOpThreadAffinity, RegisterCustomOpsLibrary_V2, RegisterCustomOpsUsingFunction, KernelInfo_GetInputCount,
            KernelInfo_GetOutputCount, KernelInfo_GetInputName, KernelInfo_GetOutputName, KernelInfo_GetInputTypeInfo,
            KernelInfo_GetOutputTypeInfo, KernelInfoGetAttribute_tensor, HasSessionConfigEntry, GetSessionConfigEntry,
            SessionOptionsAppendExecutionProvider_Dnnl, CreateDnnlProviderOptions, UpdateDnnlProviderOptions,
            GetDnnlProviderOptionsAsString, ReleaseDnnlProviderOptions, KernelInfo_GetNodeName, KernelInfo_GetLogger,
            KernelContext_GetLogger, Logger_LogMessage, Logger_GetLoggingSeverityLevel, KernelInfoGetConstantInput_tensor,
            CastTypeInfoToOptionalTypeInfo, GetOptionalContainedTypeInfo, GetResizedStringTensorElementBuffer,
            KernelContext_GetAllocator, GetBuildInfoString, CreateROCMProviderOptions, UpdateROCMProviderOptions,
            GetROCMProviderOptionsAsString, ReleaseROCMProviderOptions, CreateAndRegisterAllocatorV2, RunAsync,
            UpdateTensorRTProviderOptionsWithValue, GetTensorRTProviderOptionsByName, UpdateCUDAProviderOptionsWithValue,
            GetCUDAProviderOptionsByName, KernelContext_GetResource, SetUserLoggingFunction, ShapeInferContext_GetInputCount,
            ShapeInferContext_GetInputTypeShape, ShapeInferContext_GetAttribute, ShapeInferContext_SetOutputTypeShape,
            SetSymbolicDimensions, ReadOpAttr;
        public delegate* unmanaged[Cdecl]<nint, byte, Status> SetDeterministicCompute;
    }
#pragma warning restore CS0169, CS0649
}
