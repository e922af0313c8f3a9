using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>The intrinsics of the kernel-side API, by the names that its attributes give.</summary>
internal sealed partial class FunctionLowering
{
    private const long Any = 0, NoExist = 1, Exist = 2;

    private static readonly Dictionary<string, Intrinsic> KernelIntrinsics = new(StringComparer.Ordinal)
    {
        ["arena.item"] = static (f, c) => f.ArenaItem(c),
        ["arena.length"] = static (f, c) => f.ArenaLength(c),
        ["array.item"] = static (f, c) => f.ArrayItem(c),
        ["ref.value"] = static (f, c) => f.NonNull(f.LowerPlace(c.Instance!)),
        ["reservation.value"] = static (f, c) => f.Reserved(f.LowerPlace(c.Instance!)),
        ["reservation.submit"] = static (f, c) => f.FinishReservation(f.LowerPlace(c.Instance!), Helpers.RingBufferSubmit, f.WakeUp(c, 0)),
        ["reservation.discard"] = static (f, c) => f.FinishReservation(f.LowerPlace(c.Instance!), Helpers.RingBufferDiscard),
        ["reservation.dispose"] = static (f, c) => f.DisposeReservation(f.LowerPlace(c.Instance!)),
        ["packet.xdp"] = static (f, c) => f.PacketOf(c, 0, 4),
        ["packet.message"] = static (f, c) => f.PacketOf(c, 0, sizeof(ulong), Access.U64),
        ["packet.skb"] = static (f, c) => f.PacketOf(c, 76, 80),
        ["packet.remaining"] = static (f, c) => f.PacketRemaining(c),
        ["context.record"] = static (f, c) => f.LowerValue(c.Instance!),
        ["context.value"] = static (f, c) => f.LowerValue(c.Instance!),
        ["context.argument"] = static (f, c) => f.ContextWord(c, static i => i * 8, 12),
        ["tracing.argument"] = static (f, c) => f._b.Add(Op.AddressOf, IrType.I64, f.ContextPointer(c)),
        ["writable.argument"] = static (f, c) => f.WritableArgument(c),
        ["connection.handle"] = static (f, c) => f.ConnectionHandle(c),
        ["connection.dispose"] = static (f, c) => f.DisposeReservation(f.LowerPlace(c.Instance!)),
        ["kprobe.argument"] = static (f, c) => f.ArgumentRegister(f.LowerValue(c.Instance!), f.ConstantIndex(c, PtRegs.X64.Arguments.Length)),
        ["kprobe.returnValue"] = static (f, c) => f.ReturnRegister(f.LowerValue(c.Instance!)),
        ["usdt.argument"] = static (f, c) => f.ProbeArgument(c),
        ["usdt.argumentCount"] = static (f, c) => f.ProbeArgumentCount(c),
        ["usdt.cookie"] = static (f, c) => f.ProbeCookie(c),
        ["perf.samplePeriod"] = static (f, c) => f.ContextWordAt(c, PtRegs.Size),
        ["perf.address"] = static (f, c) => f.ContextWordAt(c, PtRegs.Size + 8),
        ["endian.toHost"] = static (f, c) => f.FromNetworkOrder(f.LowerPlace(c.Instance ?? c.Operands[0])),
        ["endian.toNetwork"] = static (f, c) => f.ToNetworkOrder(c),
        ["user.readString"] = static (f, c) => f.ReadUserString(c),
        ["stacktrace.capture"] = static (f, c) => f.CaptureStack(c),
        ["spinlock.enter"] = static (f, c) => f.EnterLock(c),
        ["spinlock.leave"] = static (f, c) => throw f.Fail(Ids.LockScope, c.Operation, Excerpt(c.Operation)), // Only a using leaves: the verifier refuses to release twice.
        ["loop"] = static (f, c) => f.KernelLoop(c),
        ["timer.init"] = static (f, c) => f.TimerInit(c),
        ["timer.setCallback"] = static (f, c) => f.TimerSetCallback(c),
        ["timer.start"] = static (f, c) => f.TimerStart(c),
        ["timer.cancel"] = static (f, c) => f.TimerCancel(c),
        ["bloom.add"] = static (f, c) => f.BloomAdd(c),
        ["userring.drain"] = static (f, c) => f.DrainUserRing(c),
        ["redirect.one"] = static (f, c) => f.RedirectOne(c),
        ["redirect.all"] = static (f, c) => f.RedirectAll(c),
        ["socket.ofOperation"] = static (f, c) => f.ContextSocket(c, 184),
        ["socket.ofMessage"] = static (f, c) => f.ContextSocket(c, 72),
        ["socket.ofPacket"] = static (f, c) => f.PacketSocket(c),
        ["sockmap.redirectMessage"] = static (f, c) => f.RedirectToSocket(c, Helpers.MessageRedirectMap, isHash: false),
        ["sockmap.redirectPacket"] = static (f, c) => f.RedirectToSocket(c, Helpers.PacketRedirectMap, isHash: false),
        ["sockhash.redirectMessage"] = static (f, c) => f.RedirectToSocket(c, Helpers.MessageRedirectHash, isHash: true),
        ["sockhash.redirectPacket"] = static (f, c) => f.RedirectToSocket(c, Helpers.PacketRedirectHash, isHash: true),
        ["map.forEach"] = static (f, c) => f.MapForEach(c),
        ["range"] = static (f, c) => throw f.Unsupported(c.Operation, "Bpf.Range anywhere but behind 'in' of foreach"),
        ["handle.isNull"] = static (f, c) => f._b.Compare(Op.Eq, f.HandleAddress(c), f._b.Null()),
        ["handle.address"] = static (f, c) => f._b.Add(Op.AddressOf, IrType.I64, f.HandleAddress(c)),
        ["handle.pointer"] = static (f, c) => f.HandleAddress(c),
        ["handle.as"] = static (f, c) => f.HandleAs(c),
        ["array.element"] = static (f, c) => f.ArrayElement(c),
        ["array.length"] = static (f, c) => f.Load(f.LowerPlace(c.Instance!).Part("length")),
        ["pointer.value"] = static (f, c) => f.PointerElement(c, isUser: false),
        ["pointer.element"] = static (f, c) => f.PointerElement(c, isUser: false),
        ["userPointer.value"] = static (f, c) => f.PointerElement(c, isUser: true),
        ["userPointer.element"] = static (f, c) => f.PointerElement(c, isUser: true),
        ["text.copy"] = static (f, c) => f.CopyKernelMemory(c, Helpers.ProbeReadKernelText),
        ["text.copyUser"] = static (f, c) => f.CopyKernelMemory(c, Helpers.ProbeReadUserString),
        ["bytes.copy"] = static (f, c) => f.CopyKernelMemory(c, Helpers.ProbeReadKernel),
        ["bytes.copyUser"] = static (f, c) => f.CopyKernelMemory(c, Helpers.ProbeReadUser),
        ["core.memberExists"] = static (f, c) => f.AskMember(c, CoreRelocationKind.FieldExists),
        ["core.memberSize"] = static (f, c) => f.AskMember(c, CoreRelocationKind.FieldByteSize),
        ["core.memberOffset"] = static (f, c) => f.AskMember(c, CoreRelocationKind.FieldByteOffset),
        ["core.memberSigned"] = static (f, c) => f.AskMember(c, CoreRelocationKind.FieldSigned),
        ["core.typeExists"] = static (f, c) => f.AskType(c, CoreRelocationKind.TypeExists),
        ["core.typeMatches"] = static (f, c) => f.AskType(c, CoreRelocationKind.TypeMatches),
        ["core.typeSize"] = static (f, c) => f.AskType(c, CoreRelocationKind.TypeSize),
        ["core.typeId"] = static (f, c) => f.AskType(c, CoreRelocationKind.TypeIdTarget),
        ["core.localTypeId"] = static (f, c) => f.AskType(c, CoreRelocationKind.TypeIdLocal),
        ["core.enumValue"] = static (f, c) => f.AskEnumValue(c),
        ["print"] = static (f, c) => f.Print(c),
    };

    private static readonly Dictionary<string, ConditionIntrinsic> KernelConditions = new(StringComparer.Ordinal)
    {
        ["arena.tryGetRef"] = static (f, c, t, e) => f.ArenaTryGetRef(c, t, e),
        ["map.tryGetRef"] = static (f, c, t, e) => f.MapTryGetRef(c, t, e),
        ["map.tryGetValue"] = static (f, c, t, e) => f.MapTryGetValue(c, t, e),
        ["map.contains"] = static (f, c, t, e) => f.MapContains(c, t, e),
        ["map.tryAdd"] = static (f, c, t, e) => f.MapUpdate(c, NoExist, t, e),
        ["map.tryUpdate"] = static (f, c, t, e) => f.MapUpdate(c, Exist, t, e),
        ["map.set"] = static (f, c, t, e) => f.MapUpdate(c, Any, t, e),
        ["map.remove"] = static (f, c, t, e) => f.MapRemove(c, t, e),
        ["map.push"] = static (f, c, t, e) => f.MapPush(c, Any, t, e),
        ["map.pushOver"] = static (f, c, t, e) => f.MapPush(c, Exist, t, e),
        ["map.pop"] = static (f, c, t, e) => f.MapTake(c, Helpers.MapPop, t, e),
        ["map.tryPeek"] = static (f, c, t, e) => f.MapTake(c, Helpers.MapPeek, t, e),
        ["bloom.mayContain"] = static (f, c, t, e) => f.BloomMayContain(c, t, e),
        ["perf.output"] = static (f, c, t, e) => f.PerfOutput(c, t, e),
        ["cgroup.containsCurrentTask"] = static (f, c, t, e) => f.IsCurrentTaskInCgroup(c, t, e),
        ["connection.tryFind"] = static (f, c, t, e) => f.TryFindConnection(c, t, e),
        ["storage.tryGetRef"] = static (f, c, t, e) => f.StorageGet(c, false, t, e),
        ["storage.tryGetOrAdd"] = static (f, c, t, e) => f.StorageGet(c, true, t, e),
        ["storage.remove"] = static (f, c, t, e) => f.StorageRemove(c, t, e),
        ["programs.tailCall"] = static (f, c, t, e) => f.TailCall(c, e),
        ["maps.tryGet"] = static (f, c, t, e) => f.MapOfMapsTryGet(c, t, e),
        ["sockmap.add"] = static (f, c, t, e) => f.UseSocket(c, Helpers.SockMapUpdate, t, e),
        ["sockhash.add"] = static (f, c, t, e) => f.UseSocket(c, Helpers.SockHashUpdate, t, e),
        ["socket.contains"] = static (f, c, t, e) => f.ContainsSocket(c, t, e),
        ["reuseport.trySelect"] = static (f, c, t, e) => f.UseSocket(c, Helpers.SelectReuseport, t, e),
        ["ref.hasValue"] = static (f, c, t, e) => f.HasReference(c, t, e),
        ["ringbuf.tryReserve"] = static (f, c, t, e) => f.TryReserve(c, t, e),
        ["ringbuf.output"] = static (f, c, t, e) => f.RingOutput(c, t, e),
        ["packet.tryRead"] = static (f, c, t, e) => f.PacketTryRead(c, true, t, e),
        ["packet.tryPeek"] = static (f, c, t, e) => f.PacketTryRead(c, false, t, e),
        ["packet.trySkip"] = static (f, c, t, e) => f.PacketTrySkip(c, t, e),
        ["skb.tryLoad"] = static (f, c, t, e) => f.PacketTryLoad(c, t, e),
        ["user.tryRead"] = static (f, c, t, e) => f.TryReadUser(c, t, e),
        ["struct.equals"] = static (f, c, t, e) => f.StructEquals(c, t, e),
        ["struct.notEquals"] = static (f, c, t, e) => f.StructEquals(c, e, t),
    };

    private void LowerIntrinsicConstructor(string name, IObjectCreationOperation creation, Place place)
    {
        if (name != "ipv4.create") throw Fail(Ids.UserSpaceOnly, creation, Excerpt(creation));
        // The address in the order in which it is sent: the first byte first.
        foreach (IArgumentOperation argument in creation.Arguments)
        {
            _b.Store(Access.U8, place.Pointer, LowerValue(argument.Value), place.Offset + argument.Parameter!.Ordinal);
        }
    }

    private MapInfo MapOf(IntrinsicCall call) => MapOf(call.Instance ?? throw Silent(call.Operation), call);

    private MapInfo MapOf(IOperation operand, IntrinsicCall call) =>
        operand is IPropertyReferenceOperation property && _module.Map(property.Property) is { } map ? map
        : InnerMapOf(operand) is { } inner ? inner
        : throw (operand is IPropertyReferenceOperation { Property: var p } && p.Attribute(KnownNames.MapAttribute) is not null
            ? Silent(call.Operation)
            : Fail(Ids.MapUse, operand, "it must be a [BpfMap] property of this class"));

    private Value Lookup(MapInfo map, Value key) => _b.CallHelper(Helpers.MapLookup, IrType.Pointer(Region.MapValue), Address(map), key);

    /// <summary>The key in memory: maps with an index take it by value.</summary>
    private Value Key(IntrinsicCall call) => HelperMemory(call.Operands[0]);

    private Value ArrayItem(IntrinsicCall call)
    {
        MapInfo map = MapOf(call);
        Value key = Key(call);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value value = Lookup(map, key);
        FaultIf(_b.Compare(Op.Eq, value, _b.Null()));
        return value;
    }

    private Value NonNull(Place reference)
    {
        Value pointer = Load(reference);
        FaultIf(_b.Compare(Op.Eq, pointer, _b.Null()));
        return pointer;
    }

    private void HasReference(IntrinsicCall call, Block whenTrue, Block whenFalse) =>
        _b.Branch(_b.Compare(Op.Ne, LowerValue(call.Instance!), _b.Null()), whenTrue, whenFalse);

    /// <summary>Branches on whether a pointer is null; the compared value is the one that is used.</summary>
    private void BranchOnNull(Value pointer, Action found, Action missing, Block whenTrue, Block whenFalse)
    {
        Block some = _b.NewBlock(), none = _b.NewBlock();
        _b.Branch(_b.Compare(Op.Ne, pointer, _b.Null()), some, none);
        _b.Continue(some);
        found();
        _b.Jump(whenTrue);
        _b.Continue(none);
        missing();
        _b.Jump(whenFalse);
    }

    private void MapTryGetRef(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value key = Key(call);
        Place result = LowerPlace(call.Operands[1]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value value = Lookup(map, key);
        BranchOnNull(value, () => Store(result, value), () => Store(result, _b.Null()), whenTrue, whenFalse);
    }

    private void MapTryGetValue(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value key = Key(call);
        Place result = LowerPlace(call.Operands[1]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value value = Lookup(map, key);
        BranchOnNull(value, () => Store(result, Load(new Place(value, 0, result.Layout))), () => StoreZero(result), whenTrue, whenFalse);
    }

    private void MapContains(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value key = Key(call);
        _b.Branch(_b.Compare(Op.Ne, Lookup(map, key), _b.Null()), whenTrue, whenFalse);
    }

    private void MapUpdate(IntrinsicCall call, long flags, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Func<Value> key = LaterMemory(call, 0), value = LaterMemory(call, 1);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value result = _b.CallHelper(Helpers.MapUpdate, IrType.I64, Address(map), key(), value(), _b.Const64(flags));
        BranchOnSuccess(result, whenTrue, whenFalse);
    }

    private void MapRemove(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value key = Key(call);
        BranchOnSuccess(_b.CallHelper(Helpers.MapDelete, IrType.I64, Address(map), key), whenTrue, whenFalse);
    }

    /// <summary>Helpers return 0 for success and a negative error number otherwise.</summary>
    private void BranchOnSuccess(Value result, Block whenTrue, Block whenFalse) => _b.Branch(_b.Compare(Op.Eq, result, _b.Const64(0)), whenTrue, whenFalse);

    private void TryReserve(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Place result = Holder(call.Operands[0]);
        TypeLayout record = map.Value!;
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        // What the variable still holds would be lost to the verifier as well.
        DisposeReservation(result);
        Value pointer = _b.CallHelper(Helpers.RingBufferReserve, IrType.Pointer(Region.Memory), Address(map), _b.Const64(record.Size), _b.Const64(0));
        // What is not filled would carry old records to user space; .NET's are zero too.
        BranchOnNull(
            pointer,
            () =>
            {
                _b.Zero(pointer, record.Size, record.Alignment);
                Store(result, pointer);
                Store(Held(result), _b.Const32(1));
            },
            () =>
            {
                CountLoss(map);
                Release(result);
            },
            whenTrue,
            whenFalse);
    }

    /// <summary>The variable that is to hold something that must be given back.</summary>
    private Place Holder(IOperation operand)
    {
        Place result = LowerPlace(operand);
        bool isTracked = result.Pointer.Op == Op.SlotAddress ? _reservations.Any(s => s.Slot.Index == result.Pointer.Immediate) : result.Pointer.Op == Op.Load;
        return isTracked ? result : throw Fail(Ids.ReservationCopy, operand, Excerpt(operand));
    }

    /// <summary>A record found no room: only this path pays for counting it.</summary>
    private void CountLoss(MapInfo map) =>
        _b.Atomic(Op.AtomicAdd, IrType.Void, Access.U64, _b.GlobalAddress(_module.LossCounter(map.Spec.Name)), _b.Const64(1));

    /// <summary>The flags of a call that says how the reader is woken, 0 (as the kernel sees fit) unless it does.</summary>
    private Value WakeUp(IntrinsicCall call, int operand) => call.Operands.Length > operand ? LowerValue(call.Operands[operand]) : _b.Const64(0);

    /// <summary>
    /// Whether a reservation's variable holds a record: older kernels (6.1, not 6.12) do not know that a record's address is not null, and would look for the
    /// release on the way where it is.
    /// </summary>
    private Place Held(Place reservation) => new(reservation.Pointer, reservation.Offset + 8, Layouts.Int32);

    /// <summary>The record's address; a fault if there is none.</summary>
    private Value Reserved(Place reservation)
    {
        FaultUnless(Load(Held(reservation)));
        return Load(reservation);
    }

    /// <summary>Marks a variable as empty.</summary>
    private void Release(Place reservation)
    {
        Store(reservation, _b.Null());
        Store(Held(reservation), _b.Const32(0));
    }

    private Value? FinishReservation(Place reservation, int helper, Value? flags = null)
    {
        Value pointer = Reserved(reservation);
        // Empty from here on, so that a fault does not discard it a second time.
        Release(reservation);
        _b.CallHelper(helper, IrType.I64, pointer, flags ?? _b.Const64(0));
        return null;
    }

    private Value? DisposeReservation(Place reservation)
    {
        Block discard = _b.NewBlock(), next = _b.NewBlock();
        _b.Branch(Load(Held(reservation)), discard, next);
        _b.Continue(discard);
        Value pointer = Load(reservation);
        Release(reservation);
        if (reservation.Layout.Type.Is(KnownNames.TrackedConnection)) _b.CallKernel(KernelFunctions.ReleaseConnection, IrType.Void, pointer);
        else _b.CallHelper(Helpers.RingBufferDiscard, IrType.I64, pointer, _b.Const64(0));
        _b.Jump(next);
        _b.Continue(next);
        return null;
    }

    private void RingOutput(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        Value record = HelperMemory(call.Operands[0]), flags = WakeUp(call, 1);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Block lost = _b.NewBlock();
        BranchOnSuccess(_b.CallHelper(Helpers.RingBufferOutput, IrType.I64, Address(map), record, _b.Const64(map.Value!.Size), flags), whenTrue, lost);
        _b.Continue(lost);
        CountLoss(map);
        _b.Jump(whenFalse);
    }

    private Value ContextWord(IntrinsicCall call, Func<int, int> offset, int count) => ContextWordAt(call, offset(ConstantIndex(call, count)));

    /// <summary>An argument that may be a pointer to the verifier.</summary>
    private Value ContextPointer(IntrinsicCall call) => _b.Load(IrType.Pointer(Region.Btf), Access.U64, LowerValue(call.Instance!), 8 * ConstantIndex(call, 12));

    private int ConstantIndex(IntrinsicCall call, int count)
    {
        IOperation index = call.Operands[0];
        if (index.ConstantValue.Value is not int number || number < 0 || number >= count)
        {
            throw Fail(Ids.ConstantNeeded, index, Excerpt(index), call.Method.Name, $"a constant from 0 to {count - 1}");
        }
        return number;
    }

    private Value ContextWordAt(IntrinsicCall call, int offset) => _b.Load(IrType.I64, Access.U64, LowerValue(call.Instance!), offset);

    private Value FromNetworkOrder(Place place)
    {
        TypeLayout raw = place.Layout.Field("Raw").Layout;
        Value value = _b.Load(raw.IrType, AccessExtensions.OfSize(raw.Size), place.Pointer, place.Offset);
        return Normalize(Swap(value, raw.Size), null, raw);
    }

    private Value Swap(Value value, int size) => size switch
    {
        2 => _b.Add(Op.Swap16, value.Type, value),
        4 => _b.Add(Op.Swap32, value.Type, value),
        8 => _b.Add(Op.Swap64, value.Type, value),
        _ => value,
    };

    private Value ToNetworkOrder(IntrinsicCall call)
    {
        Value value = LowerValue(call.Operands[0]);
        Place result = call.Destination ?? NewTemporary(LayoutOf(call.Method.ReturnType, call.Operation));
        int size = result.Layout.Size;
        _b.Store(AccessExtensions.OfSize(size), result.Pointer, Swap(value, size), result.Offset);
        return AddressOf(result);
    }

    private void StructEquals(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        Place left = ValueCopy(call.Instance ?? call.Operands[0]), right = ValueCopy(call.Operands[call.Operands.Length - 1]);
        LowerFieldwiseEquality(left, right, whenTrue, whenFalse, call.Operation);
    }
}
