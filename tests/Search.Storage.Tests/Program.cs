using System.Globalization;
using Search.Storage.Tests;

// The child process of tests, and the measurement: dotnet Search.Storage.Tests.dll append|hold|measure DIRECTORY.
return args switch
{
    ["append", var directory] => Children.Append(directory),
    ["hold", var directory] => Children.Hold(directory),
    ["measure", var directory, var appends] => Measurement.Run(directory, int.Parse(appends, CultureInfo.InvariantCulture)),
    _ => 2,
};
