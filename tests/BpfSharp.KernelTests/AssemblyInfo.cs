// Kernel tests see the same tracepoints, cgroups and ids: one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
