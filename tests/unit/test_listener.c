#include "proxy/http/listener.h"

#include "base/own.h"
#include "tests/unit/main.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[32], address[64];
static const char *path; /* in address: of a unix socket */

static void set_up(void)
{
	snprintf(folder, sizeof folder, "/tmp/listener_XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(address, sizeof address, "unix:%s/s", folder);
	path = address + strlen("unix:");
}

static void tear_down(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static struct listener *open_fine(const char *text, size_t workers)
{
	struct error_text why = {{0}};
	struct listener *l = listener_open(text, workers, &why);
	ck_assert_msg(l, "%s", why.text);
	ck_assert_uint_eq(l->count, workers);
	return l;
}

static void refuse(const char *text, const char *reason)
{
	struct error_text why = {{0}};
	struct listener *l = listener_open(text, 2, &why);
	ck_assert_msg(!l, "%s", text);
	ck_assert_msg(strncmp(why.text, text, strlen(text)) == 0, "%s", why.text);
	ck_assert_msg(strstr(why.text, reason), "%s", why.text);
}

static void check_sockets(const struct listener *l, int family)
{
	for (size_t i = 0; i < l->count; i++) {
		int is = 0;
		socklen_t len = sizeof is;
		getsockopt(l->fds[i], SOL_SOCKET, SO_ACCEPTCONN, &is, &len);
		ck_assert_int_eq(is, 1);
		getsockopt(l->fds[i], SOL_SOCKET, SO_DOMAIN, &is, &len);
		ck_assert_int_eq(is, family);
		ck_assert(fcntl(l->fds[i], F_GETFL) & O_NONBLOCK);
		ck_assert(fcntl(l->fds[i], F_GETFD) & FD_CLOEXEC);
		for (size_t j = 0; j < i; j++)
			ck_assert((l->fds[i] == l->fds[j]) == (family == AF_UNIX));
	}
}

START_TEST(port_0_is_one_port_for_all_workers)
{
	struct listener *a = open_fine("127.0.0.1:0", 3);
	struct listener *b = open_fine("127.0.0.1:0", 3);
	check_sockets(a, AF_INET);
	check_sockets(b, AF_INET);
	ck_assert_str_ne(a->address, b->address);
	ck_assert_ptr_null(a->socket_path);
	for (size_t i = 0; i < 3; i++) {
		char text[64];
		struct sockaddr_storage s;
		socklen_t len = sizeof s;
		getsockname(a->fds[i], (struct sockaddr *)&s, &len);
		const unsigned char *port = (const unsigned char *)&s + 2;
		snprintf(text, sizeof text, "127.0.0.1:%u", port[0] * 256u + port[1]);
		ck_assert_str_eq(text, a->address);
	}
	listener_close(&a);
	ck_assert_ptr_null(a);
	listener_close(&a);
	listener_close(&b);
}
END_TEST

START_TEST(shut_it_refuses)
{
	struct listener *l = open_fine("127.0.0.1:0", 2);
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	getsockname(l->fds[0], (struct sockaddr *)&a, &len);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	listener_shut(l);
	ck_assert_int_lt(connect(fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(errno, ECONNREFUSED);
	close(fd);
	listener_close(&l);
}
END_TEST

START_TEST(a_taken_port_is_refused)
{
	struct listener *l = open_fine("127.0.0.1:0", 1);
	refuse(l->address, "in use");
	char again[64];
	snprintf(again, sizeof again, "%s", l->address);
	listener_close(&l);
	l = open_fine(again, 2);
	ck_assert_str_eq(l->address, again);
	listener_close(&l);
}
END_TEST

START_TEST(names_and_ipv6)
{
	struct listener *l = open_fine("localhost:0", 1);
	listener_close(&l);
	int probe = socket(AF_INET6, SOCK_STREAM, 0);
	if (probe < 0)
		return; /* this machine has no IPv6 */
	close(probe);
	struct error_text why = {{0}};
	l = listener_open("[::1]:0", 2, &why);
	if (!l) {
		ck_assert_msg(strstr(why.text, "assign"), "%s", why.text);
		return;
	}
	check_sockets(l, AF_INET6);
	ck_assert_int_eq(strncmp(l->address, "[::1]:", 6), 0);
	ck_assert_str_ne(l->address, "[::1]:0");
	listener_close(&l);
}
END_TEST

START_TEST(bad_addresses_are_refused)
{
	refuse("nonsense", "host:port");
	refuse("no-such-host.invalid:1", "");
	refuse("203.0.113.7:0", "assign");
	refuse("unix:/no/such/folder/s", "No such file");
	char text[300];
	snprintf(text, sizeof text, "unix:/%0200d", 1);
	refuse(text, "longer than 107 bytes");
}
END_TEST

START_TEST(one_unix_socket_for_all_workers)
{
	struct listener *l = open_fine(address, 3);
	check_sockets(l, AF_UNIX);
	ck_assert_str_eq(l->address, address);
	ck_assert_str_eq(l->socket_path, path);
	struct stat s;
	ck_assert_int_eq(lstat(path, &s), 0);
	listener_close(&l);
	ck_assert_int_eq(lstat(path, &s), -1);
}
END_TEST

/* Binds a socket to the file; the caller closes the descriptor. */
static int bind_there(int type)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	int fd = socket(AF_UNIX, type, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

START_TEST(a_socket_left_behind_is_replaced)
{
	int fd = bind_there(SOCK_STREAM);
	ck_assert_int_eq(listen(fd, 1), 0);
	close(fd);
	struct listener *l = open_fine(address, 2);
	listener_close(&l);
}
END_TEST

static void expect_still_there(mode_t type)
{
	struct stat s;
	ck_assert_int_eq(lstat(path, &s), 0);
	ck_assert_uint_eq(s.st_mode & S_IFMT, type);
}

START_TEST(a_socket_put_in_its_place_is_left_alone)
{
	struct listener *l = open_fine(address, 2);
	ck_assert_int_eq(unlink(path), 0);
	int fd = bind_there(SOCK_STREAM);
	listener_close(&l);
	expect_still_there(S_IFSOCK);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(a_socket_in_use_is_left_alone)
{
	struct listener *l = open_fine(address, 2);
	refuse(address, "in use");
	expect_still_there(S_IFSOCK);
	listener_close(&l);
}
END_TEST

START_TEST(a_busy_socket_is_left_alone)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	int fd = bind_there(SOCK_STREAM);
	ck_assert_int_eq(listen(fd, 0), 0);
	int waiting[16], count = 0;
	for (bool room = true; room && count < 16; count++) {
		waiting[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		room = connect(waiting[count], (struct sockaddr *)&a, sizeof a) == 0;
	}
	ck_assert_int_lt(count, 16);
	refuse(address, "in use");
	expect_still_there(S_IFSOCK);
	while (count)
		close(waiting[--count]);
	close(fd);
}
END_TEST

START_TEST(a_socket_of_another_kind_is_left_alone)
{
	int fd = bind_there(SOCK_DGRAM);
	refuse(address, "in use");
	expect_still_there(S_IFSOCK);
	close(fd);
}
END_TEST

START_TEST(a_regular_file_is_left_alone)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_EXCL, 0600);
	close(fd);
	refuse(address, "exists");
	expect_still_there(S_IFREG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("listener");
	TCase *all = tcase_create("listener");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, port_0_is_one_port_for_all_workers);
	tcase_add_test(all, shut_it_refuses);
	tcase_add_test(all, a_taken_port_is_refused);
	tcase_add_test(all, names_and_ipv6);
	tcase_add_test(all, bad_addresses_are_refused);
	tcase_add_test(all, one_unix_socket_for_all_workers);
	tcase_add_test(all, a_socket_left_behind_is_replaced);
	tcase_add_test(all, a_socket_put_in_its_place_is_left_alone);
	tcase_add_test(all, a_socket_in_use_is_left_alone);
	tcase_add_test(all, a_busy_socket_is_left_alone);
	tcase_add_test(all, a_socket_of_another_kind_is_left_alone);
	tcase_add_test(all, a_regular_file_is_left_alone);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
