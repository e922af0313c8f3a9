using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests;

static partial class NeedProbes
{
    static void ProbeRoot() => Require(OperatingSystem.IsLinux() && Libc.geteuid() == 0, "not running as root");

    static void ProbeBpf()
    {
        RawBpf.CreateMap(2 /* BPF_MAP_TYPE_ARRAY */, 4, 4, 1).Dispose();
        RawBpf.LoadReturn(ProgramType.SocketFilter).Dispose();
    }

    static void ProbeBtfVmlinux() => Require(File.Exists(KernelBtf.Path), $"{KernelBtf.Path} is missing");

    static void ProbeBpffs()
    {
        using var sandbox = new KernelSandbox();
        sandbox.MountBpffs();
    }

    static void ProbeCgroup2()
    {
        using var sandbox = new KernelSandbox();
        sandbox.AddCgroup();
    }

    static void ProbeCgroupBpf()
    {
        using var sandbox = new KernelSandbox();
        using var cgroup = sandbox.AddCgroup().Open();
        using var program = RawBpf.LoadReturn(ProgramType.CgroupSkb, 1, AttachType.CgroupInetIngress);
        using var attr = new BpfAttr();
        int result = RawBpf.Call(BpfCommand.ProgAttach, attr.Set(0, cgroup).Set(4, program).Set(8, AttachType.CgroupInetIngress));
        Require(result >= 0, $"attaching to a cgroup: {Errno.Describe(-result)}");
    }

    static void ProbeSockMap() => RawBpf.CreateMap(15 /* BPF_MAP_TYPE_SOCKMAP */, 4, 4, 1).Dispose();
}
