namespace Search.Native.Tests;

internal sealed class NativeLibraryLocatorTests
{
    private string _folder = string.Empty;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("search-locator-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Load_NowhereToBeFound_ListsEveryPlaceAndHowToGetIt()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "src/Search.Native/node_modules"));
        string inner = Directory.CreateDirectory(Path.Combine(_folder, "bin")).FullName;

        NativeException? error = Assert.Throws<NativeException>(() => NativeLibraryLocator.Load(Spec("libsearch-nothing.so.1"), inner, null));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Library, Is.EqualTo("nothing"));
            Assert.That(error.Message, Does.Contain(Path.Combine(inner, "libsearch-nothing.so.1") + " (no such file)"));
            Assert.That(error.Message, Does.Contain(Path.Combine(_folder, "src/Search.Native/node_modules/pkg/lib/libsearch-nothing.so.1")));
            Assert.That(error.Message, Does.Contain("libsearch-nothing.so.1 (unknown to the system's loader)"));
            Assert.That(error.Message, Does.Contain("run ./run-search.sh or set SEARCH_NOTHING"));
        }
    }

    [Test]
    public void Load_VariableNamesMissingFile_DoesNotFallBack()
    {
        string missing = Path.Combine(_folder, "elsewhere.so");

        NativeException? error = Assert.Throws<NativeException>(() => NativeLibraryLocator.Load(Spec("libc.so.6"), _folder, missing));

        Assert.That(error!.Message, Does.Contain("SEARCH_NOTHING is set to").And.Contain(missing + " (no such file)"));
    }

    [Test]
    public void Load_FileIsNoLibrary_SaysWhy()
    {
        string file = Path.Combine(_folder, "libsearch-nothing.so.1");
        File.WriteAllText(file, "not a library");

        NativeException? error = Assert.Throws<NativeException>(() => NativeLibraryLocator.Load(Spec("libsearch-nothing.so.1"), _folder, null));

        Assert.That(error!.Message, Does.Contain($"{file} (does not load: "));
    }

    [Test]
    public void Load_VariableNamesFolder_FindsTheFileInIt()
    {
        string? libraries = LibcFolder();
        if (libraries is null)
        {
            Assert.Ignore("libc.so.6 is in none of the folders this test knows");
        }

        LocatedLibrary library = NativeLibraryLocator.Load(Spec("libc.so.6"), _folder, libraries);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(library.Handle, Is.Not.Zero);
            Assert.That(library.Path, Is.EqualTo(Path.Combine(libraries!, "libc.so.6")));
            Assert.That(library.Tried, Is.EqualTo(new[] { library.Path }));
        }
    }

    [Test]
    public void Load_PackageInAncestor_IsFoundBeforeTheSystems()
    {
        string? libraries = LibcFolder();
        if (libraries is null)
        {
            Assert.Ignore("libc.so.6 is in none of the folders this test knows");
        }

        string package = Directory.CreateDirectory(Path.Combine(_folder, "src/Search.Native/node_modules/pkg/lib")).FullName;
        File.CreateSymbolicLink(Path.Combine(package, "libc.so.6"), Path.Combine(libraries!, "libc.so.6"));
        string inner = Directory.CreateDirectory(Path.Combine(_folder, "tests/X/bin/Release")).FullName;

        LocatedLibrary library = NativeLibraryLocator.Load(Spec("libc.so.6"), inner, null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(library.Path, Is.EqualTo(Path.Combine(package, "libc.so.6")));
            Assert.That(library.Tried, Is.EqualTo(new[] { Path.Combine(inner, "libc.so.6") + " (no such file)", library.Path }));
        }
    }

    [Test]
    public void Load_OnlyTheSystemHasIt_FallsBackToTheLoader()
    {
        if (LibcFolder() is null)
        {
            Assert.Ignore("no libc.so.6 on this system");
        }

        LocatedLibrary library = NativeLibraryLocator.Load(Spec("libc.so.6"), _folder, null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(library.Path, Is.EqualTo("libc.so.6"));
            Assert.That(library.Tried[^1], Is.EqualTo("libc.so.6"));
        }
    }

    private static NativeLibrarySpec Spec(string file) => new("nothing", "SEARCH_NOTHING", [$"pkg/lib/{file}"], file, "run ./run-search.sh or set SEARCH_NOTHING");

    private static string? LibcFolder() =>
        new[] { "/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/lib" }.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libc.so.6")));
}
