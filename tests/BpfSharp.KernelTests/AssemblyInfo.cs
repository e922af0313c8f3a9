// Kernel tests see the same tracepoints, cgroups and ids: one after the other, and the leak check at the end.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: TestCollectionOrderer("BpfSharp.KernelTests.Infrastructure.LeakCheckLast", "BpfSharp.KernelTests")]
