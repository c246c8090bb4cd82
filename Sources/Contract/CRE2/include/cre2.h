#ifndef MARTLET_CRE2_H
#define MARTLET_CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled RE2 program. Matching is thread-safe; the object is freed once by `cre2_free`.
typedef struct cre2 cre2;

/// Compiles `pattern`. On failure returns NULL and writes a NUL-terminated reason of at most `error_size` bytes.
cre2 *cre2_compile(const char *pattern, size_t length, int64_t max_memory, bool case_sensitive, char *error,
                   size_t error_size);
void cre2_free(cre2 *pattern);

/// The number of instructions of the compiled program: what Envoy and we cap.
int cre2_program_size(const cre2 *pattern);

/// The number of capturing groups.
int cre2_group_count(const cre2 *pattern);

bool cre2_full_match(const cre2 *pattern, const char *text, size_t length);
bool cre2_partial_match(const cre2 *pattern, const char *text, size_t length);

/// True when `rewrite` refers only to groups the pattern has; otherwise writes the reason.
bool cre2_check_rewrite(const cre2 *pattern, const char *rewrite, size_t length, char *error, size_t error_size);

/// Replaces every match of `pattern` in `text`. The result is malloc'ed; the caller frees it. NULL without memory.
char *cre2_global_replace(const cre2 *pattern, const char *text, size_t length, const char *rewrite,
                          size_t rewrite_length, size_t *result_length);

#ifdef __cplusplus
}
#endif

#endif
