using System.Runtime.InteropServices;

namespace Search.Native;

/// <summary>
/// Finds and loads native libraries: the environment variable, next to the assembly, the repository's <c>node_modules</c>, the system's loader.
/// A variable that is set decides alone: an override that quietly fell back to another build would be worse than an error.
/// </summary>
internal static class NativeLibraryLocator
{
    private const string PackageFolder = "src/Search.Native/node_modules";

    /// <summary>Loads a library from the first place that has it.</summary>
    /// <param name="spec">The library and its places.</param>
    /// <returns>The loaded library, with the trace of places tried.</returns>
    /// <exception cref="NativeException">No place has a loadable library; the message lists every place tried and how to get the library.</exception>
    public static LocatedLibrary Load(NativeLibrarySpec spec) =>
        Load(spec, AppContext.BaseDirectory, Environment.GetEnvironmentVariable(spec.EnvironmentVariable));

    /// <summary>Loads a library, with the process's surroundings given.</summary>
    /// <param name="spec">The library and its places.</param>
    /// <param name="baseDirectory">Where the assembly lies.</param>
    /// <param name="variable">The environment variable's value, or null when it is not set.</param>
    /// <returns>The loaded library, with the trace of places tried.</returns>
    /// <exception cref="NativeException">No place has a loadable library.</exception>
    internal static LocatedLibrary Load(NativeLibrarySpec spec, string baseDirectory, string? variable)
    {
        List<string> tried = [];
        if (!string.IsNullOrWhiteSpace(variable))
        {
            return TryFiles(Overrides(spec, variable), tried)
                ?? throw NotFound(spec, $"{spec.EnvironmentVariable} is set to '{variable}', which has no loadable library", tried);
        }

        return TryFiles(DefaultPlaces(spec, baseDirectory), tried)
            ?? TrySystem(spec.SystemName, tried)
            ?? throw NotFound(spec, "the library was not found", tried);
    }

    private static IEnumerable<string> Overrides(NativeLibrarySpec spec, string variable) =>
        Directory.Exists(variable) ? spec.FileNames.Select(name => Path.GetFullPath(Path.Combine(variable, name))) : [Path.GetFullPath(variable)];

    private static IEnumerable<string> DefaultPlaces(NativeLibrarySpec spec, string baseDirectory)
    {
        foreach (string name in spec.FileNames)
        {
            yield return Path.Combine(baseDirectory, name);
        }

        for (DirectoryInfo? folder = new(baseDirectory); folder is not null; folder = folder.Parent)
        {
            string packages = Path.Combine(folder.FullName, PackageFolder);
            if (!Directory.Exists(packages))
            {
                continue;
            }

            foreach (string path in spec.PackagePaths)
            {
                yield return Path.Combine(packages, path);
            }
        }
    }

    private static LocatedLibrary? TryFiles(IEnumerable<string> files, List<string> tried)
    {
        foreach (string file in files)
        {
            if (!File.Exists(file))
            {
                tried.Add($"{file} (no such file)");
                continue;
            }

            try
            {
                nint handle = NativeLibrary.Load(file);
                tried.Add(file);
                return new LocatedLibrary(handle, file, tried);
            }
            catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
            {
                tried.Add($"{file} (does not load: {FirstReason(exception.Message)})");
            }
        }

        return null;
    }

    private static LocatedLibrary? TrySystem(string name, List<string> tried)
    {
        if (!NativeLibrary.TryLoad(name, out nint handle))
        {
            tried.Add($"{name} (unknown to the system's loader)");
            return null;
        }

        tried.Add(name);
        return new LocatedLibrary(handle, name, tried);
    }

    // The runtime's message lists its own variations over many lines; the loader's words are the line that names the file.
    private static string FirstReason(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(line => line.StartsWith('/')) ?? lines.FirstOrDefault() ?? message;
    }

    private static NativeException NotFound(NativeLibrarySpec spec, string reason, IReadOnlyList<string> tried)
    {
        string places = string.Concat(tried.Select(place => $"{Environment.NewLine}  {place}"));
        return new NativeException(spec.Name, 0, $"{spec.Name}: {reason}; {spec.HowToGet}. Tried:{places}");
    }
}
