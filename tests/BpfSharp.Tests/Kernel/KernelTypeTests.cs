using BpfSharp.Kernel;
using Xunit;

namespace BpfSharp.Tests.Kernel;

[KernelType]
internal readonly ref struct task_struct : IKernelType
{
    public int tgid => Core.Member<int>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public task_struct real_parent => Core.Member<task_struct>();

    [KernelMember(Kind = KernelMemberKind.Array, Length = 16)]
    public KernelArray<byte> comm => Core.Member<KernelArray<byte>>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public KernelPointer<byte> name => Core.Member<KernelPointer<byte>>();
}

/// <summary>Kernel types in .NET: they can be declared and written down in chains, and say that .NET has no kernel memory.</summary>
public class KernelTypeTests
{
    [Fact]
    public void AMemberSaysThatItIsOnlyInTheKernel()
    {
        NotSupportedException thrown = Assert.Throws<NotSupportedException>(static () => default(task_struct).real_parent.tgid);
        Assert.Contains("only in the kernel", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryHandleHasTheCommonMembers()
    {
        Assert.Throws<NotSupportedException>(static () => default(task_struct).IsNull);
        Assert.Throws<NotSupportedException>(static () => default(task_struct).Address);
        Assert.Throws<NotSupportedException>(static () => default(task_struct).Pointer.As<task_struct>().tgid);
        Assert.Throws<NotSupportedException>(static () => Core.Exists(default(task_struct).comm));
        Assert.Throws<NotSupportedException>(static () => Core.SizeOf<task_struct>());
        Assert.Throws<NotSupportedException>(static () => new KernelPointer<byte>(0x1000).Value);
    }

    [Fact]
    public void TextIsCopiedFromArraysAndPointers()
    {
        static int FromArray()
        {
            Comm16 buffer = default;
            return default(task_struct).comm.CopyTo(ref buffer);
        }
        static int FromPointer()
        {
            ulong buffer = 0;
            return default(task_struct).name.CopyTo(ref buffer);
        }
        Assert.Throws<NotSupportedException>(static () => FromArray());
        Assert.Throws<NotSupportedException>(static () => FromPointer());
    }
}
