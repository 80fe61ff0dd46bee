/* An auditor of the dynamic linker (rtld-audit(7), LD_AUDIT), which lets libmicrohttpd find libc's
 * recv in place of the program's: as if it received in a way that the program does not know. */
#include <link.h>
#include <string.h>
#include <sys/socket.h>

unsigned la_version(unsigned version)
{
	return version;
}

static int is_libmicrohttpd(const char *path)
{
	return strstr(path, "/libmicrohttpd.so") != NULL;
}

unsigned la_objopen(struct link_map *map, Lmid_t space, uintptr_t *cookie)
{
	*cookie = (uintptr_t)is_libmicrohttpd(map->l_name);
	return LA_FLG_BINDTO | (*cookie ? LA_FLG_BINDFROM : 0);
}

uintptr_t la_symbind64(Elf64_Sym *symbol, unsigned index, uintptr_t *from, uintptr_t *to,
		       unsigned *flags, const char *name)
{
	/* An auditor has a libc of its own, and its recv is a system call, too. */
	if (*from && (strcmp(name, "recv") == 0 || strcmp(name, "__recv_chk") == 0))
		return (uintptr_t)recv;
	return symbol->st_value;
}
