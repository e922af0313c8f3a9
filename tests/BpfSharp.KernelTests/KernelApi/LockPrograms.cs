using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>What a step of <see cref="LockPrograms"/> does, and what came of it.</summary>
internal struct LockStep
{
    public int Operation;
    public uint Key;
    public long Amount;
    public long Result;
}

/// <summary>A value with a lock that is not its first field.</summary>
internal struct Account
{
    public byte Kind;
    public BpfSpinLock Lock;
    public long Balance;
    public uint Changes;
}

/// <summary>Programs that change values under their locks.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class LockPrograms
{
    [BpfMap(MaxEntries = 4)]
    internal static partial HashMap<uint, Account> Accounts { get; }

    [BpfMap(MaxEntries = 4)]
    internal static partial ArrayMap<Account> Slots { get; }

    /// <summary>The packet is the step, and the result says what was done.</summary>
    [BpfProgram(BpfHook.Xdp, FaultResult = (XdpAction)(-77))]
    internal static XdpAction Run(XdpContext ctx)
    {
        PacketCursor packet = ctx.Packet;
        return packet.TryRead(out Ref<LockStep> step) ? (XdpAction)Do(ref step.Value) : (XdpAction)(-1);
    }

    private static int Do(ref LockStep step)
    {
        step.Result = 0;
        switch (step.Operation)
        {
            case 0:
                return Accounts.Set(step.Key, new Account { Kind = (byte)step.Key, Balance = step.Amount }) ? 1 : 0;
            case 1:
                return Accounts.TryGetRef(step.Key, out Ref<Account> account) && TryWithdraw(ref account.Value, step.Amount) ? 2 : 3;
            case 2:
                ref Account divided = ref Slots[step.Key];
                using (divided.Lock.Enter())
                {
                    divided.Changes++;
                    divided.Balance = (1000 + divided.Balance) / step.Amount;
                }
                step.Result = divided.Balance;
                return 4;
            case 3:
                if (!Accounts.TryGetValue(step.Key, out Account copy)) return 5;
                copy.Balance += step.Amount;
                step.Result = copy.Balance + copy.Changes;
                return Slots.Set(step.Key & 3, copy) ? 6 : 7;
            case 4:
                Slots[step.Key & 3] = new Account { Kind = 9, Balance = step.Amount };
                return 8;
            case 5:
                Slots[step.Key & 3] = default;
                return 9;
            default:
                step.Result = Slots[step.Key & 3].Balance + Slots[step.Key & 3].Kind;
                return 10;
        }
    }

    private static bool TryWithdraw(ref Account account, long amount)
    {
        using SpinLockScope held = account.Lock.Enter();
        account.Changes++;
        if (account.Balance < amount) return false;
        account.Balance -= amount;
        return true;
    }
}
