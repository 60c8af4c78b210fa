using Search.Native.Torch;

namespace Search.Native.Tests.Torch;

// Live tensors are counted for the whole process: fixtures beside one another would count each other's.
[NonParallelizable]
internal abstract class TorchFixture
{
    private bool _loaded;

    [SetUp]
    public void LoadLibrary()
    {
        try
        {
            TorchLibrary.Describe();
            _loaded = true;
        }
        catch (NativeException exception)
        {
            Assert.Ignore(exception.Message);
        }
    }

    [TearDown]
    public void NoTensorIsLeft()
    {
        if (_loaded)
        {
            Assert.That(TorchLibrary.LiveTensors, Is.Zero, "native tensors not released");
        }
    }

    protected static TorchTensor Tensor(params float[] values) => TorchTensor.Wrap<float>(values, [values.Length]);

    protected static TorchTensor Matrix(int rows, params float[] values) => TorchTensor.Wrap<float>(values, [rows, values.Length / rows]);

    // The elements, read and released.
    protected static T[] Taken<T>(TorchTensor tensor)
        where T : unmanaged
    {
        using (tensor)
        {
            return tensor.Read<T>().ToArray();
        }
    }
}
