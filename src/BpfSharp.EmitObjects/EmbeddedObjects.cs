using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace BpfSharp.EmitObjects;

/// <summary>
/// Reads the objects that are embedded in an assembly. It reads metadata and data only and runs nothing, so the assembly's references and
/// the machine's operating system do not matter.
/// </summary>
internal static class EmbeddedObjects
{
    private const string Attribute = "BpfObjectAttribute";

    // ldtoken <field>, by which the getter of ImageWords names the data.
    private const byte LdToken = 0xD0;

    /// <summary>The name and the bytes of every object; nested classes are named with their containers, <c>Outer.Inner</c>.</summary>
    /// <exception cref="BadImageFormatException">The file is no assembly.</exception>
    public static List<(string Name, byte[] Bytes)> Read(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        MetadataReader metadata = file.GetMetadataReader();
        List<(string, byte[])> objects = [];
        foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
        {
            TypeDefinition type = metadata.GetTypeDefinition(handle);
            if (!type.GetCustomAttributes().Any(a => IsObjectAttribute(metadata, metadata.GetCustomAttribute(a)))) continue;
            int size = ImageSize(metadata, type);
            if (size > 0) objects.Add((Name(metadata, type), Words(file, metadata, type)[..size]));
        }

        return objects;
    }

    private static bool IsObjectAttribute(MetadataReader metadata, CustomAttribute attribute) =>
        attribute.Constructor.Kind == HandleKind.MemberReference
        && metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is { Kind: HandleKind.TypeReference } parent
        && metadata.GetTypeReference((TypeReferenceHandle)parent) is var type
        && metadata.StringComparer.Equals(type.Name, Attribute) && metadata.StringComparer.Equals(type.Namespace, "BpfSharp");

    private static string Name(MetadataReader metadata, TypeDefinition type)
    {
        string name = metadata.GetString(type.Name);
        TypeDefinitionHandle outer = type.GetDeclaringType();
        return outer.IsNil ? name : Name(metadata, metadata.GetTypeDefinition(outer)) + "." + name;
    }

    private static int ImageSize(MetadataReader metadata, TypeDefinition type)
    {
        foreach (FieldDefinitionHandle handle in type.GetFields())
        {
            FieldDefinition field = metadata.GetFieldDefinition(handle);
            if (!metadata.StringComparer.Equals(field.Name, "ImageSize") || field.GetDefaultValue().IsNil) continue;
            return metadata.GetBlobReader(metadata.GetConstant(field.GetDefaultValue()).Value).ReadInt32();
        }

        return 0;
    }

    private static byte[] Words(PEReader file, MetadataReader metadata, TypeDefinition type)
    {
        MethodDefinition getter = type.GetMethods().Select(metadata.GetMethodDefinition).First(m => metadata.StringComparer.Equals(m.Name, "get_ImageWords"));
        byte[] code = file.GetMethodBody(getter.RelativeVirtualAddress).GetILBytes()!;
        var field = MetadataTokens.EntityHandle(BitConverter.ToInt32(code, Array.IndexOf(code, LdToken) + 1));
        FieldDefinition data = metadata.GetFieldDefinition((FieldDefinitionHandle)field);
        // The data's type is a struct of its size.
        BlobReader signature = metadata.GetBlobReader(data.Signature);
        _ = signature.ReadSignatureHeader();
        _ = signature.ReadSignatureTypeCode();
        TypeLayout layout = metadata.GetTypeDefinition((TypeDefinitionHandle)signature.ReadTypeHandle()).GetLayout();
        return [.. file.GetSectionData(data.GetRelativeVirtualAddress()).GetContent(0, layout.Size)];
    }
}
