using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;

namespace BpfSharp.Cli.KernelTypes;

/// <summary>
/// Writes a model as an assembly of metadata: a public <c>readonly ref struct</c> with properties for each struct and union, an enum for each
/// enum, in namespace BpfSharp.Kernel. All accessors share one body, which throws: only the compiler of eBPF programs looks at them.
/// </summary>
internal sealed partial class AssemblyWriter
{
    private const string KernelNamespace = "BpfSharp.Kernel";

    private readonly KernelModel _model;
    private readonly MetadataBuilder _metadata = new();
    private readonly BlobBuilder _code = new();
    private readonly References _references;
    private readonly Dictionary<string, EntityHandle> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BlobHandle> _memberAttributes = new(StringComparer.Ordinal);
    private readonly BlobHandle _noArguments;
    private readonly string _memberKindName;

    private AssemblyWriter(KernelModel model, Version version)
    {
        _model = model;
        _memberKindName = $"{KernelNamespace}.KernelMemberKind, BpfSharp, Version={version}, Culture=neutral, PublicKeyToken=null";
        _references = new References(_metadata, version);
        _noArguments = _metadata.GetOrAddBlob((byte[])[1, 0, 0, 0]);
    }

    /// <summary>Writes the assembly. The same model gives the same bytes.</summary>
    public static byte[] Write(KernelModel model, string name, Version version)
    {
        AssemblyWriter writer = new(model, version);
        return writer.Build(name, version);
    }

    private byte[] Build(string name, Version version)
    {
        _metadata.AddModule(0, _metadata.GetOrAddString(name + ".dll"), _metadata.GetOrAddGuid(default), default, default);
        _metadata.AddAssembly(_metadata.GetOrAddString(name), version, default, default, default, AssemblyHashAlgorithm.None);
        _metadata.AddTypeDefinition(default, default, _metadata.GetOrAddString("<Module>"), default, MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));

        // The first type definition is <Module>.
        int row = 2;
        foreach (KernelType type in _model.Types.Values) _types.Add(type.Name, MetadataTokens.TypeDefinitionHandle(row++));
        MethodBodyStreamEncoder bodies = new(_code);
        InstructionEncoder throws = new(new BlobBuilder());
        throws.OpCode(ILOpCode.Ldnull);
        throws.OpCode(ILOpCode.Throw);
        int body = bodies.AddMethodBody(throws, maxStack: 1);
        foreach (KernelType type in _model.Types.Values)
        {
            if (type.Kind == TypeKind.Enum) AddEnum(type);
            else AddStruct(type, body);
        }

        MetadataRootBuilder root = new(_metadata);
        PEHeaderBuilder header = new(imageCharacteristics: Characteristics.ExecutableImage | Characteristics.Dll | Characteristics.LargeAddressAware);
        ManagedPEBuilder pe = new(header, root, _code, flags: CorFlags.ILOnly, deterministicIdProvider: Id);
        BlobBuilder result = new();
        pe.Serialize(result);
        return result.ToArray();
    }

    private static BlobContentId Id(IEnumerable<Blob> content)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Blob blob in content) hash.AppendData(blob.GetBytes());
        return BlobContentId.FromHash(hash.GetHashAndReset());
    }

    private void AddStruct(KernelType type, int body)
    {
        TypeDefinitionHandle handle = _metadata.AddTypeDefinition(
            TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.SequentialLayout | TypeAttributes.BeforeFieldInit,
            _metadata.GetOrAddString(KernelNamespace), _metadata.GetOrAddString(type.Name), _references.ValueType, NextField, NextMethod);
        // Without fields, a struct has one byte.
        _metadata.AddTypeLayout(handle, 0, 1);
        _metadata.AddInterfaceImplementation(handle, _references.KernelTypeInterface);
        _metadata.AddCustomAttribute(handle, _references.KernelType, KernelTypeArguments(type.Kind, type.IsTypedef));
        _metadata.AddCustomAttribute(handle, _references.IsByRefLike, _noArguments);
        _metadata.AddCustomAttribute(handle, _references.IsReadOnly, _noArguments);
        PropertyDefinitionHandle first = default;
        foreach (KernelMemberModel member in type.Members)
        {
            if (Signature(member.Type!) is not { } signature) continue;
            PropertyDefinitionHandle property = AddProperty(member.Name, signature, isStatic: false, body, member.IsSettable(type));
            if (first.IsNil) first = property;
            if (MemberArguments(member) is { } arguments) _metadata.AddCustomAttribute(property, _references.KernelMember, arguments);
        }

        if (type.Name == "task_struct")
        {
            TypeEncoder(out BlobBuilder own).Type(_types[type.Name], isValueType: true);
            PropertyDefinitionHandle current = AddProperty("Current", own, isStatic: true, body);
            if (first.IsNil) first = current;
        }

        if (!first.IsNil) _metadata.AddPropertyMap(handle, first);
    }

    private PropertyDefinitionHandle AddProperty(string name, BlobBuilder type, bool isStatic, int body, bool isSettable = false)
    {
        // A method without parameters: instance or static, 0 parameters, the result; a property likewise.
        BlobBuilder method = new(), property = new();
        method.WriteByte(isStatic ? (byte)0x00 : (byte)0x20);
        method.WriteByte(0);
        property.WriteByte(isStatic ? (byte)0x08 : (byte)0x28);
        property.WriteByte(0);
        byte[] bytes = type.ToArray();
        method.WriteBytes(bytes);
        property.WriteBytes(bytes);
        MethodDefinitionHandle getter = AddAccessor("get_" + name, method, isStatic, body);
        PropertyDefinitionHandle handle = _metadata.AddProperty(PropertyAttributes.None, _metadata.GetOrAddString(name), _metadata.GetOrAddBlob(property));
        _metadata.AddMethodSemantics(handle, MethodSemanticsAttributes.Getter, getter);
        if (!isSettable) return handle;
        // An instance method with 1 parameter, which returns void.
        BlobBuilder setter = new();
        setter.WriteBytes((byte[])[0x20, 1, (byte)SignatureTypeCode.Void]);
        setter.WriteBytes(bytes);
        _metadata.AddMethodSemantics(handle, MethodSemanticsAttributes.Setter, AddAccessor("set_" + name, setter, isStatic, body));
        return handle;
    }

    private MethodDefinitionHandle AddAccessor(string name, BlobBuilder signature, bool isStatic, int body) => _metadata.AddMethodDefinition(
        MethodAttributes.Public | MethodAttributes.HideBySig | MethodAttributes.SpecialName | (isStatic ? MethodAttributes.Static : 0),
        MethodImplAttributes.IL, _metadata.GetOrAddString(name), _metadata.GetOrAddBlob(signature), body, MetadataTokens.ParameterHandle(1));

    private void AddEnum(KernelType type)
    {
        TypeDefinitionHandle handle = _metadata.AddTypeDefinition(
            TypeAttributes.Public | TypeAttributes.Sealed, _metadata.GetOrAddString(KernelNamespace), _metadata.GetOrAddString(type.Name),
            _references.Enum, NextField, NextMethod);
        _metadata.AddCustomAttribute(handle, _references.KernelType, KernelTypeArguments(TypeKind.Enum, isTypedef: false));
        BlobBuilder underlying = new();
        new BlobEncoder(underlying).Field().Type().PrimitiveType(Primitive(type));
        _metadata.AddFieldDefinition(FieldAttributes.Public | FieldAttributes.SpecialName | FieldAttributes.RTSpecialName, _metadata.GetOrAddString("value__"), _metadata.GetOrAddBlob(underlying));
        BlobBuilder own = new();
        new BlobEncoder(own).Field().Type().Type(handle, isValueType: true);
        BlobHandle signature = _metadata.GetOrAddBlob(own);
        foreach (KernelMemberModel value in type.Members)
        {
            FieldDefinitionHandle field = _metadata.AddFieldDefinition(
                FieldAttributes.Public | FieldAttributes.Static | FieldAttributes.Literal | FieldAttributes.HasDefault, _metadata.GetOrAddString(value.Name), signature);
            _metadata.AddConstant(field, Constant(type, value.Value));
        }
    }

    private FieldDefinitionHandle NextField => MetadataTokens.FieldDefinitionHandle(_metadata.GetRowCount(TableIndex.Field) + 1);

    private MethodDefinitionHandle NextMethod => MetadataTokens.MethodDefinitionHandle(_metadata.GetRowCount(TableIndex.MethodDef) + 1);

    private static PrimitiveTypeCode Primitive(KernelType type) => (type.Size, type.IsSigned) switch
    {
        (1, true) => PrimitiveTypeCode.SByte,
        (1, false) => PrimitiveTypeCode.Byte,
        (2, true) => PrimitiveTypeCode.Int16,
        (2, false) => PrimitiveTypeCode.UInt16,
        (8, true) => PrimitiveTypeCode.Int64,
        (8, false) => PrimitiveTypeCode.UInt64,
        (_, true) => PrimitiveTypeCode.Int32,
        _ => PrimitiveTypeCode.UInt32,
    };

    private static object Constant(KernelType type, long value) => Primitive(type) switch
    {
        PrimitiveTypeCode.SByte => unchecked((sbyte)value),
        PrimitiveTypeCode.Byte => unchecked((byte)value),
        PrimitiveTypeCode.Int16 => unchecked((short)value),
        PrimitiveTypeCode.UInt16 => unchecked((ushort)value),
        PrimitiveTypeCode.Int64 => value,
        PrimitiveTypeCode.UInt64 => unchecked((ulong)value),
        PrimitiveTypeCode.Int32 => unchecked((int)value),
        _ => unchecked((uint)value),
    };
}
