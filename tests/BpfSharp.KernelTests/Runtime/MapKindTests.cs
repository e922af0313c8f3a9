using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Raw;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;
using Microsoft.Win32.SafeHandles;
using AttachType = BpfSharp.Objects.Kernel.AttachType;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Kinds of maps that hold things of the kernel, and the storages, each with a real owner or entry.</summary>
public partial class MapKindTests
{
    private const uint NoPreallocation = 1;

    [KernelFact(Minimum = "5.11")]
    public void TaskStorageIsOneValuePerProcess()
    {
        using SafeHandle self = BpfStorageMap<long>.OpenProcess(Environment.ProcessId);
        KeepsOneValue(MapType.TaskStorage, self);
    }

    [KernelFact]
    public void SocketStorageIsOneValuePerSocket()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        KeepsOneValue(MapType.SkStorage, socket.SafeHandle);
    }

    [KernelFact(Minimum = "5.10", Needs = KernelNeeds.BpfLsm)]
    public void InodeStorageIsOneValuePerFile()
    {
        using KernelSandbox sandbox = new();
        using SafeFileHandle file = File.OpenHandle(Path.Combine(sandbox.TemporaryFolder, "f"), FileMode.Create, FileAccess.ReadWrite);
        KeepsOneValue(MapType.InodeStorage, file);
    }

    [KernelFact(Minimum = "6.2", Needs = KernelNeeds.Cgroup2)]
    public void CgroupStorageIsOneValuePerGroup()
    {
        using KernelSandbox sandbox = new();
        using SafeFileHandle group = sandbox.AddCgroup().Open();
        KeepsOneValue(MapType.CgroupStorage, group);
    }

    /// <summary>The storages that belong to a group and a hook: the kernel makes an entry when the program is attached, and the program counts in it.</summary>
    [KernelTheory(Minimum = "5.9", Needs = KernelNeeds.CgroupBpf)]
    [InlineData(MapType.CgroupStorageDeprecated)]
    [InlineData(MapType.PerCpuCgroupStorage)]
    public void OldCgroupStorageIsOneValuePerGroupAndHook(MapType type)
    {
        const int LocalStorage = 81;
        using KernelSandbox sandbox = new();
        Cgroup first = sandbox.AddCgroup(), second = sandbox.AddCgroup();
        FunctionSpec program = new CodeBuilder().LoadMap(1, "values").Move(2, 0).Helper(LocalStorage).Move(1, 1).AtomicAdd64(0, 0, 1).Return(1).Function("count", "cgroup/connect4");
        using BpfObject loaded = CodeBuilder.Open([program], [new() { Name = "values", Type = type, KeySize = 16, ValueSize = 8 }]).Load();
        bool isPerCpu = type == MapType.PerCpuCgroupStorage;
        BpfHashMap<BpfCgroupStorageKey, long>? values = isPerCpu ? null : new(loaded.Map("values"));
        BpfPerCpuHashMap<BpfCgroupStorageKey, long>? perCpu = isPerCpu ? new(loaded.Map("values")) : null;
        Assert.Empty(Entries());
        using (loaded.Program("count").AttachCgroup(first.Path))
        using (loaded.Program("count").AttachCgroup(second.Path))
        {
            first.Run(() => Connect(3));
            second.Run(() => Connect(5));
            // The number of its folder is the second source of a group's id.
            BpfCgroupStorageKey one = Key(first), two = Key(second);
            Assert.Equal(new[] { (one, 3L), (two, 5L) }.OrderBy(e => e.Item1.Group), Entries().OrderBy(e => e.Key.Group));
            if (values is not null)
            {
                values[one] = 40;
                first.Run(() => Connect(1));
                Assert.Equal(41, values[one]);
                Assert.Equal("EINVAL", Assert.Throws<BpfException>(() => values.Remove(two)).ErrorName);
                Assert.False(values.TryGetValue(one with { Hook = AttachType.CgroupInet6Connect }, out _));
            }
            else
            {
                perCpu!.SetValues(two, [.. Enumerable.Repeat(7L, perCpu.CpuCount)]);
                second.Run(() => Connect(1));
                Assert.Equal((7L * perCpu.CpuCount) + 1, perCpu.GetValues(two)!.Sum());
            }
        }

        // They belong to the group and not to the link.
        Assert.Equal(2, Entries().Length);

        (BpfCgroupStorageKey Key, long Value)[] Entries() =>
            values is not null ? [.. values.Select(static e => (e.Key, e.Value))] : [.. perCpu!.Select(static e => (e.Key, e.Value.Sum()))];

        static BpfCgroupStorageKey Key(Cgroup group) =>
            new(ulong.Parse(Command.Run("stat", ["-c", "%i", group.Path]), System.Globalization.CultureInfo.InvariantCulture), AttachType.CgroupInet4Connect);

        static void Connect(int times)
        {
            using TcpListener listener = new(IPAddress.Loopback, 0);
            listener.Start();
            for (int i = 0; i < times; i++)
            {
                using TcpClient client = new(AddressFamily.InterNetwork);
                client.Connect((IPEndPoint)listener.LocalEndpoint);
            }
        }
    }

    [KernelFact]
    public void ReuseportArrayTakesSocketsOfAGroup()
    {
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.ReuseportSockArray, 4, 8, 2);
        BpfSocketMap<int> map = new(loaded.Map("map"));
        using Socket socket = Reuseport();
        Assert.True(map.Set(0, socket.SafeHandle, BpfUpdateMode.MustBeNew));
        Assert.True(map.Remove(0));
        using Socket alone = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.Throws<BpfException>(() => map.Set(1, alone.SafeHandle));
    }

    [KernelFact(Needs = KernelNeeds.SockMap)]
    public void SockHashTakesSocketsByKey()
    {
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.SockHash, 8, 4, 2);
        BpfSocketMap<long> map = new(loaded.Map("map"));
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using TcpClient client = new();
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        Assert.True(map.Set(77, client.Client.SafeHandle));
        Assert.False(map.Remove(78));
        Assert.True(map.Remove(77));
    }

    [KernelFact(Needs = KernelNeeds.XskSockets)]
    public void XskMapTakesXdpSocketsOnly()
    {
        const int Xdp = 44, Raw = 3;
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.XskMap, 4, 4, 2);
        BpfSocketMap<int> map = new(loaded.Map("map"));
        using SafeFileHandle socket = Libc.OpenSocket(Xdp, Raw);
        Assert.False(socket.IsInvalid);
        Assert.True(map.Set(1, socket));
        Assert.True(map.Remove(1));
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.Throws<BpfException>(() => map.Set(1, other.SafeHandle));
    }

    [KernelFact(Needs = KernelNeeds.Cgroup2)]
    public void CgroupArrayTakesGroups()
    {
        using KernelSandbox sandbox = new();
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.CgroupArray, 4, 4, 2);
        BpfCgroupArray groups = new(loaded.Map("map"));
        groups.Set(1, sandbox.AddCgroup().Path);
        Assert.True(groups.Remove(1));
        Assert.Throws<BpfException>(() => groups.Set(0, sandbox.TemporaryFolder));
    }

    [KernelTheory]
    [InlineData(MapType.DevMap, 1)]
    [InlineData(MapType.DevMapHash, 70_000)]
    public void DevMapLeadsToAnInterface(MapType type, int key)
    {
        const int Loopback = 1;
        using BpfObject loaded = CodeBuilder.LoadMap(type, 4, 4, 2);
        BpfRedirectMap devices = new(loaded.Map("map"));
        Assert.False(devices.TryGetTarget(key, out _));
        devices.Set(key, Loopback);
        Assert.True(devices.TryGetTarget(key, out int target));
        Assert.Equal(Loopback, target);
        Assert.True(devices.Remove(key));
        Assert.Throws<BpfException>(() => devices.Set(key, 0x7fff_0000));
    }

    [KernelFact]
    public void ArrayOfMapsIsFilledFromItsTemplate()
    {
        MapSpec inner = new() { Name = "outer.inner", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 8 };
        using BpfObject loaded = CodeBuilder.Open([], [new() { Name = "outer", Type = MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 2, Inner = inner }]).Load();
        BpfMapOfMaps<int> outer = new(loaded.Map("outer"));
        using (BpfHashMap<int, long> map = new(BpfMap.Create(inner)))
        {
            map[5] = 55;
            outer.Set(1, map);
        }

        using (BpfMap? again = outer.Open(1)) Assert.Equal(55, new BpfHashMap<int, long>(again!)[5]);
        Assert.Null(outer.Open(0));
        Assert.True(outer.Remove(1));
        Assert.Null(outer.Open(1));
    }

    [KernelFact(Minimum = "6.9")]
    public void ArenaIsSharedMemory()
    {
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.Arena, 0, 0, 4, BpfMapFlags.Mmapable);
        BpfArena arena = new(loaded.Map("map"));
        Assert.Equal(4 * Environment.SystemPageSize, arena.Length);
        Assert.All(arena.Slice(0, 16).ToArray(), b => Assert.Equal(0, b));
        arena.Slice(Environment.SystemPageSize - 2, 4).Fill(7);
        Assert.Equal([0, 7, 7, 7, 7, 0], arena.Slice(Environment.SystemPageSize - 3, 6).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Slice(arena.Length - 1, 2).Length);
        Assert.Contains(File.ReadLines("/proc/self/maps"), l => l.Contains("bpf-map", StringComparison.Ordinal) && l.Contains("rw-s", StringComparison.Ordinal));
        loaded.Dispose();
        Assert.Throws<ObjectDisposedException>(() => arena.Slice(0, 1).Length);
    }

    [KernelFact(Minimum = "5.2")]
    public void FrozenMapIsReadOnlyForUserSpace()
    {
        using BpfObject loaded = CodeBuilder.LoadMap(MapType.Hash, 4, 8, 4);
        BpfHashMap<int, long> map = new(loaded.Map("map"));
        map[1] = 11;
        map.Freeze();
        Assert.Equal(11, map[1]);
        Assert.Equal("EPERM", Assert.Throws<BpfException>(() => map[1] = 12).ErrorName);
        Assert.Equal("EPERM", Assert.Throws<BpfException>(() => map.Remove(1)).ErrorName);
        Assert.Throws<BpfException>(map.Freeze);
    }

    [KernelFact]
    public void CapacityIsChangedBeforeTheLoad()
    {
        BpfOpenObject open = CodeBuilder.Open([], [new() { Name = "map", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 1 }]);
        open.Map("map").MaxEntries = 7;
        using BpfObject loaded = open.Load();
        BpfHashMap<int, long> map = new(loaded.Map("map"));
        Assert.Equal((7u, 7u), (map.MaxEntries, map.Info.MaxEntries));
        for (int i = 0; i < 7; i++) Assert.True(map.TryAdd(i, i));
        Assert.Equal("E2BIG", Assert.Throws<BpfException>(() => map.TryAdd(7, 7)).ErrorName);
    }

    /// <summary>Storages have BTF types of their keys and values.</summary>
    private static void KeepsOneValue(MapType type, SafeHandle owner)
    {
        BtfBuilder types = new();
        int key = types.Add(new BtfInt("int", 4, BtfIntEncoding.Signed, 32)), value = types.Add(new BtfInt("long", 8, BtfIntEncoding.Signed, 64));
        using BpfObject loaded = BpfObject.Open(new ObjectSpec
        {
            License = "GPL",
            Maps = [new() { Name = "map", Type = type, KeySize = 4, ValueSize = 8, KeyTypeId = key, ValueTypeId = value, Flags = NoPreallocation }],
            Btf = types.Build(),
        }, "test").Load();
        BpfStorageMap<long> storage = new(loaded.Map("map"));
        Assert.False(storage.TryGetValue(owner, out _));
        Assert.True(storage.Set(owner, 42, BpfUpdateMode.MustBeNew));
        Assert.False(storage.Set(owner, 43, BpfUpdateMode.MustBeNew));
        Assert.True(storage.Set(owner, 44));
        Assert.True(storage.TryGetValue(owner, out long read));
        Assert.Equal(44, read);
        Assert.True(storage.Remove(owner));
        Assert.False(storage.Remove(owner));
        using SafeFileHandle none = File.OpenHandle("/dev/null");
        if (type != MapType.InodeStorage) Assert.Throws<BpfException>(() => storage.TryGetValue(none, out _));
    }

    internal static Socket Reuseport()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        // SOL_SOCKET, SO_REUSEPORT.
        socket.SetRawSocketOption(1, 15, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
