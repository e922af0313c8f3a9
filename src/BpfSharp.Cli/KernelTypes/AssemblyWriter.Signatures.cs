using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace BpfSharp.Cli.KernelTypes;

internal sealed partial class AssemblyWriter
{
    // ELEMENT_TYPE of an enum in an attribute, which its name follows.
    private const byte EnumArgument = 0x55;

    /// <summary>
    /// The C# type of a member as a signature; null if C# has none. A pointer to a struct is the struct's handle, but not where it is an element or pointed to itself: there a handle
    /// is a struct.
    /// </summary>
    private BlobBuilder? Signature(TypeReference type, bool isInside = false)
    {
        SignatureTypeEncoder encoder = TypeEncoder(out BlobBuilder blob);
        return Encode(encoder, type, isInside) ? blob : null;
    }

    private static SignatureTypeEncoder TypeEncoder(out BlobBuilder blob) => new(blob = new BlobBuilder());

    private bool Encode(SignatureTypeEncoder encoder, TypeReference type, bool isInside)
    {
        switch (type)
        {
            case TypeReference.Scalar s:
                encoder.PrimitiveType(Primitive(s));
                return true;
            case TypeReference.Named n:
                if (!_types.TryGetValue(n.Name, out EntityHandle known)) return false;
                encoder.Type(known, isValueType: true);
                return true;
            case TypeReference.Pointer { IsUser: false, Target: TypeReference.Named n } when IsHandle(n) && !isInside:
                encoder.Type(_types[n.Name], isValueType: true);
                return true;
            case TypeReference.Pointer p:
                if (p.Target is { } target && Signature(target, isInside: true) is { } pointee) Generic(encoder, p.IsUser ? _references.UserPointerOf : _references.KernelPointerOf, pointee);
                else encoder.Type(p.IsUser ? _references.UserPointer : _references.KernelPointer, isValueType: true);
                return true;
            default:
                if (Signature(((TypeReference.Array)type).Element, isInside: true) is not { } element) return false;
                Generic(encoder, _references.KernelArray, element);
                return true;
        }
    }

    private static void Generic(SignatureTypeEncoder encoder, EntityHandle definition, BlobBuilder argument)
    {
        GenericTypeArgumentsEncoder arguments = encoder.GenericInstantiation(definition, 1, isValueType: true);
        arguments.AddArgument().Builder.WriteBytes(argument.ToArray());
    }

    private bool IsHandle(TypeReference.Named type) => _model.Types.TryGetValue(type.Name, out KernelType? known) && known.Kind != TypeKind.Enum;

    private static PrimitiveTypeCode Primitive(TypeReference.Scalar type) => (type.Sign, type.Size) switch
    {
        ('b', _) => PrimitiveTypeCode.Boolean,
        ('i', 1) => PrimitiveTypeCode.SByte,
        (_, 1) => PrimitiveTypeCode.Byte,
        ('i', 2) => PrimitiveTypeCode.Int16,
        (_, 2) => PrimitiveTypeCode.UInt16,
        ('i', 4) => PrimitiveTypeCode.Int32,
        (_, 4) => PrimitiveTypeCode.UInt32,
        ('i', _) => PrimitiveTypeCode.Int64,
        _ => PrimitiveTypeCode.UInt64,
    };

    /// <summary>The arguments of <c>[KernelMember]</c>; null where none is needed.</summary>
    private BlobHandle? MemberArguments(KernelMemberModel member)
    {
        (int kind, long length) = member.Type switch
        {
            TypeReference.Pointer => (1, 0L),
            TypeReference.Named n when IsHandle(n) => (2, 0L),
            TypeReference.Array a => (3, a.Count),
            _ => (0, 0L),
        };
        if (kind == 0 && member.Value == 0) return null;
        string key = string.Create(CultureInfo.InvariantCulture, $"{kind} {length} {member.Value}");
        if (_memberAttributes.TryGetValue(key, out BlobHandle known)) return known;
        BlobBuilder blob = new();
        blob.WriteUInt16(1);
        blob.WriteUInt16((ushort)((kind != 0 ? 1 : 0) + (length != 0 ? 1 : 0) + (member.Value != 0 ? 1 : 0)));
        if (kind != 0)
        {
            Name(blob, "Kind", EnumArgument);
            blob.WriteInt32(kind);
        }

        if (length != 0) Number(blob, "Length", (int)Math.Min(length, int.MaxValue));
        if (member.Value != 0) Number(blob, "BitWidth", (int)member.Value);
        return _memberAttributes[key] = _metadata.GetOrAddBlob(blob);
    }

    private void Number(BlobBuilder blob, string name, int value)
    {
        Name(blob, name, (byte)SerializationTypeCode.Int32);
        blob.WriteInt32(value);
    }

    // A named argument: a property, its type, its name.
    private void Name(BlobBuilder blob, string name, byte type)
    {
        blob.WriteByte((byte)CustomAttributeNamedArgumentKind.Property);
        blob.WriteByte(type);
        if (type == EnumArgument) blob.WriteSerializedString(_memberKindName);
        blob.WriteSerializedString(name);
    }

    private BlobHandle KernelTypeArguments(TypeKind kind, bool isTypedef)
    {
        BlobBuilder blob = new();
        blob.WriteUInt16(1);
        blob.WriteInt32((int)kind);
        blob.WriteUInt16((ushort)(isTypedef ? 1 : 0));
        if (isTypedef)
        {
            Name(blob, "IsTypedef", (byte)SerializationTypeCode.Boolean);
            blob.WriteBoolean(true);
        }

        return _metadata.GetOrAddBlob(blob);
    }

    /// <summary>What the assembly refers to: the runtime's own types, and those of BpfSharp.</summary>
    private sealed class References
    {
        private readonly MetadataBuilder _metadata;
        private readonly AssemblyReferenceHandle _runtime, _bpfSharp;

        public References(MetadataBuilder metadata, Version version)
        {
            _metadata = metadata;
            BlobHandle token = metadata.GetOrAddBlob((byte[])[0xb0, 0x3f, 0x5f, 0x7f, 0x11, 0xd5, 0x0a, 0x3a]);
            _runtime = metadata.AddAssemblyReference(metadata.GetOrAddString("System.Runtime"), new Version(10, 0, 0, 0), default, token, default, default);
            _bpfSharp = metadata.AddAssemblyReference(metadata.GetOrAddString("BpfSharp"), version, default, default, default, default);
            ValueType = Type(_runtime, "System", "ValueType");
            Enum = Type(_runtime, "System", "Enum");
            KernelTypeInterface = Type(_bpfSharp, KernelNamespace, "IKernelType");
            KernelPointer = Type(_bpfSharp, KernelNamespace, "KernelPointer");
            KernelPointerOf = Type(_bpfSharp, KernelNamespace, "KernelPointer`1");
            UserPointer = Type(_bpfSharp, KernelNamespace, "UserPointer");
            UserPointerOf = Type(_bpfSharp, KernelNamespace, "UserPointer`1");
            KernelArray = Type(_bpfSharp, KernelNamespace, "KernelArray`1");
            IsByRefLike = Constructor(Type(_runtime, "System.Runtime.CompilerServices", "IsByRefLikeAttribute"));
            IsReadOnly = Constructor(Type(_runtime, "System.Runtime.CompilerServices", "IsReadOnlyAttribute"));
            KernelMember = Constructor(Type(_bpfSharp, KernelNamespace, "KernelMemberAttribute"));
            KernelType = Constructor(Type(_bpfSharp, KernelNamespace, "KernelTypeAttribute"), Type(_bpfSharp, KernelNamespace, "KernelTypeKind"));
        }

        public EntityHandle ValueType { get; }

        public EntityHandle Enum { get; }

        public EntityHandle KernelTypeInterface { get; }

        public EntityHandle KernelPointer { get; }

        public EntityHandle KernelPointerOf { get; }

        public EntityHandle UserPointer { get; }

        public EntityHandle UserPointerOf { get; }

        public EntityHandle KernelArray { get; }

        public EntityHandle IsByRefLike { get; }

        public EntityHandle IsReadOnly { get; }

        public EntityHandle KernelMember { get; }

        public EntityHandle KernelType { get; }

        private TypeReferenceHandle Type(AssemblyReferenceHandle assembly, string scope, string name) =>
            _metadata.AddTypeReference(assembly, _metadata.GetOrAddString(scope), _metadata.GetOrAddString(name));

        private MemberReferenceHandle Constructor(EntityHandle type, EntityHandle? parameter = null)
        {
            BlobBuilder signature = new();
            new BlobEncoder(signature).MethodSignature(isInstanceMethod: true).Parameters(
                parameter is null ? 0 : 1, static r => r.Void(), p =>
                {
                    if (parameter is { } argument) p.AddParameter().Type().Type(argument, isValueType: true);
                });
            return _metadata.AddMemberReference(type, _metadata.GetOrAddString(".ctor"), _metadata.GetOrAddBlob(signature));
        }
    }
}
