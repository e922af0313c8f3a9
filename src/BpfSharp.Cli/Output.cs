using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace BpfSharp.Cli;

/// <summary>How commands write: tables for people, JSON for scripts.</summary>
internal static class Output
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes a value as JSON.</summary>
    public static void Json(object value) => Console.WriteLine(JsonSerializer.Serialize(value, s_options));

    /// <summary>Writes a table; without a terminal it is as wide as it needs to be.</summary>
    public static void Table(string title, string[] columns, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        if (all.Length == 0) return;
        Table table = new() { Border = TableBorder.Simple };
        foreach (string column in columns) table.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap());
        foreach (string[] row in all) table.AddRow([.. row.Select(Markup.Escape)]);
        Console.WriteLine(title);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected) console.Profile.Width = 1000;
        console.Write(table);
    }
}
