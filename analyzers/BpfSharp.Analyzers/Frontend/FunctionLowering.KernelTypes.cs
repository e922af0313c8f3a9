using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Handles of kernel structs: reading members, elements of arrays, what pointers point to.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>A place in kernel memory: an address, and the path from the struct there; without a path, the address itself.</summary>
    /// <param name="Base">The address.</param>
    /// <param name="Path">The path.</param>
    /// <param name="IsUser">Whether it is in the memory of the process instead.</param>
    private readonly record struct KernelPlace(Value Base, KernelPath? Path, bool IsUser = false);

    /// <summary>The value of a kernel struct's member: an integer, a handle or pointer, or the address of a <c>KernelArray</c>.</summary>
    private Value LowerKernelMember(IPropertyReferenceOperation property)
    {
        KernelPlace place = KernelPlaceOf(property);
        LocalMember member = place.Path!.Last!;
        _b.DebugId = _module.Positions.Id(property.Syntax);
        if (place.IsUser) CheckUserValue(property);
        switch (member.Type)
        {
            case LocalMemberType.Embedded: return KernelAddress(place);
            case LocalMemberType.Array array: return NewArray(KernelAddress(place), array.Length, LayoutOf(property));
            case LocalMemberType.Pointer { Pointee: not null, IsUser: false } when !place.IsUser && !place.Path.IsThroughUnion: return KernelRead(Op.KernelFollow, place, LayoutOf(property));
            default: return member.BitWidth > 0 ? BitField(place, LayoutOf(property)) : KernelRead(Op.KernelRead, place, LayoutOf(property));
        }
    }

    /// <summary>The place that a handle's or array's expression stands for, with as long a path as can be: one relocation finds it.</summary>
    private KernelPlace KernelPlaceOf(IOperation operation)
    {
        switch (operation)
        {
            case IParenthesizedOperation parenthesized:
                return KernelPlaceOf(parenthesized.Operand);
            case IPropertyReferenceOperation { Instance: { } instance } property when ModuleLowering.IsKernelMember(property.Property):
                LocalMember member = _module.KernelMember(property.Property) ?? throw Fail(Ids.KernelMember, property, property.Property.Name, property.Property.Type.ToDisplayString());
                KernelPlace container = IsInside(instance) ? KernelPlaceOf(instance) : new KernelPlace(LowerValue(instance), null);
                KernelPath path = container.Path ?? new KernelPath(_module.KernelType(property.Property.ContainingType)!, []);
                return container with { Path = path.With(member) };
            case IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } array } element when array.Type.Is(KnownNames.KernelArray) && element.Arguments[0].Value.ConstantValue.Value is int index && IsInside(array):
                KernelPlace whole = KernelPlaceOf(array);
                if (whole.Path!.End is not LocalMemberType.Array { Length: var length } || index < 0 || (length > 0 && index >= length)) break;
                return whole with { Path = whole.Path.With(index) };
            case IPropertyReferenceOperation { Instance: { } pointer } there when IsUserStruct(there):
                return UserStruct(there, pointer);
        }
        return new KernelPlace(LowerValue(operation), null);
    }

    /// <summary>Whether an expression is a place inside a kernel struct, not a pointer that was read.</summary>
    private bool IsInside(IOperation operation) => operation switch
    {
        IParenthesizedOperation parenthesized => IsInside(parenthesized.Operand),
        IPropertyReferenceOperation { Instance: not null } property when ModuleLowering.IsKernelMember(property.Property) =>
            _module.KernelMember(property.Property)?.Type is LocalMemberType.Embedded or LocalMemberType.Array,
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } array } element when array.Type.Is(KnownNames.KernelArray) =>
            element.Arguments[0].Value.ConstantValue.Value is int && IsInside(array) && _module.KernelType(TypeOf(element)) is { IsEnum: false },
        IPropertyReferenceOperation there => IsUserStruct(there),
        _ => false,
    };

    /// <summary>The address of a place.</summary>
    private Value KernelAddress(KernelPlace place) => place.Path is not { Steps.Count: > 0 } path ? place.Base
        : _module.Kernel.Relocate(_b.Add(Op.PtrAdd, place.Base.Type, place.Base), CoreRelocationKind.FieldByteOffset, path);

    private Value KernelRead(Op op, KernelPlace place, TypeLayout layout)
    {
        if (!layout.IsScalar) throw new InvalidOperationException("A member of a kernel struct is a scalar.");
        if (place.IsUser) return UserRead(place, layout);
        Value read = _b.Add(op, layout.IrType, place.Base);
        read.Access = layout.Access;
        return place.Path is { } path ? _module.Kernel.Relocate(read, CoreRelocationKind.FieldByteOffset, path) : read;
    }

    /// <summary>A <c>KernelArray</c> in a temporary.</summary>
    private Value NewArray(Value address, int length, TypeLayout layout)
    {
        Place array = NewTemporary(layout);
        Store(array.Part("address"), address);
        Store(array.Part("length"), _b.Const32(length));
        return AddressOf(array);
    }

    /// <summary>A bit field: the bytes around it, shifted to the top and back. Where they are, how many, and the sign are the running kernel's.</summary>
    private Value BitField(KernelPlace place, TypeLayout layout)
    {
        KernelPath path = place.Path!;
        Value Known(CoreRelocationKind kind, IrType type) => _module.Kernel.Relocate(_b.Constant(type, 0), kind, path);
        Slot slot = _plan.Function.AddSlot(8, 8);
        _b.Zero(Address(slot), 8);
        // Where the verifier knows the pointer, a pass (BitFieldReads) makes loads of it.
        int helper = place.IsUser ? Helpers.ProbeReadUser : Helpers.ProbeReadKernel;
        _b.CallHelper(helper, IrType.I64, Address(slot), Known(CoreRelocationKind.FieldByteSize, IrType.I64), KernelAddress(place));
        Value bits = _b.Load(IrType.I64, Access.U64, Address(slot));
        bits = _b.Binary(Op.Shl, bits, Known(CoreRelocationKind.FieldLeftShift, IrType.I64));
        Place result = NewTemporary(Layouts.Int64);
        Block signed = _b.NewBlock(), unsigned = _b.NewBlock(), end = _b.NewBlock();
        _b.Branch(_b.Compare(Op.Ne, Known(CoreRelocationKind.FieldSigned, IrType.I32), _b.Const32(0)), signed, unsigned);
        _b.Continue(signed);
        Store(result, _b.Binary(Op.AShr, bits, Known(CoreRelocationKind.FieldRightShift, IrType.I64)));
        _b.Jump(end);
        _b.Continue(unsigned);
        Store(result, _b.Binary(Op.LShr, bits, Known(CoreRelocationKind.FieldRightShift, IrType.I64)));
        _b.Jump(end);
        _b.Continue(end);
        return FromWord(Load(result), layout);
    }

    /// <summary>A 64-bit word as a scalar of a type: the low bytes, or a pointer.</summary>
    private Value FromWord(Value word, TypeLayout layout)
    {
        if (layout.Kind == LayoutKind.Pointer) return _b.Add(Op.PointerTo, IrType.Pointer(), word);
        if (layout.Is64) return word;
        Value narrow = _b.Add(Op.Trunc, IrType.I32, word);
        return layout.IsBool ? _b.Compare(Op.Ne, Normalize(narrow, null, Layouts.Byte), _b.Const32(0)) : Normalize(narrow, null, layout);
    }

    private Value ArrayElement(IntrinsicCall call)
    {
        IOperation instance = call.Instance!;
        KernelPlace constant = IsInside(instance) && call.Operands[0].ConstantValue.Value is int ? KernelPlaceOf(call.Operation) : default;
        ITypeSymbol type = TypeOf(call.Operation);
        if (constant.Path is not null) return AtPlace(constant, type, call.Operation);
        if (UserArray(instance) is { } user) return UserElement(call, user, type);
        Place array = LowerPlace(instance);
        Value address = Load(array.Part("address")), length = Load(array.Part("length"));
        Value index = LowerValue(call.Operands[0]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        CheckElement(index, length);
        return AtPlace(new KernelPlace(ElementAddress(address, index, type, call.Operation), null), type, call.Operation);
    }

    /// <summary>Faults if an array has no such element. One that was declared without a length is as long as the kernel makes it.</summary>
    private void CheckElement(Value index, Value length)
    {
        Block bounded = _b.NewBlock(), next = _b.NewBlock();
        _b.Branch(_b.Compare(Op.Ne, length, _b.Const32(0)), bounded, next);
        _b.Continue(bounded);
        FaultUnless(_b.Compare(Op.ULt, index, length));
        _b.Jump(next);
        _b.Continue(next);
    }

    private Value PointerElement(IntrinsicCall call, bool isUser)
    {
        if (isUser && _module.KernelType(TypeOf(call.Operation)) is { IsEnum: false }) throw InUserMemory(call.Operation);
        Value pointer = LowerValue(call.Instance!);
        ITypeSymbol type = TypeOf(call.Operation);
        if (call.Operands.Length > 0) pointer = ElementAddress(pointer, LowerValue(call.Operands[0]), type, call.Operation);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        return AtPlace(new KernelPlace(pointer, null, isUser), type, call.Operation);
    }

    /// <summary>The address of an element: as a number, since the verifier does not allow variable steps from kernel objects.</summary>
    private Value ElementAddress(Value address, Value index, ITypeSymbol type, IOperation at)
    {
        Value size = _module.KernelType(type) is { IsEnum: false } kernel
            ? _module.Kernel.Relocate(_b.Const64(0), CoreRelocationKind.TypeSize, kernel)
            : _b.Const64(LayoutOf(type, at).Size);
        Value bytes = _b.Binary(Op.Mul, _b.Add(Op.SExt32, IrType.I64, index), size);
        return _b.Add(Op.PointerTo, IrType.Pointer(), _b.Binary(Op.Add, _b.Add(Op.AddressOf, IrType.I64, address), bytes));
    }

    /// <summary>What is at an element's place or behind a pointer: a handle stands for the place, everything else is read.</summary>
    private Value AtPlace(KernelPlace place, ITypeSymbol type, IOperation at)
    {
        if (_module.KernelType(type) is { IsEnum: false }) return place.IsUser ? throw InUserMemory(at) : KernelAddress(place);
        TypeLayout layout = LayoutOf(type, at);
        if (layout.IsScalar) return KernelRead(Op.KernelRead, place, layout);
        if (layout.HasPointers) throw Fail(Ids.KernelMember, at, Excerpt(at), type.ToDisplayString());
        Place copy = NewTemporary(layout);
        _b.CallHelper(place.IsUser ? Helpers.ProbeReadUser : Helpers.ProbeReadKernel, IrType.I64, AddressOf(copy), _b.Const64(layout.Size), KernelAddress(place));
        return AddressOf(copy);
    }

    /// <summary>Copies text or bytes into a buffer.</summary>
    private Value CopyKernelMemory(IntrinsicCall call, int helper)
    {
        IOperation source = call.Operands[0];
        KernelPlace? user = UserArray(source);
        if (user is not null) helper = helper == Helpers.ProbeReadKernel ? Helpers.ProbeReadUser : Helpers.ProbeReadUserString;
        Value address = user is { } place ? KernelAddress(place) : AddressInKernel(source);
        Place buffer = LowerPlace(call.Operands[1]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value result = _b.Add(Op.Trunc, IrType.I32, _b.CallHelper(helper, IrType.I64, AddressOf(buffer), _b.Const64(buffer.Layout.Size), address));
        return helper == Helpers.ProbeReadUserString ? WithZeroOfEmptyString(result, _b.Const32(buffer.Layout.Size)) : result;
    }

    /// <summary>The address of a handle, pointer or array.</summary>
    private Value HandleAddress(IntrinsicCall call)
    {
        IOperation handle = call.Instance ?? call.Operands[0];
        while (handle is IParenthesizedOperation parenthesized) handle = parenthesized.Operand;
        return handle is IPropertyReferenceOperation member && !handle.Type.Is(KnownNames.KernelArray) && IsUserPlace(handle) ? UserAddress(member) : AddressInKernel(handle);
    }

    private Value AddressInKernel(IOperation handle) =>
        !handle.Type.Is(KnownNames.KernelArray) ? LowerValue(handle)
            : IsInside(handle) ? KernelAddress(KernelPlaceOf(handle))
            : Load(LowerPlace(handle).Part("address"));

    /// <summary>The current task, as the verifier knows it.</summary>
    private Value CurrentTask() => _b.CallHelper(Helpers.CurrentTaskBtf, IrType.Pointer(Region.Btf));

    private static bool IsCurrentTask(IPropertySymbol property) =>
        property is { IsStatic: true, Name: "Current", ContainingType.Name: var name } && name.Split(["___"], StringSplitOptions.None)[0] == "task_struct"
        && SymbolEqualityComparer.Default.Equals(property.Type, property.ContainingType)
        && property.ContainingType.OriginalDefinition.Attribute(KnownNames.KernelTypeAttribute) is not null;
}
