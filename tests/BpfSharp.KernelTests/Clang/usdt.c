/* A library with a static probe, as sys/sdt.h makes one, written out: a nop, and a note that says where it is, where its counter of those who
 * look lies (the semaphore), and where its argument is. */
__attribute__((section(".probes"), visibility("hidden"))) volatile unsigned short app_hit_semaphore;

/* Passes the probe and returns how many look. */
int app_hit(int value)
{
	__asm__ volatile(
		"990: nop\n"
		".pushsection .note.stapsdt,\"?\",\"note\"\n"
		".balign 4\n"
		".4byte 992f-991f, 994f-993f, 3\n"
		"991: .asciz \"stapsdt\"\n"
		"992: .balign 4\n"
		"993: .8byte 990b\n"
		".8byte _.stapsdt.base\n"
		".8byte app_hit_semaphore\n"
		".asciz \"app\"\n"
		".asciz \"hit\"\n"
		".asciz \"-4@%0\"\n"
		"994: .balign 4\n"
		".popsection\n"
		".ifndef _.stapsdt.base\n"
		".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
		".weak _.stapsdt.base\n"
		".hidden _.stapsdt.base\n"
		"_.stapsdt.base: .space 1\n"
		".size _.stapsdt.base, 1\n"
		".popsection\n"
		".endif\n" : : "r"(value));
	return app_hit_semaphore;
}
