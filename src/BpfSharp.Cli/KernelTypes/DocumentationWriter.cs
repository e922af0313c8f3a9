using System.Text;

namespace BpfSharp.Cli.KernelTypes;

/// <summary>Writes the documentation file beside the assembly: in which kernels each type is, and each member that is not in all of its type's.</summary>
internal static class DocumentationWriter
{
    /// <summary>Writes it as bytes; the same model gives the same bytes.</summary>
    public static byte[] Write(KernelModel model, string assembly)
    {
        StringBuilder text = new();
        text.Append("<?xml version=\"1.0\"?>\n<doc>\n<assembly><name>").Append(assembly).Append("</name></assembly>\n<members>\n");
        foreach (KernelType type in model.Types.Values)
        {
            Entry(text, "T", type.Name, $"The kernel's <c>{type.Kind.ToString().ToLowerInvariant()} {type.Name}</c>. {Where(model, type.Kernels)}");
            foreach (KernelMemberModel member in type.Members)
            {
                if (member.Kernels != type.Kernels) Entry(text, type.Kind == TypeKind.Enum ? "F" : "P", $"{type.Name}.{member.Name}", Where(model, member.Kernels));
            }
        }

        return Encoding.UTF8.GetBytes(text.Append("</members>\n</doc>\n").ToString());
    }

    private static string Where(KernelModel model, uint mask) =>
        mask == model.All ? $"In Linux {string.Join(", ", model.Kernels)}." : $"Only in Linux {model.Describe(mask)}.";

    private static void Entry(StringBuilder text, string kind, string name, string summary) =>
        text.Append("<member name=\"").Append(kind).Append(":BpfSharp.Kernel.").Append(name).Append("\"><summary>").Append(summary).Append("</summary></member>\n");
}
