#include "base/mailbox.h"

#include "tests/unit/main.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
	POSTERS = 4,
	POSTS = 5000,
};

struct note {
	struct message message;
	int delivered;
	bool repeats;	      /* posts itself again when delivered */
	struct note *cancels; /* cancelled when this one is delivered */
};

static struct mailbox *box;
static struct note one, two;

static void on_delivery(struct message *message)
{
	struct note *note = container_of(message, struct note, message);
	note->delivered++;
	if (note->repeats)
		mailbox_post(box, message);
	if (note->cancels)
		mailbox_cancel(box, &note->cancels->message);
}

static bool is_woken(void)
{
	struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
	return poll(&p, 1, 0) == 1;
}

static void set_up(void)
{
	box = mailbox_create();
	ck_assert_ptr_nonnull(box);
	one = two = (struct note){0};
	message_init(&one.message, on_delivery);
	message_init(&two.message, on_delivery);
}

static void tear_down(void)
{
	mailbox_destroy(&box);
	ck_assert_ptr_null(box);
	mailbox_destroy(&box);
}

static void *post_one(void *cls)
{
	mailbox_post(box, &one.message);
	return NULL;
}

static void in_another_thread(void *(*run)(void *))
{
	pthread_t thread;
	pthread_create(&thread, NULL, run, NULL);
	pthread_join(thread, NULL);
}

START_TEST(delivers_once_however_often_posted)
{
	ck_assert(!mailbox_waiting(box));
	mailbox_post(box, &one.message);
	mailbox_post(box, &one.message);
	ck_assert(mailbox_waiting(box));
	mailbox_deliver(box);
	ck_assert_int_eq(one.delivered, 1);
	ck_assert(!mailbox_waiting(box));
	mailbox_deliver(box);
	ck_assert_int_eq(one.delivered, 1);
}
END_TEST

START_TEST(wakes_its_owner_for_others_only)
{
	mailbox_post(box, &two.message);
	ck_assert(!is_woken());
	mailbox_deliver(box);
	in_another_thread(post_one);
	ck_assert(is_woken());
	mailbox_deliver(box);
	ck_assert(!is_woken());
	ck_assert_int_eq(one.delivered, 1);
}
END_TEST

static void *adopt(void *cls)
{
	mailbox_adopt(box);
	mailbox_post(box, &one.message);
	return NULL;
}

START_TEST(belongs_to_who_adopts_it)
{
	in_another_thread(adopt);
	ck_assert(!is_woken());
	mailbox_deliver(box);
	mailbox_post(box, &one.message);
	ck_assert(is_woken());
}
END_TEST

START_TEST(a_cancelled_message_is_not_delivered)
{
	mailbox_post(box, &one.message);
	mailbox_post(box, &two.message);
	mailbox_cancel(box, &one.message);
	mailbox_deliver(box);
	ck_assert_int_eq(one.delivered, 0);
	ck_assert_int_eq(two.delivered, 1);
	mailbox_cancel(box, &one.message);
}
END_TEST

START_TEST(may_be_cancelled_while_others_are_delivered)
{
	one.cancels = &two;
	mailbox_post(box, &one.message);
	mailbox_post(box, &two.message);
	mailbox_deliver(box);
	ck_assert_int_eq(one.delivered, 1);
	ck_assert_int_eq(two.delivered, 0);
	mailbox_post(box, &two.message);
	mailbox_deliver(box);
	ck_assert_int_eq(two.delivered, 1);
}
END_TEST

START_TEST(what_is_posted_meanwhile_waits_for_the_next_call)
{
	one.repeats = true;
	mailbox_post(box, &one.message);
	for (int calls = 1; calls <= 3; calls++) {
		mailbox_deliver(box);
		ck_assert_int_eq(one.delivered, calls);
		ck_assert(mailbox_waiting(box));
	}
}
END_TEST

static atomic_int posted, posters_done;

static void *post_often(void *cls)
{
	struct note *note = cls;
	for (int i = 0; i < POSTS; i++) {
		atomic_fetch_add(&posted, 1);
		mailbox_post(box, &note->message);
	}
	atomic_fetch_add(&posters_done, 1);
	mailbox_post(box, &note->message);
	return NULL;
}

/* Every post is followed by a delivery, although the owner sleeps in poll meanwhile. */
START_TEST(threads_post_and_nothing_is_lost)
{
	struct note notes[POSTERS] = {0};
	pthread_t threads[POSTERS];
	for (int i = 0; i < POSTERS; i++) {
		message_init(&notes[i].message, on_delivery);
		pthread_create(&threads[i], NULL, post_often, &notes[i]);
	}
	while (posters_done < POSTERS) {
		struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
		ck_assert_int_eq(poll(&p, 1, 10000), 1);
		mailbox_deliver(box);
	}
	for (int i = 0; i < POSTERS; i++)
		pthread_join(threads[i], NULL);
	mailbox_deliver(box);
	ck_assert(!mailbox_waiting(box));
	for (int i = 0; i < POSTERS; i++) {
		ck_assert_int_ge(notes[i].delivered, 1);
		ck_assert_int_le(notes[i].delivered, POSTS + 1);
	}
	ck_assert_int_eq(posted, POSTERS * POSTS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mailbox");
	TCase *all = tcase_create("mailbox");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, delivers_once_however_often_posted);
	tcase_add_test(all, wakes_its_owner_for_others_only);
	tcase_add_test(all, belongs_to_who_adopts_it);
	tcase_add_test(all, a_cancelled_message_is_not_delivered);
	tcase_add_test(all, may_be_cancelled_while_others_are_delivered);
	tcase_add_test(all, what_is_posted_meanwhile_waits_for_the_next_call);
	tcase_add_test(all, threads_post_and_nothing_is_lost);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
