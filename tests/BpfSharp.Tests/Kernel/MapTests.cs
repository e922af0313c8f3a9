using BpfSharp.Kernel;

namespace BpfSharp.Tests.Kernel;

/// <summary>The maps in .NET's memory do what the kernel's do.</summary>
public sealed class MapTests
{
    private struct Padded
    {
        public byte Small;
        public uint Large;
    }

    [Fact]
    public void AddUpdateAndSetDifferInWhatMustBeThere()
    {
        var map = new HashMap<uint, ulong>(2);
        Assert.False(map.TryUpdate(1, 10));
        Assert.True(map.TryAdd(1, 10));
        Assert.False(map.TryAdd(1, 11));
        Assert.True(map.TryGetValue(1, out ulong value));
        Assert.Equal(10ul, value);
        Assert.True(map.TryUpdate(1, 12));
        Assert.True(map.Set(1, 13));
        Assert.True(map.Set(2, 20));
        Assert.Equal([new(1u, 13ul), new(2u, 20ul)], map.OrderBy(pair => pair.Key));
    }

    [Fact]
    public void AFullMapTakesNoNewKeys()
    {
        var map = new HashMap<uint, ulong>(2);
        Assert.True(map.TryAdd(1, 1));
        Assert.True(map.TryAdd(2, 2));
        Assert.False(map.TryAdd(3, 3));
        Assert.False(map.Set(3, 3));
        Assert.True(map.Set(2, 4));
        Assert.True(map.Remove(1));
        Assert.False(map.Remove(1));
        Assert.True(map.Set(3, 3));
        Assert.Equal(2, map.Count);
    }

    [Fact]
    public void AReferenceChangesTheValueInPlace()
    {
        var map = new HashMap<uint, ulong>(100);
        map.Set(1, 5);
        Assert.True(map.TryGetRef(1, out Ref<ulong> value));
        // More entries move nothing.
        for (uint i = 2; i < 90; i++) map.Set(i, i);
        value.Value += 2;
        Assert.True(map.TryGetValue(1, out ulong now));
        Assert.Equal(7ul, now);
    }

    [Fact]
    public void AReferenceToNothingFaults()
    {
        var map = new HashMap<uint, ulong>(1);
        Assert.False(map.TryGetRef(1, out Ref<ulong> value));
        Assert.False(value.HasValue);
        bool thrown = false;
        try
        {
            value.Value++;
        }
        catch (NullReferenceException)
        {
            thrown = true;
        }

        Assert.True(thrown);
    }

    [Fact]
    public void KeysAreComparedByTheirBytes()
    {
        var map = new HashMap<Padded, uint>(4);
        map.Set(new Padded { Small = 1, Large = 2 }, 3);
        Assert.True(map.Contains(new Padded { Small = 1, Large = 2 }));
        Assert.False(map.Contains(new Padded { Small = 2, Large = 2 }));
    }

    [Fact]
    public void AnLruMapMakesRoom()
    {
        var map = new LruHashMap<uint, uint>(3);
        for (uint i = 0; i < 10; i++) Assert.True(map.Set(i, i));
        Assert.Equal(3, map.Count);
        Assert.True(map.Contains(9));
    }

    [Theory]
    [InlineData("10.1.2.3", true, 3)]
    [InlineData("10.1.9.9", true, 2)]
    [InlineData("10.200.0.1", true, 1)]
    [InlineData("11.0.0.0", false, 0)]
    [InlineData("192.168.129.5", true, 4)]
    [InlineData("192.168.127.5", false, 0)]
    public void ATrieFindsTheLongestPrefix(string address, bool found, int expected)
    {
        var trie = new LpmTrie<IPv4Address, int>(16);
        foreach ((string network, uint length, int value) in new[] { ("10.0.0.0", 8u, 1), ("10.1.0.0", 16u, 2), ("10.1.2.0", 24u, 3), ("192.168.128.0", 17u, 4) })
            Assert.True(trie.Set(new LpmKey<IPv4Address>(length, IPv4Address.Parse(network)), value));
        Assert.Equal(found, trie.TryGetValue(new LpmKey<IPv4Address>(32, IPv4Address.Parse(address)), out int value2));
        Assert.Equal(expected, value2);
    }

    [Fact]
    public void ArraysHaveAllIndicesAndNoOthers()
    {
        var array = new ArrayMap<ulong>(4);
        array[3] += 5;
        Assert.True(array.TryGetValue(3, out ulong value));
        Assert.Equal(5ul, value);
        Assert.True(array.TryGetRef(0, out Ref<ulong> first));
        first.Value = 1;
        Assert.Equal(1ul, array[0]);
        Assert.False(array.TryGetRef(4, out _));
        Assert.False(array.Set(4, 1));
        Assert.Throws<IndexOutOfRangeException>(() => array[4]);
    }

    [Fact]
    public void ARingBufferKeepsWhatIsSubmittedAndGivesBackWhatIsNot()
    {
        // Four records of 8 bytes with a header of 8 bytes each.
        var ring = new RingBuffer<ulong>(64);
        for (ulong i = 0; i < 3; i++)
        {
            Assert.True(ring.TryReserve(out Reservation<ulong> record));
            record.Value = i;
            record.Submit();
        }

        Assert.True(ring.TryReserve(out Reservation<ulong> last));
        Assert.False(ring.TryReserve(out _));
        Assert.False(ring.Output(9));
        last.Discard();
        last.Dispose();
        Assert.True(ring.Output(9));
        foreach (ulong expected in new ulong[] { 0, 1, 2, 9 })
        {
            Assert.True(ring.TryTake(out ulong record));
            Assert.Equal(expected, record);
        }

        Assert.False(ring.TryTake(out _));
    }
}
