// The IR has a TypeKind too; in the front end the word means Roslyn's.
global using TypeKind = Microsoft.CodeAnalysis.TypeKind;
