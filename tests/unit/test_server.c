#include "proxy/http/server.h"

#include "base/clock.h"
#include "tests/unit/main.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Out of descriptors it leaves its socket alone for a while, and comes back to it by its own
 * knowledge: what the options pointed to is gone by then. */
START_TEST(accepts_again_after_it_ran_out_of_descriptors)
{
	scoped(config_unref) struct config *config = config_create();
	config->limits.connections = 10;
	config->limits.headers = 32768;
	config->limits.idle_ms = config->limits.header_time_ms = 60000;
	struct context worker = {.config = config, .loop = loop_create()};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int *listen_fd = malloc(sizeof *listen_fd);
	bool *shared = calloc(1, sizeof *shared);
	int fd = *listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	atomic_size_t connections = 0;
	struct connection_limits *connection_limits = connection_limits_create();
	struct error_text why = {{0}};
	struct server *server =
	    server_create(&worker,
			  &(struct server_options){NULL, listen_fd, shared, 1, &connections,
						   connection_limits, NULL},
			  &why);
	ck_assert_msg(server, "%s", why.text);
	free(listen_fd);
	free(shared);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	struct rlimit before, none;
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = (rlim_t)client + 1;
	ck_assert_int_eq(connect(client, (struct sockaddr *)&a, len), 0);
	setrlimit(RLIMIT_NOFILE, &none);
	loop_turn(worker.loop, 1000);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_uint_eq(connections, 0);
	int64_t now_ms = clock_ms();
	ck_assert_int_le(server_timeout_ms(server, now_ms), 100);
	loop_turn(worker.loop, 0);
	ck_assert_uint_eq(connections, 0);
	server_work(server, now_ms + 1000);
	loop_turn(worker.loop, 1000);
	ck_assert_uint_eq(connections, 1);
	server_destroy(&server);
	ck_assert_ptr_null(server);
	ck_assert_uint_eq(connections, 0);
	close(client);
	close(fd);
	connection_limits_destroy(&connection_limits);
	loop_destroy(&worker.loop);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("server");
	tcase_add_test(process_cases(suite), accepts_again_after_it_ran_out_of_descriptors);
	return run_suite(suite);
}
