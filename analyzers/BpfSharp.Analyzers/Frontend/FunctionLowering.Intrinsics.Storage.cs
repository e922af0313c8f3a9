using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Storages: values that belong to a task, an inode, a socket or a control group.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary><c>BPF_LOCAL_STORAGE_GET_F_CREATE</c>.</summary>
    private const long CreateStorage = 1;

    /// <summary>The helpers of each storage, and the kernel structs whose handles they take.</summary>
    private static readonly Dictionary<MapType, (int Get, int Delete, string[] Owners)> Storages = new()
    {
        [MapType.TaskStorage] = (156, 157, ["task_struct"]),
        [MapType.SkStorage] = (107, 108, ["sock_common", "sock", "inet_sock", "inet_connection_sock", "tcp_sock", "udp_sock", "unix_sock", "request_sock"]),
        [MapType.InodeStorage] = (145, 146, ["inode"]),
        [MapType.CgroupStorage] = (210, 211, ["cgroup"]),
    };

    private void StorageGet(IntrinsicCall call, bool creates, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        int get = Storages[map.Spec.Type].Get;
        // The operands are [owner], [initial value], where it goes.
        bool hasOwner = HasOwner(call);
        Value owner = Owner(call, hasOwner);
        int next = hasOwner ? 1 : 0;
        Value initial = call.Operands.Length > next + 1 ? HelperMemory(call.Operands[next++]) : _b.Null();
        Place result = LowerPlace(call.Operands[next]);
        Block known = _b.NewBlock(), none = _b.NewBlock();
        // Not all kernels take null, and to those an argument that may be null is a mistake. The current task never is.
        if (hasOwner) _b.Branch(_b.Compare(Op.Ne, owner, _b.Null()), known, none);
        else _b.Jump(known);
        _b.Continue(known);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value value = _b.CallHelper(
            get, IrType.Pointer(Region.MapValue), _b.MapAddress(map.Spec.Name), owner, initial, _b.Const64(creates ? CreateStorage : 0));
        Block some = _b.NewBlock(), missing = hasOwner ? none : _b.NewBlock();
        _b.Branch(_b.Compare(Op.Ne, value, _b.Null()), some, missing);
        _b.Continue(some);
        Store(result, value);
        _b.Jump(whenTrue);
        _b.Continue(missing);
        Store(result, _b.Null());
        _b.Jump(whenFalse);
    }

    private void StorageRemove(IntrinsicCall call, Block whenTrue, Block whenFalse)
    {
        MapInfo map = MapOf(call);
        bool hasOwner = HasOwner(call);
        Value owner = Owner(call, hasOwner);
        if (hasOwner)
        {
            Block known = _b.NewBlock();
            _b.Branch(_b.Compare(Op.Ne, owner, _b.Null()), known, whenFalse);
            _b.Continue(known);
        }
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        BranchOnSuccess(_b.CallHelper(Storages[map.Spec.Type].Delete, IrType.I64, _b.MapAddress(map.Spec.Name), owner), whenTrue, whenFalse);
    }

    /// <summary>Whether the method names the owner: those of the current task do not.</summary>
    private static bool HasOwner(IntrinsicCall call) => call.Method.IsGenericMethod || call.Method.Parameters.FirstOrDefault()?.Type.Is(KnownNames.ContextSocket) == true;

    private Value Owner(IntrinsicCall call, bool isNamed)
    {
        if (!isNamed) return CurrentTask();
        IOperation operand = call.Operands[0];
        MapType type = MapOf(call).Spec.Type;
        string[] owners = Storages[type].Owners;
        ITypeSymbol handle = TypeOf(operand);
        if (handle.Is(KnownNames.ContextSocket)) return LowerValue(operand);
        bool isKernelType = handle.OriginalDefinition.Attribute(KnownNames.KernelTypeAttribute) is not null;
        if (!isKernelType || !owners.Contains(handle.Name.Split(["___"], StringSplitOptions.None)[0])) throw Fail(Ids.StorageOwner, operand, Excerpt(operand), handle.ToDisplayString(), owners[0]);
        return LowerValue(operand);
    }
}
