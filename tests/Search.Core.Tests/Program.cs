using Search.Tests.Strategies;

// The child process of tests: dotnet Search.Core.Tests.dll strategy FIXTURE.
return args switch
{
    ["strategy", var fixture] => StrategyContract.Child(fixture),
    _ => 2,
};
