using BpfSharp.Objects.Binary;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Elf;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Objects.Reading;

internal readonly ref partial struct ObjectParser
{
    private delegate void RecordReader(SectionData data, int at, FunctionDraft function, int index, BtfTypes types, StringTableReader strings);

    private void ReadBtfExtension()
    {
        if (_strings is null || _elf.Find(".BTF.ext") is not { Type: ElfConstants.SectionProgramBits } section)
            return;
        SectionData data = _elf.Content(section);
        if (data.U16(0) != BtfHeader.Magic)
            throw data.Error(0, "The magic number is wrong.");
        if (data.U8(2) != BtfHeader.Version)
            throw data.Error(2, $"BTF version {data.U8(2)} is not supported.");
        uint header = data.U32(4);
        if (header < 24)
            throw data.Error(4, $"The header's length {header} is too small.");
        ReadSubsection(data, header, 8, 8, ReadFunctionRecord);
        ReadSubsection(data, header, 16, 16, ReadLineRecord);
        if (header >= BtfHeader.ExtSize)
            ReadSubsection(data, header, 24, 16, ReadCoreRecord);
    }

    private void ReadSubsection(SectionData data, uint header, int field, uint minimumSize, RecordReader read)
    {
        SectionData part = data.Part((long)header + data.U32(field), data.U32(field + 4));
        if (part.Length == 0)
            return;
        uint size = part.U32(0);
        if (size < minimumSize || size % 4 != 0)
            throw part.Error(0, $"Records of {size} bytes are not supported.");
        int at = 4;
        while (at < part.Length)
        {
            string name = _strings![part.U32(at)];
            uint count = part.U32(at + 4);
            at += 8;
            part.Slice(at, (long)count * size);
            _codeByName.TryGetValue(name, out CodeDraft? code);
            for (uint i = 0; i < count; i++, at += (int)size)
            {
                uint offset = part.U32(at);
                if (code?.At(offset) is not { } function)
                    continue;
                if (offset % Instruction.Size != 0)
                    throw part.Error(at, "The record is for the middle of an instruction.");
                read(part, at, function, ((int)offset - function.Start) / Instruction.Size, _btf, _strings);
            }
        }
    }

    private static void ReadFunctionRecord(
        SectionData data, int at, FunctionDraft function, int index, BtfTypes types, StringTableReader strings)
    {
        uint id = data.U32(at + 4);
        if (id > int.MaxValue || types.Find((int)id) is not BtfFunction)
            throw data.Error(at + 4, $"Type {id} is no function.");
        if (index == 0)
            function.BtfTypeId = (int)id;
    }

    private static void ReadLineRecord(
        SectionData data, int at, FunctionDraft function, int index, BtfTypes types, StringTableReader strings)
    {
        uint place = data.U32(at + 12);
        function.Lines.Add(new LineSpec(
            index, strings[data.U32(at + 4)], (int)(place >> 10), (int)(place & 0x3ff), strings[data.U32(at + 8)]));
    }

    private static void ReadCoreRecord(
        SectionData data, int at, FunctionDraft function, int index, BtfTypes types, StringTableReader strings)
    {
        uint id = data.U32(at + 4);
        if (id > (uint)types.Count)
            throw data.Error(at + 4, $"There is no type {id}.");
        uint kind = data.U32(at + 12);
        if (kind > (uint)CoreRelocationKind.TypeMatches)
            throw data.Error(at + 12, $"CO-RE relocation kind {kind} is not known.");
        function.CoreRelocations.Add(new CoreRelocationSpec(index, (int)id, strings[data.U32(at + 8)], (CoreRelocationKind)kind));
    }
}
