#include "cre2.h"

#include <re2/re2.h>

#include <cstdlib>
#include <cstring>
#include <string>

struct cre2 {
    RE2 program;
    cre2(const re2::StringPiece &pattern, const RE2::Options &options) : program(pattern, options) {}
};

// An empty Swift buffer has no address; RE2 wants one.
static re2::StringPiece piece(const char *text, size_t length) {
    return re2::StringPiece(text == nullptr ? "" : text, length);
}

static void copy_error(const std::string &message, char *error, size_t error_size) {
    if (error == nullptr || error_size == 0) return;
    size_t length = message.size() < error_size - 1 ? message.size() : error_size - 1;
    std::memcpy(error, message.data(), length);
    error[length] = '\0';
}

cre2 *cre2_compile(const char *pattern, size_t length, int64_t max_memory, bool case_sensitive, char *error,
                   size_t error_size) {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(max_memory);
    options.set_case_sensitive(case_sensitive);
    cre2 *compiled = new (std::nothrow) cre2(piece(pattern, length), options);
    if (compiled == nullptr) {
        copy_error("out of memory", error, error_size);
        return nullptr;
    }
    if (!compiled->program.ok()) {
        copy_error(compiled->program.error(), error, error_size);
        delete compiled;
        return nullptr;
    }
    return compiled;
}

void cre2_free(cre2 *pattern) { delete pattern; }

int cre2_program_size(const cre2 *pattern) { return pattern->program.ProgramSize(); }

int cre2_group_count(const cre2 *pattern) { return pattern->program.NumberOfCapturingGroups(); }

bool cre2_full_match(const cre2 *pattern, const char *text, size_t length) {
    return pattern->program.Match(piece(text, length), 0, length, RE2::ANCHOR_BOTH, nullptr, 0);
}

bool cre2_partial_match(const cre2 *pattern, const char *text, size_t length) {
    return pattern->program.Match(piece(text, length), 0, length, RE2::UNANCHORED, nullptr, 0);
}

bool cre2_check_rewrite(const cre2 *pattern, const char *rewrite, size_t length, char *error, size_t error_size) {
    std::string reason;
    if (pattern->program.CheckRewriteString(piece(rewrite, length), &reason)) return true;
    copy_error(reason, error, error_size);
    return false;
}

char *cre2_global_replace(const cre2 *pattern, const char *text, size_t length, const char *rewrite,
                          size_t rewrite_length, size_t *result_length) {
    std::string result(text == nullptr ? "" : text, length);
    RE2::GlobalReplace(&result, pattern->program, piece(rewrite, rewrite_length));
    char *copy = static_cast<char *>(std::malloc(result.size() + 1));
    if (copy == nullptr) return nullptr;
    std::memcpy(copy, result.data(), result.size());
    copy[result.size()] = '\0';
    *result_length = result.size();
    return copy;
}
