/* An auditor of the dynamic linker (rtld-audit(7), LD_AUDIT) that lets libmicrohttpd receive from
 * the kernel in place of the program's recv, as if it did so in a way that the program does not
 * know: from its first receive on, or after as many as STEP_AROUND_AFTER says. */
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static ssize_t (*ours)(int, void *, size_t, int);
static ssize_t (*ours_checked)(int, void *, size_t, size_t, int);
static int left; /* receives that the program may still see; for one worker */

static ssize_t receive(int fd, void *at, size_t room, int flags)
{
	return left-- > 0 ? ours(fd, at, room, flags) : recvfrom(fd, at, room, flags, NULL, NULL);
}

static ssize_t receive_checked(int fd, void *at, size_t room, size_t size, int flags)
{
	return left-- > 0 ? ours_checked(fd, at, room, size, flags)
			  : recvfrom(fd, at, room, flags, NULL, NULL);
}

unsigned la_version(unsigned version)
{
	const char *after = getenv("STEP_AROUND_AFTER");
	left = after ? (int)strtol(after, NULL, 10) : 0;
	return version;
}

unsigned la_objopen(struct link_map *map, Lmid_t space, uintptr_t *cookie)
{
	*cookie = strstr(map->l_name, "/libmicrohttpd.so") != NULL;
	return LA_FLG_BINDTO | (*cookie ? LA_FLG_BINDFROM : 0);
}

uintptr_t la_symbind64(Elf64_Sym *symbol, unsigned index, uintptr_t *from, uintptr_t *to,
		       unsigned *flags, const char *name)
{
	if (*from && strcmp(name, "recv") == 0) {
		ours = (__typeof__(ours))symbol->st_value;
		return (uintptr_t)receive;
	}
	if (*from && strcmp(name, "__recv_chk") == 0) {
		ours_checked = (__typeof__(ours_checked))symbol->st_value;
		return (uintptr_t)receive_checked;
	}
	return symbol->st_value;
}
