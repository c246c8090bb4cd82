#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

const uint64_t SANDBOX_NEW_MOUNT = CLONE_NEWNS, SANDBOX_NEW_PID = CLONE_NEWPID, SANDBOX_NEW_UTS = CLONE_NEWUTS,
               SANDBOX_NEW_IPC = CLONE_NEWIPC, SANDBOX_NEW_NETWORK = CLONE_NEWNET;

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

// Where the child failed; its number and errno come back through the pipe.
enum stage {
    STAGE_CLONE, STAGE_SESSION, STAGE_STDIO, STAGE_TERMINAL, STAGE_CGROUP, STAGE_JOIN, STAGE_PRIVATE, STAGE_STEP,
    STAGE_HOSTNAME, STAGE_CAPABILITIES, STAGE_GROUPS, STAGE_GROUP, STAGE_USER, STAGE_DIRECTORY, STAGE_EXEC,
    STAGE_PID_NAMESPACE, STAGE_PIPE,
};

static const char *const stage_names[] = {
    "clone", "setsid", "standard streams", "controlling terminal", "join cgroup", "join namespace",
    "make mounts private", "", "set host name", "drop capabilities", "set supplementary groups", "set group",
    "set user", "change to working directory", "exec", "join PID namespace", "pipe",
};

static const char *const step_names[] = {
    "mount", "bind", "bind read-only", "make directory", "make file", "link", "pivot root", "detach", "write", "chmod",
    "bind", "make read-only", "remove",
};

struct failure {
    int stage;
    int index;
    int error;
};

static int make_parents(char *path) {
    for (char *slash = path + 1; *slash; slash++) {
        if (*slash != '/') continue;
        *slash = 0;
        int result = mkdir(path, 0755);
        *slash = '/';
        if (result < 0 && errno != EEXIST && errno != EROFS && errno != EACCES) return -1;
    }
    return 0;
}

static int make_directory(const char *target) {
    char path[4096];
    size_t length = strlen(target);
    if (length >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(path, target, length + 1);
    if (make_parents(path) < 0) return -1;
    if (mkdir(path, 0755) == 0) return 0;
    int error = errno;
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) return 0;
    errno = error == EEXIST ? ENOTDIR : error;
    return -1;
}

static int make_file(const char *target) {
    char path[4096];
    size_t length = strlen(target);
    if (length >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(path, target, length + 1);
    if (access(path, F_OK) == 0) return 0;
    if (make_parents(path) < 0) return -1;
    int descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (descriptor < 0) return -1;
    close(descriptor);
    return 0;
}

struct mount_attributes {
    uint64_t set, clear, propagation, user_namespace;
};

static int seal(const char *target) {
    struct mount_attributes attributes = {.set = 1 /* MOUNT_ATTR_RDONLY */};
    if (syscall(SYS_mount_setattr, AT_FDCWD, target, 0x8000 /* AT_RECURSIVE */, &attributes, sizeof attributes) == 0)
        return 0;
    if (errno != ENOSYS) return -1;
    return mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static int bind_at(const char *source, const char *target, int read_only) {
    if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) < 0) return -1;
    return read_only ? seal(target) : 0;
}

static int run_step(const struct sandbox_step *step) {
    switch (step->kind) {
    case SANDBOX_MOUNT:
        return mount(step->source, step->target, step->type, step->flags, step->data);
    case SANDBOX_BIND:
        return bind_at(step->source, step->target, 0);
    case SANDBOX_BIND_READ_ONLY:
        return bind_at(step->source, step->target, 1);
    case SANDBOX_DIRECTORY:
        return make_directory(step->target);
    case SANDBOX_FILE:
        return make_file(step->target);
    case SANDBOX_LINK:
        if (symlink(step->source, step->target) == 0 || errno == EEXIST) return 0;
        return -1;
    case SANDBOX_PIVOT:
        if (chdir(step->target) < 0) return -1;
        if (syscall(SYS_pivot_root, ".", step->source) < 0) return -1;
        return chdir("/");
    case SANDBOX_DETACH:
        if (umount2(step->target, MNT_DETACH) < 0) return -1;
        rmdir(step->target);
        return 0;
    case SANDBOX_WRITE: {
        int descriptor = open(step->target, O_WRONLY | O_CLOEXEC);
        if (descriptor < 0) return -1;
        size_t length = strlen(step->data);
        ssize_t written = write(descriptor, step->data, length);
        int error = errno;
        close(descriptor);
        errno = error;
        return written == (ssize_t)length ? 0 : -1;
    }
    case SANDBOX_MODE:
        return chmod(step->target, step->flags);
    case SANDBOX_PLACE: {
        struct stat status;
        if (stat(step->source, &status) < 0) return -1;
        if ((S_ISDIR(status.st_mode) ? make_directory(step->target) : make_file(step->target)) < 0) return -1;
        return bind_at(step->source, step->target, step->flags & 1);
    }
    case SANDBOX_SEAL:
        return seal(step->target);
    case SANDBOX_REMOVE:
        return unlink(step->target) == 0 || errno == ENOENT ? 0 : -1;
    }
    errno = EINVAL;
    return -1;
}

static void fail(int pipe, int stage, int index) {
    struct failure failure = {stage, index, errno};
    while (write(pipe, &failure, sizeof failure) < 0 && errno == EINTR) {
    }
    _exit(127);
}

static void set_stdio(const struct sandbox_program *program, int pipe) {
    // Above 2 first: a source may itself be 0, 1 or 2.
    int sources[3] = {program->standard_input, program->standard_output, program->standard_error};
    for (int i = 0; i < 3; i++) {
        sources[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, 3);
        if (sources[i] < 0) fail(pipe, STAGE_STDIO, i);
    }
    for (int i = 0; i < 3; i++)
        if (dup2(sources[i], i) < 0) fail(pipe, STAGE_STDIO, i);
}

static void drop_capabilities(const struct sandbox_program *program, int pipe) {
    for (int capability = 0; capability < 64; capability++) {
        if (program->capabilities >> capability & 1) continue;
        // EINVAL: the kernel knows no more; EPERM: the bounding set is another's to cut, as without privilege.
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL && errno != EPERM)
            fail(pipe, STAGE_CAPABILITIES, capability);
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static void become_user(const struct sandbox_program *program, int pipe) {
    if (syscall(SYS_setgroups, program->group_count, program->groups) < 0) {
        // In a user namespace with one id the kernel denies it, and there is no other group to lose.
        if (!(errno == EPERM && program->group_count == 0)) fail(pipe, STAGE_GROUPS, 0);
    }
    if (syscall(SYS_setresgid, program->group, program->group, program->group) < 0) fail(pipe, STAGE_GROUP, 0);
    // A program that opens /dev/stdout opens the pipe anew, as its own user.
    for (int i = 0; i < 3; i++) {
        struct stat standard;
        if (fstat(i, &standard) == 0 && S_ISFIFO(standard.st_mode)) (void)!fchown(i, program->user, program->group);
    }
    if (syscall(SYS_setresuid, program->user, program->user, program->user) < 0) fail(pipe, STAGE_USER, 0);
    if (program->user == 0) {
        struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
        struct __user_cap_data_struct data[2];
        for (int i = 0; i < 2; i++) {
            uint32_t kept = (uint32_t)(program->capabilities >> (32 * i));
            struct __user_cap_data_struct present[2];
            if (syscall(SYS_capget, &header, present) == 0) kept &= present[i].permitted;
            data[i].effective = data[i].permitted = kept;
            data[i].inheritable = 0;
        }
        if (syscall(SYS_capset, &header, data) < 0) fail(pipe, STAGE_CAPABILITIES, 64);
    }
}

static void run_program(const struct sandbox_program *program, int pipe) {
    int error = ENOENT;
    for (const char *const *path = program->paths; *path; path++) {
        execve(*path, (char *const *)program->arguments, (char *const *)program->environment);
        if (errno == EACCES) error = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR) {
            error = errno;
            break;
        }
    }
    errno = error;
    fail(pipe, STAGE_EXEC, 0);
}

static void child(const struct sandbox_program *program, int pipe) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < 65; signal++) sigaction(signal, &standard, NULL);
    if (setsid() < 0) fail(pipe, STAGE_SESSION, 0);
    if (program->cgroup >= 0 && write(program->cgroup, "0", 1) < 0) fail(pipe, STAGE_CGROUP, 0);
    set_stdio(program, pipe);
    if (program->has_terminal && ioctl(0, TIOCSCTTY, 0) < 0) fail(pipe, STAGE_TERMINAL, 0);
    for (size_t i = 0; i < program->joined_count; i++)
        if (setns(program->joined[i], 0) < 0) fail(pipe, STAGE_JOIN, (int)i);
    umask(0022);
    if (program->namespaces & CLONE_NEWNS && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        fail(pipe, STAGE_PRIVATE, 0);
    for (size_t i = 0; i < program->step_count; i++)
        if (run_step(&program->steps[i]) < 0 && !program->steps[i].optional) fail(pipe, STAGE_STEP, (int)i);
    if (program->hostname && sethostname(program->hostname, strlen(program->hostname)) < 0)
        fail(pipe, STAGE_HOSTNAME, 0);
    if (chdir(program->working_directory) < 0) fail(pipe, STAGE_DIRECTORY, 0);
    drop_capabilities(program, pipe);
    become_user(program, pipe);
    if (program->no_new_privileges) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    // After the change of user, which clears it.
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    // What other libraries opened without O_CLOEXEC is not the container's.
    syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    run_program(program, pipe);
}

static void describe(const struct sandbox_program *program, struct failure failure, struct sandbox_result *result) {
    result->error = failure.error;
    if (failure.stage == STAGE_STEP && (size_t)failure.index < program->step_count) {
        const struct sandbox_step *step = &program->steps[failure.index];
        snprintf(
            result->step, sizeof result->step, "%s %s%s%s", step_names[step->kind], step->source ? step->source : "",
            step->source && step->target ? " at " : "", step->target ? step->target : "");
    } else if (failure.stage == STAGE_EXEC) {
        snprintf(
            result->step, sizeof result->step, "exec \"%s\"", program->arguments[0] ? program->arguments[0] : "");
    } else if (failure.stage == STAGE_DIRECTORY) {
        snprintf(result->step, sizeof result->step, "change to %s", program->working_directory);
    } else {
        snprintf(result->step, sizeof result->step, "%s", stage_names[failure.stage]);
    }
}

static int refuse(const struct sandbox_program *program, struct sandbox_result *result, int stage) {
    struct failure failure = {stage, 0, errno};
    describe(program, failure, result);
    return -1;
}

enum { STACK_BYTES = 128 * 1024 };

struct start {
    const struct sandbox_program *program;
    int pipe;
};

static int begin(void *argument) {
    const struct start *start = argument;
    child(start->program, start->pipe);
    return 127;
}

int sandbox_spawn(const struct sandbox_program *program, struct sandbox_result *result) {
    int ends[2];
    result->pid = -1;
    result->pid_descriptor = -1;
    result->error = 0;
    result->step[0] = 0;
    if (pipe2(ends, O_CLOEXEC) < 0) return refuse(program, result, STAGE_PIPE);
    int own = -1;
    if (program->pid_namespace >= 0) {
        own = open("/proc/thread-self/ns/pid", O_RDONLY | O_CLOEXEC);
        if (own < 0 || setns(program->pid_namespace, CLONE_NEWPID) < 0) {
            refuse(program, result, STAGE_PID_NAMESPACE);
            if (own >= 0) close(own);
            close(ends[0]);
            close(ends[1]);
            return -1;
        }
    }
    // The child borrows this process's memory until it executes, and this thread waits that long: page tables of
    // hundreds of megabytes are neither copied nor, by the other threads, written to again.
    char *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    // No handler of this process may run in the child before they are reset.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int pid_descriptor = -1;
    struct start start = {program, ends[1]};
    int flags = (int)program->namespaces | CLONE_PIDFD | CLONE_VM | CLONE_VFORK | SIGCHLD;
    long pid = stack == MAP_FAILED ? -1 : clone(begin, stack + STACK_BYTES, flags, &start, &pid_descriptor);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (stack != MAP_FAILED) munmap(stack, STACK_BYTES);
    // The memory was marked as that of a process that changed its user; it is this one's alone again.
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (own >= 0) {
        setns(own, CLONE_NEWPID);
        close(own);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        errno = error;
        return refuse(program, result, STAGE_CLONE);
    }
    struct failure failure;
    ssize_t count;
    do {
        count = read(ends[0], &failure, sizeof failure);
    } while (count < 0 && errno == EINTR);
    close(ends[0]);
    if (count == (ssize_t)sizeof failure) {
        siginfo_t ended;
        while (waitid(P_PID, (id_t)pid, &ended, WEXITED | __WALL) < 0 && errno == EINTR) {
        }
        close(pid_descriptor);
        describe(program, failure, result);
        return -1;
    }
    result->pid = (pid_t)pid;
    result->pid_descriptor = pid_descriptor;
    return 0;
}

int sandbox_reap(int pid_descriptor, int *code, int *signal) {
    siginfo_t ended;
    memset(&ended, 0, sizeof ended);
    int result;
    do {
        result = waitid(3 /* P_PIDFD */, (id_t)pid_descriptor, &ended, WEXITED | WNOHANG | __WALL);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    if (ended.si_pid == 0) return 0;
    *code = ended.si_code == CLD_EXITED ? ended.si_status : 0;
    *signal = ended.si_code == CLD_EXITED ? 0 : ended.si_status;
    return 1;
}

pid_t sandbox_peek_zombie(void) {
    siginfo_t ended;
    memset(&ended, 0, sizeof ended);
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0) return 0;
    return ended.si_pid;
}

void sandbox_reap_pid(pid_t pid) {
    siginfo_t ended;
    waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | __WALL);
}

int sandbox_signal(int pid_descriptor, int signal) {
    return syscall(SYS_pidfd_send_signal, pid_descriptor, signal, NULL, 0) < 0 ? errno : 0;
}

int sandbox_enter_network(int descriptor) { return setns(descriptor, CLONE_NEWNET) < 0 ? errno : 0; }

int sandbox_open_terminal(const char *multiplexer, uid_t user, int *leader, int *follower) {
    int master = open(multiplexer, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0) return errno;
    int unlocked = 0;
    if (ioctl(master, TIOCSPTLCK, &unlocked) == 0) {
        // By the leader and not by a name: names are those of the container's own devpts.
        int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave >= 0) {
            (void)!fchown(slave, user, (gid_t)-1);
            *leader = master;
            *follower = slave;
            return 0;
        }
    }
    int error = errno;
    close(master);
    return error ? error : EIO;
}

int sandbox_resize_terminal(int descriptor, uint16_t columns, uint16_t rows) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(descriptor, TIOCSWINSZ, &size) < 0 ? errno : 0;
}

int sandbox_watch_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

int sandbox_watch_add(int watch, int descriptor, int wants_to_write, uint64_t key) {
    struct epoll_event event = {.events = wants_to_write ? EPOLLOUT : EPOLLIN, .data.u64 = key};
    return epoll_ctl(watch, EPOLL_CTL_ADD, descriptor, &event);
}

void sandbox_watch_remove(int watch, int descriptor) { epoll_ctl(watch, EPOLL_CTL_DEL, descriptor, NULL); }

int sandbox_watch_wait(int watch, uint64_t *keys, int count) {
    struct epoll_event events[64];
    int ready = epoll_wait(watch, events, count < 64 ? count : 64, -1);
    for (int i = 0; i < ready; i++) keys[i] = events[i].data.u64;
    return ready;
}

int sandbox_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return errno;
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int sandbox_mount_memory(const char *path) {
    return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=711") < 0 ? errno : 0;
}
