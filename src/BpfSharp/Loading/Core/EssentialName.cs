namespace BpfSharp.Loading.Core;

/// <summary>Names without their flavour: <c>task_struct</c> for <c>task_struct___old</c>.</summary>
internal static class EssentialName
{
    /// <summary>The part before the last <c>___</c> that stands between other characters than underscores.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> name)
    {
        for (int i = name.Length - 5; i >= 0; i--)
        {
            if (name[i + 2] == '_' && name[i + 1] == '_' && name[i + 3] == '_' && name[i] != '_' && name[i + 4] != '_') return name[..(i + 1)];
        }

        return name;
    }
}
