#ifndef CEPOLL_H
#define CEPOLL_H

// What Swift's Glibc leaves out: epoll, eventfd, and the calls whose flags are enumerations there.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum : uint32_t {
    CEPOLL_IN = EPOLLIN,
    CEPOLL_OUT = EPOLLOUT,
    CEPOLL_ERROR = EPOLLERR,
    CEPOLL_HANG_UP = EPOLLHUP,
    CEPOLL_PEER_DONE = EPOLLRDHUP,
};

static inline int cepoll_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

static inline int cepoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int cepoll_bell(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline int cepoll_add(int poller, int descriptor, uint32_t interest, void *member) {
    struct epoll_event event = {.events = interest, .data = {.ptr = member}};
    return epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int cepoll_change(int poller, int descriptor, uint32_t interest, void *member) {
    struct epoll_event event = {.events = interest, .data = {.ptr = member}};
    return epoll_ctl(poller, EPOLL_CTL_MOD, descriptor, &event);
}

static inline int cepoll_remove(int poller, int descriptor) {
    struct epoll_event event = {0};
    return epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, &event);
}

static inline void *cepoll_member(const struct epoll_event *event) { return event->data.ptr; }

static inline int cepoll_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static inline int cepoll_accept(int listener, struct sockaddr_storage *address) {
    socklen_t length = sizeof(*address);
    return accept4(listener, (struct sockaddr *)address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// A peer that is gone is an error of this call, not a signal to the process.
static inline ssize_t cepoll_send(int descriptor, const void *bytes, size_t count) {
    return send(descriptor, bytes, count, MSG_NOSIGNAL);
}

static inline ssize_t cepoll_send_vectors(int descriptor, struct iovec *vectors, size_t count) {
    struct msghdr message = {.msg_iov = vectors, .msg_iovlen = count};
    return sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

static inline int cepoll_local(int descriptor, struct sockaddr_storage *address) {
    socklen_t length = sizeof(*address);
    return getsockname(descriptor, (struct sockaddr *)address, &length);
}

static inline int cepoll_remote(int descriptor, struct sockaddr_storage *address) {
    socklen_t length = sizeof(*address);
    return getpeername(descriptor, (struct sockaddr *)address, &length);
}

#endif
