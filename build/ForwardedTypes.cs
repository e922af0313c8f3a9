// What is a polyfill in the .NET Standard build is the runtime's own type here. The forwarder lets code that was compiled against the one,
// such as the analyzers, run with the other, as the tests do: an init accessor's signature names this type.
[assembly: System.Runtime.CompilerServices.TypeForwardedTo(typeof(System.Runtime.CompilerServices.IsExternalInit))]
