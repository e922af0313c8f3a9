using System.Text;
using BpfSharp.Errors;
using BpfSharp.Loading.Core;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>
/// Brings tables of functions into the layout of the running kernel's structs, by the names of their members and libbpf's rules: a member that this kernel
/// does not have must be zero or a function, which is left out; kinds and sizes must agree; of pointers only those to programs are taken.
/// </summary>
internal sealed class StructOpsLayout(LoadedBtf local, KernelBtf kernel)
{
    private const string ValuePrefix = "bpf_struct_ops_";

    /// <summary>Lays a table out.</summary>
    /// <param name="spec">The table.</param>
    /// <param name="content">What the object, or who opened it, put into it.</param>
    /// <exception cref="BpfException">The kernel has no such struct, or one that the table does not fit.</exception>
    public StructOpsTable Resolve(StructOpsSpec spec, ReadOnlySpan<byte> content)
    {
        if (local.Raw is not { } own) throw Error(spec, "the object does not describe its types");
        (RawBtf btf, uint typeId, uint valueTypeId) = Find(spec);
        RawType value = btf[valueTypeId], type = btf[typeId];
        int start = -1;
        for (int i = 0; i < value.Count && start < 0; i++)
            if (value.MemberType(i) == typeId) start = (int)value.MemberBitOffset(i) / 8;
        if (start < 0) throw Error(spec, $"this kernel's {ValuePrefix}{spec.TypeName} does not hold a {spec.TypeName}");

        byte[] bytes = new byte[value.Size];
        List<StructOpsFunction> functions = [];
        Dictionary<int, string> programs = [];
        foreach ((int offset, string program) in spec.Functions) programs[offset] = program;
        RawType declared = own[(uint)spec.TypeId];
        for (int i = 0; i < declared.Count; i++)
        {
            string name = own.TextAt(declared.MemberName(i));
            int offset = (int)declared.MemberBitOffset(i) / 8;
            long size = own.SizeOf(declared.MemberType(i));
            if (size < 0 || offset > content.Length - size) throw Error(spec, $"its member '{name}' has no size");
            ReadOnlySpan<byte> data = content.Slice(offset, (int)size);
            bool isProgram = programs.Remove(offset, out string? program);
            int member = MemberOf(btf, type, name);
            if (member < 0)
            {
                if (data.ContainsAnyExcept((byte)0)) throw Error(spec, $"this kernel ({RunningKernel.Version}) has no member '{name}' in {spec.TypeName}, and the object gives it a value");
                continue;
            }

            if (declared.MemberBitSize(i) != 0 || type.MemberBitSize(member) != 0) throw Error(spec, $"its member '{name}' is a bit field");
            int target = start + ((int)type.MemberBitOffset(member) / 8);
            RawType from = own[own.Resolve(declared.MemberType(i))], to = btf[btf.Resolve(type.MemberType(member))];
            if (from.Kind != to.Kind) throw Error(spec, $"its member '{name}' is of kind {from.KindName}, and the kernel's of kind {to.KindName}");
            if (from.Kind == RawType.Pointer)
            {
                if (data.ContainsAnyExcept((byte)0)) throw Error(spec, $"its member '{name}' points to something that is no program");
                if (!isProgram) continue;
                if (btf[btf.Resolve(to.TypeId)].Kind != RawType.Prototype) throw Error(spec, $"the kernel's member '{name}' is no function, and program '{program}' stands in it");
                functions.Add(new(program!, member, target));
                continue;
            }

            if (btf.SizeOf(type.MemberType(member)) is var room && room != size) throw Error(spec, $"its member '{name}' has {size} bytes, and the kernel's has {room}");
            data.CopyTo(bytes.AsSpan(target));
        }

        if (programs.Count > 0) throw Error(spec, $"program '{programs.Values.First()}' stands where its struct has no member");
        return new(spec, new((int)typeId, (int)valueTypeId, btf.HasBase ? kernel.OpenModule(btf) : null), bytes, functions);
    }

    /// <summary>Whether programs can stand in for the functions of a struct of the running kernel.</summary>
    public static bool Has(string structName)
    {
        using KernelBtf kernel = new();
        byte[] name = Encoding.UTF8.GetBytes(ValuePrefix + structName);
        return kernel.InOrder().Any(btf => btf.Find(RawType.Struct, name) != 0);
    }

    /// <summary>The struct and the map's value around it, in the kernel or in the first module that has both.</summary>
    private (RawBtf Btf, uint Type, uint Value) Find(StructOpsSpec spec)
    {
        byte[] name = Encoding.UTF8.GetBytes(spec.TypeName), valueName = Encoding.UTF8.GetBytes(ValuePrefix + spec.TypeName);
        bool known = false;
        foreach (RawBtf btf in kernel.InOrder())
        {
            uint type = btf.Find(RawType.Struct, name);
            if (type == 0) continue;
            known = true;
            if (btf.Find(RawType.Struct, valueName) is var value and not 0) return (btf, type, value);
        }

        throw Error(spec, known
            ? $"programs cannot stand in for the functions of {spec.TypeName} in this kernel ({RunningKernel.Version})"
            : $"this kernel ({RunningKernel.Version}) has no struct {spec.TypeName}, nor has a module that is loaded");
    }

    private static int MemberOf(RawBtf btf, RawType type, string name)
    {
        ReadOnlySpan<byte> wanted = Encoding.UTF8.GetBytes(name);
        for (int i = 0; i < type.Count; i++)
            if (btf.NameAt(type.MemberName(i)).SequenceEqual(wanted)) return i;
        return -1;
    }

    private static BpfException Error(StructOpsSpec spec, string reason) =>
        new($"cannot load table '{spec.Name}': {reason}", (int)Errno.EOPNOTSUPP, nameof(Errno.EOPNOTSUPP));
}
