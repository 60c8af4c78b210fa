using System.CommandLine;
namespace Search.Cli.Commands;
internal static class DoctorCommand
{
    public static Command Create() => new("doctor");
}
