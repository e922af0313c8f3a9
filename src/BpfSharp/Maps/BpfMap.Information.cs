using BpfSharp.Errors;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

public unsafe partial class BpfMap
{
    private const int HashLength = 32; // SHA256_DIGEST_SIZE

    /// <summary>What the kernel knows of it now.</summary>
    public BpfMapInfo Info => KernelMapInfo.Read(Fd, What);

    /// <summary>Asks for the memory that it takes now, whether it is frozen, and which programs a program array takes. It reads a file of <c>/proc</c>, which must be mounted.</summary>
    /// <exception cref="IOException"><c>/proc</c> cannot be read.</exception>
    public BpfMapState GetState()
    {
        DescriptorFile file = DescriptorFile.Read(_handle);
        return new BpfMapState(file.Number("memlock") ?? 0, file.Number("frozen") == 1)
        {
            OwnerType = (ProgramType?)(uint?)file.Number("owner_prog_type"),
            OwnerIsJited = file.Number("owner_jited") is { } jited ? jited == 1 : null,
        };
    }

    /// <summary>Asks the kernel for a hash of the content of an array that is frozen (<c>hash</c>, kernel 6.18): SHA-256 of all its values, each filled up with zeros to a multiple of 8 bytes.</summary>
    /// <returns>32 bytes.</returns>
    /// <exception cref="BpfException">It is no array or not frozen, or the kernel is older.</exception>
    public byte[] GetHash()
    {
        byte[] hash = new byte[HashLength];
        fixed (byte* p = hash)
        {
            KernelMapInfo info = new() { Hash = p, HashSize = (uint)hash.Length };
            int result = KernelMapInfo.Ask(Fd, &info);
            if (result >= 0) return hash;
            string? hint = (Errno)(-result) switch
            {
                Errno.E2BIG => $"this needs Linux 6.18, and {RunningKernel.Version} is running",
                Errno.EINVAL => "maps of this type have none; arrays do",
                Errno.EPERM => "only a map that is frozen has one",
                _ => null,
            };
            throw BpfError.Create(result, $"read the hash of {What}", hint);
        }
    }
}
