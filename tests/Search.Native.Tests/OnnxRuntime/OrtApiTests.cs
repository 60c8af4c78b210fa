using Search.Native.OnnxRuntime;

namespace Search.Native.Tests.OnnxRuntime;

internal sealed class OrtApiTests : OnnxRuntimeFixture
{
    // The library fixes the last slot of each release with static assertions of its own (onnxruntime_c_api.cc); these are the same facts.
    [TestCase("CreateStatus", 0)]
    [TestCase("GetErrorMessage", 2)]
    [TestCase("ReleaseCustomOpDomain", 101)]
    [TestCase("ReleaseModelMetadata", 118)]
    [TestCase("AddFreeDimensionOverrideByName", 124)]
    [TestCase("ReleaseAvailableProviders", 126)]
    [TestCase("SetGlobalSpinControl", 149)]
    [TestCase("ReleaseArenaCfg", 157)]
    [TestCase("GetCurrentGpuDeviceId", 161)]
    [TestCase("CreateSessionFromArrayWithPrepackedWeightsContainer", 169)]
    [TestCase("GetSparseTensorIndices", 191)]
    [TestCase("SynchronizeBoundOutputs", 203)]
    [TestCase("SessionOptionsAppendExecutionProvider_MIGraphX", 209)]
    [TestCase("ReleaseKernelInfo", 218)]
    [TestCase("ReleaseCANNProviderOptions", 224)]
    [TestCase("GetSessionConfigEntry", 238)]
    [TestCase("GetBuildInfoString", 254)]
    [TestCase("KernelContext_GetResource", 265)]
    public void SlotOf_LastFunctionOfARelease_IsWhereTheLibraryAssertsIt(string function, int slot) =>
        Assert.That(OrtApi.SlotOf(function), Is.EqualTo(slot));

    [Test]
    public void Version_OfTheLoadedLibrary_IsAtLeastTheTableAskedFor() =>
        Assert.That(System.Version.Parse(Library.Version), Is.GreaterThanOrEqualTo(new Version(1, OrtApi.ApiVersion)));

    [Test]
    public void Providers_OfAnyBuild_IncludeTheCpu() => Assert.That(Library.Providers, Does.Contain("CPUExecutionProvider"));

    [Test]
    public void CreateEnv_NameHoldsNul_Throws() =>
        Assert.That(() => Library.Api.CreateEnv(4, "a\0b"), Throws.ArgumentException.With.Message.Contains("a\\0b"));

    [Test]
    public void SetThreads_OptionsAreNull_Throws() => Assert.That(() => Library.Api.SetThreads(null!, 1, 1), Throws.ArgumentNullException);

    [Test]
    public void SetThreads_OptionsWereReleased_Throws()
    {
        OrtSessionOptionsHandle options = Library.Api.CreateSessionOptions();
        options.Dispose();

        Assert.That(() => Library.Api.SetThreads(options, 1, 1), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void SetSessionGraphOptimizationLevel_NoSuchLevel_ThrowsWithTheLibrarysCode()
    {
        const int InvalidArgument = 2;
        using OrtSessionOptionsHandle options = Library.Api.CreateSessionOptions();

        Assert.That(
            () => Library.Api.SetSessionGraphOptimizationLevel(options, -5),
            Throws.TypeOf<NativeException>().With.Property(nameof(NativeException.Code)).EqualTo(InvalidArgument)
                .And.Property(nameof(NativeException.Library)).EqualTo("onnxruntime"));
    }

    [Test]
    public void CreateTensor_NegativeDimension_ThrowsAndReleasesThePin()
    {
        using OrtMemoryInfoHandle memory = Library.Api.CreateCpuMemoryInfo();
        Memory<float> data = new float[4];

        Assert.That(
            () => Library.Api.CreateTensor(memory, data.Pin(), 16, OrtElementType.Float, [-2, 2]),
            Throws.TypeOf<NativeException>());
    }

    [Test]
    public void CreateTensor_ShapeNeedsMoreBytes_Throws()
    {
        using OrtMemoryInfoHandle memory = Library.Api.CreateCpuMemoryInfo();
        Memory<float> data = new float[4];

        Assert.That(
            () => Library.Api.CreateTensor(memory, data.Pin(), 16, OrtElementType.Float, [5]),
            Throws.TypeOf<NativeException>());
    }

    [Test]
    public void AppendCuda_NoDevice_Throws()
    {
        if (File.Exists("/dev/nvidia0"))
        {
            Assert.Ignore("this machine has a CUDA device");
        }

        using OrtSessionOptionsHandle options = Library.Api.CreateSessionOptions();

        Assert.That(() => Library.Api.AppendCuda(options, 0), Throws.TypeOf<NativeException>());
    }
}
