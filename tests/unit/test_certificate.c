#include "proxy/http/tls/certificate.h"

#include "tests/unit/main.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char good_cert[1024], good_key[1024];
static char cert[] = "/tmp/test-certificate-XXXXXX", key[] = "/tmp/test-certificate-XXXXXX";

static void copy(const char *from, const char *to)
{
	char bytes[8192];
	FILE *source = fopen(from, "r"), *target = fopen(to, "w");
	ck_assert(source && target);
	size_t len = fread(bytes, 1, sizeof bytes, source);
	ck_assert_uint_eq(fwrite(bytes, 1, len, target), len);
	fclose(source);
	fclose(target);
}

static void set_up(void)
{
	const char *root = getenv("SOURCE_ROOT");
	ck_assert_msg(root, "SOURCE_ROOT is not set");
	snprintf(good_cert, sizeof good_cert, "%s/tests/data/tls/server.pem", root);
	snprintf(good_key, sizeof good_key, "%s/tests/data/tls/server.key", root);
	memcpy(cert + sizeof cert - 7, "XXXXXX", 6);
	memcpy(key + sizeof key - 7, "XXXXXX", 6);
	close(mkstemp(cert));
	close(mkstemp(key));
	copy(good_cert, cert);
	copy(good_key, key);
}

static void tear_down(void)
{
	unlink(cert);
	unlink(key);
}

START_TEST(takes_what_belongs_together)
{
	struct error_text why = {{0}};
	struct certificate *c = certificate_create(cert, key, &why);
	ck_assert_msg(c, "%s", why.text);
	ck_assert(certificate_reload(c, &why));
	certificate_destroy(&c);
	ck_assert_ptr_null(c);
	certificate_destroy(&c);
}
END_TEST

START_TEST(says_which_file_is_wrong)
{
	static const struct {
		const char *cert, *key, *begins;
	} cases[] = {
	    {"/nowhere/cert", key, "tls.cert: /nowhere/cert: No such file or directory"},
	    {cert, "/nowhere/key", "tls.key: /nowhere/key: No such file or directory"},
	    {"/dev/null", key, "tls.cert: /dev/null: is no certificate in PEM"},
	    {cert, "/dev/null", "tls.key: /dev/null: is no private key in PEM"},
	    {"/", key, "tls.cert: /: Is a directory"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error_text why = {{0}};
		ck_assert_ptr_null(certificate_create(cases[i].cert, cases[i].key, &why));
		ck_assert_msg(strncmp(why.text, cases[i].begins, strlen(cases[i].begins)) == 0,
			      "%s", why.text);
	}
}
END_TEST

START_TEST(says_what_it_found_instead)
{
	struct error_text why = {{0}};
	ck_assert_ptr_null(certificate_create(key, cert, &why));
	ck_assert_msg(strstr(why.text, "holds a private key and no certificate; are tls.cert and "
				       "tls.key swapped?"),
		      "%s", why.text);
	ck_assert_ptr_null(certificate_create(cert, cert, &why));
	ck_assert_msg(strstr(why.text, "holds a certificate and no private key"), "%s", why.text);
	ck_assert(!certificate_check_authorities(key, &why));
	ck_assert_msg(strncmp(why.text, key, strlen(key)) == 0, "%s", why.text);
	ck_assert(certificate_check_authorities(cert, &why));
	ck_assert(certificate_check_authorities("", &why));
	FILE *file = fopen(key, "w");
	fputs("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
	      file);
	fclose(file);
	ck_assert_ptr_null(certificate_create(cert, key, &why));
	ck_assert_msg(strstr(why.text, "is protected by a password"), "%s", why.text);
}
END_TEST

static void write_key(EVP_PKEY *made)
{
	FILE *file = fopen(key, "w");
	ck_assert(made && file && PEM_write_PrivateKey(file, made, NULL, NULL, 0, NULL, NULL));
	fclose(file);
	EVP_PKEY_free(made);
}

START_TEST(refuses_the_key_of_another_certificate)
{
	struct error_text why = {{0}};
	write_key(EVP_RSA_gen(2048));
	ck_assert_ptr_null(certificate_create(cert, key, &why));
	ck_assert_msg(strstr(why.text, "is the key of another certificate"), "%s", why.text);
	write_key(EVP_EC_gen("P-256"));
	ck_assert_ptr_null(certificate_create(cert, key, &why));
	ck_assert_msg(strstr(why.text, "is the key of another certificate"), "%s", why.text);
}
END_TEST

START_TEST(keeps_what_it_has_when_files_turn_bad)
{
	struct error_text why = {{0}};
	struct certificate *c = certificate_create(cert, key, &why);
	ck_assert_ptr_nonnull(c);
	copy("/dev/null", cert);
	ck_assert(!certificate_reload(c, &why));
	ck_assert_ptr_nonnull(strstr(why.text, cert));
	struct ssl_st *session = certificate_session(c, 0);
	ck_assert_ptr_nonnull(session);
	copy(good_cert, cert);
	ck_assert(certificate_reload(c, &why));
	/* Existing connections keep the old one. */
	SSL_free(session);
	certificate_destroy(&c);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("certificate");
	TCase *all = tcase_create("certificate");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, takes_what_belongs_together);
	tcase_add_test(all, says_which_file_is_wrong);
	tcase_add_test(all, says_what_it_found_instead);
	tcase_add_test(all, refuses_the_key_of_another_certificate);
	tcase_add_test(all, keeps_what_it_has_when_files_turn_bad);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
