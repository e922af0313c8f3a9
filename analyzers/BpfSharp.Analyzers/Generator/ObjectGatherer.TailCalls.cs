using System.Globalization;
using System.Text;
using BpfSharp.Objects.Kernel;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Generator;

/// <summary>What tail-call tables hold when the programs run in .NET. What is wrong with an attribute the front end reports.</summary>
internal sealed partial class ObjectGatherer
{
    private string TableContent(IPropertySymbol property, AttributeData kind, uint entries)
    {
        if (kind.ConstructorArguments[0].Value is not (uint)MapType.ProgramArray) return "";
        var content = new StringBuilder();
        foreach (IMethodSymbol method in _class.MembersInSourceOrder<IMethodSymbol>())
        {
            if (method is not { IsStatic: true, IsGenericMethod: false, ReturnsVoid: false, Parameters: [{ RefKind: RefKind.None, Type: { IsUnmanagedType: true } or { IsRefLikeType: true } } context] }) continue;
            foreach (AttributeData attribute in method.GetAttributes())
            {
                if (attribute.AttributeClass?.ToDisplayString() != KernelNames.TailCallAttribute || attribute.ConstructorArguments.Length != 2) continue;
                if (attribute.ConstructorArguments[0].Value as string != property.Name || attribute.ConstructorArguments[1].Value is not uint index || index >= entries) continue;
                content.Append(".Set<").Append(context.Type.ToDisplayString(s_typeFormat)).Append(", ").Append(method.ReturnType.ToDisplayString(s_typeFormat)).Append(">(")
                    .Append(index.ToString(CultureInfo.InvariantCulture)).Append(", ").Append(Identifier(method.Name)).Append(')');
            }
        }

        return content.ToString();
    }
}
