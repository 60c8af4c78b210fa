using System.Globalization;
using Search.Storage.Tests;

// The child process of tests, and the measurement: dotnet Search.Storage.Tests.dll append|hold DIRECTORY, measure|grow DIRECTORY COUNT [OBJECTIVES], open|brief|scores|read DIRECTORY.
return args switch
{
    ["append", var directory] => Children.Append(directory),
    ["hold", var directory] => Children.Hold(directory),
    ["measure", var directory, var appends] => Measurement.Run(directory, int.Parse(appends, CultureInfo.InvariantCulture)),
    ["grow", var directory, var count, .. var objectives] => Measurement.Grow(directory, int.Parse(count, CultureInfo.InvariantCulture), objectives is [var several] ? int.Parse(several, CultureInfo.InvariantCulture) : 1),
    ["open" or "brief" or "scores" or "read", var directory] => Measurement.Once(args[0], directory),
    _ => 2,
};
