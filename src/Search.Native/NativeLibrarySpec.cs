namespace Search.Native;

/// <summary>A native library and the places it may lie in.</summary>
/// <param name="Name">What people call it, such as <c>onnxruntime</c>.</param>
/// <param name="EnvironmentVariable">The variable that overrides every other place; its value is the library's file or the folder that holds it.</param>
/// <param name="PackagePaths">Files under <c>src/Search.Native/node_modules</c> for this machine's architecture, with forward slashes, best first.</param>
/// <param name="SystemName">The name the system's loader knows, such as <c>libonnxruntime.so.1</c>.</param>
/// <param name="HowToGet">What to do when it is nowhere: the end of the error message, without a final stop.</param>
internal sealed record NativeLibrarySpec(
    string Name,
    string EnvironmentVariable,
    IReadOnlyList<string> PackagePaths,
    string SystemName,
    string HowToGet)
{
    /// <summary>The file names to look for in a folder, best first.</summary>
    public IEnumerable<string> FileNames => PackagePaths.Select(path => path[(path.LastIndexOf('/') + 1)..]).Append(SystemName).Distinct(StringComparer.Ordinal);
}
