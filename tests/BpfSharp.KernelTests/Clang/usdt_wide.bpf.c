#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

/* An entry as libbpf 1.7 declares it: the bit fields make an argument 24 bytes. */
enum kind { CONSTANT, REGISTER, MEMORY, SCALED };

struct argument {
	__u64 value;
	enum kind kind : 8;
	__u16 second : 12;
	__u16 scale : 4;
	__u8 reserved : 8;
	short first;
	bool is_signed;
	char shift;
};

struct place {
	struct argument arguments[12];
	__u64 cookie;
	short count;
};

_Static_assert(sizeof(struct place) == 304, "libbpf 1.7");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, int);
	__type(value, struct place);
} __bpf_usdt_specs SEC(".maps");

/* What an entry says, field by field. */
struct {
	long cookie;
	int count;
	struct {
		long value;
		int kind, second, scale, first, is_signed, shift;
	} arguments[12];
} seen;

SEC("usdt")
int forms(void *ctx)
{
	int id = bpf_get_attach_cookie(ctx);
	struct place *place = bpf_map_lookup_elem(&__bpf_usdt_specs, &id);

	if (!place)
		return 0;
	for (int i = 0; i < 12; i++) {
		struct argument *argument = &place->arguments[i];

		seen.arguments[i].value = argument->value;
		seen.arguments[i].kind = argument->kind;
		seen.arguments[i].second = argument->second;
		seen.arguments[i].scale = argument->scale;
		seen.arguments[i].first = argument->first;
		seen.arguments[i].is_signed = argument->is_signed;
		seen.arguments[i].shift = argument->shift;
	}
	seen.cookie = place->cookie;
	seen.count = place->count;
	return 0;
}

char _license[] SEC("license") = "GPL";
