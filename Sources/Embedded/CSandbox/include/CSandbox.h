#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Starts a process in namespaces of its own. Everything between the clone and the exec is system calls on memory
// prepared before: the caller has many threads, so the child may take no lock and allocate nothing.

enum sandbox_step_kind {
    // mount(source, target, type, flags, data)
    SANDBOX_MOUNT = 0,
    // Recursive bind of source on target.
    SANDBOX_BIND = 1,
    // The same, every mount in it read-only.
    SANDBOX_BIND_READ_ONLY = 2,
    // mkdir -p target
    SANDBOX_DIRECTORY = 3,
    // mkdir -p of what is above target, and an empty file there when there is nothing.
    SANDBOX_FILE = 4,
    // target becomes a symbolic link to source.
    SANDBOX_LINK = 5,
    // Makes target the root; the former root is found at `source` inside of it.
    SANDBOX_PIVOT = 6,
    // Detaches target and removes its directory.
    SANDBOX_DETACH = 7,
    // Writes data into the file target, which exists.
    SANDBOX_WRITE = 8,
    // chmod(target, flags)
    SANDBOX_MODE = 9,
    // Binds source on target, as a directory or a file, as source is; makes the place first. flags 1: read-only.
    SANDBOX_PLACE = 10,
    // Makes every mount at and below target read-only.
    SANDBOX_SEAL = 11,
    // Unlinks target; none there is fine.
    SANDBOX_REMOVE = 12,
};

struct sandbox_step {
    int kind;
    // A step that may fail; the next one follows.
    int optional;
    const char *source;
    const char *target;
    const char *type;
    const char *data;
    unsigned long flags;
};

struct sandbox_program {
    // CLONE_NEWNS | CLONE_NEWPID ...
    uint64_t namespaces;
    // A PID namespace to be born in, or -1.
    int pid_namespace;
    // Namespaces to join by setns, in order.
    const int *joined;
    size_t joined_count;
    const struct sandbox_step *steps;
    size_t step_count;
    // NULL keeps the name.
    const char *hostname;
    const char *working_directory;
    // Where the program may be: tried in order as execvp does; ends with NULL.
    const char *const *paths;
    const char *const *arguments;
    const char *const *environment;
    int standard_input;
    int standard_output;
    int standard_error;
    // Standard input becomes the controlling terminal.
    int has_terminal;
    uint32_t user;
    uint32_t group;
    const uint32_t *groups;
    size_t group_count;
    // Bit n: capability n stays in the bounding set.
    uint64_t capabilities;
    int no_new_privileges;
    // An open cgroup.procs, or -1.
    int cgroup;
};

struct sandbox_result {
    pid_t pid;
    // Closed on exec; the caller owns it.
    int pid_descriptor;
    // errno of the step that failed.
    int error;
    char step[256];
};

// 0 when the program runs (its exec succeeded); -1 with error and step otherwise: then no process is left.
int sandbox_spawn(const struct sandbox_program *program, struct sandbox_result *result);

// waitid(P_PIDFD): 1 with code and signal when it ended and is reaped now, 0 when it still runs, -1 on error.
int sandbox_reap(int pid_descriptor, int *code, int *signal);

// A child that ended and nobody reaped, without reaping it; 0 when there is none.
pid_t sandbox_peek_zombie(void);

// Reaps one child by number.
void sandbox_reap_pid(pid_t pid);

// pidfd_send_signal(2): 0 or errno.
int sandbox_signal(int pid_descriptor, int signal);

// setns(2) of this thread into a network namespace: 0 or errno.
int sandbox_enter_network(int descriptor);

// A pseudo-terminal of the devpts whose `ptmx` is named, for this user: both descriptors closed on exec. 0 or errno.
int sandbox_open_terminal(const char *multiplexer, uid_t user, int *leader, int *follower);

// TIOCSWINSZ.
int sandbox_resize_terminal(int descriptor, uint16_t columns, uint16_t rows);

// The clone flags by name, for Swift, which cannot read the macros.
extern const uint64_t SANDBOX_NEW_MOUNT, SANDBOX_NEW_PID, SANDBOX_NEW_UTS, SANDBOX_NEW_IPC, SANDBOX_NEW_NETWORK;

// epoll, which Swift's Glibc does not show. Each returns a negative value on error.
int sandbox_watch_open(void);
int sandbox_watch_add(int watch, int descriptor, int wants_to_write, uint64_t key);
void sandbox_watch_remove(int watch, int descriptor);

// Blocks until some are ready; their keys, `count` at most.
int sandbox_watch_wait(int watch, uint64_t *keys, int count);

// A pipe closed on exec: 0 or errno.
int sandbox_pipe(int *reading, int *writing);

// A tmpfs in this process's mount namespace: 0 or errno.
int sandbox_mount_memory(const char *path);
