using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>Takes the gradients of backward passes as they arrive, place by place.</summary>
internal interface IGradientSink : IDisposable
{
    /// <summary>Time that whoever the gradients were passed on to took.</summary>
    TimeSpan Elapsed { get; }

    /// <summary>Takes one place's gradient of one pass.</summary>
    /// <param name="place">The place's index.</param>
    /// <param name="gradient">The gradient, owned from here on.</param>
    void Receive(int place, TorchTensor gradient);

    /// <summary>Ends the last pass.</summary>
    void Flush();
}
