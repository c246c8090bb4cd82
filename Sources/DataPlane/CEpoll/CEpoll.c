#define _GNU_SOURCE
#include "CEpoll.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

_Static_assert(CEPOLL_IN == EPOLLIN && CEPOLL_OUT == EPOLLOUT, "epoll_ctl(2)");
_Static_assert(CEPOLL_ERROR == EPOLLERR && CEPOLL_HANG_UP == EPOLLHUP, "epoll_ctl(2)");
_Static_assert(CEPOLL_PEER_DONE == EPOLLRDHUP, "epoll_ctl(2)");

enum { MOST_EVENTS = 256 };

int cepoll_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

int cepoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int cepoll_bell(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int cepoll_add(int poller, int descriptor, uint32_t interest, void *member) {
    struct epoll_event event = {.events = interest, .data = {.ptr = member}};
    return epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

int cepoll_change(int poller, int descriptor, uint32_t interest, void *member) {
    struct epoll_event event = {.events = interest, .data = {.ptr = member}};
    return epoll_ctl(poller, EPOLL_CTL_MOD, descriptor, &event);
}

int cepoll_remove(int poller, int descriptor) {
    struct epoll_event event = {0};
    return epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, &event);
}

int cepoll_wait(int poller, struct cepoll_event *events, int capacity, int milliseconds) {
    struct epoll_event ready[MOST_EVENTS];
    int most = capacity < MOST_EVENTS ? capacity : MOST_EVENTS;
    int count = epoll_wait(poller, ready, most, milliseconds);
    for (int index = 0; index < count; index++) {
        events[index].member = ready[index].data.ptr;
        events[index].events = ready[index].events;
    }
    return count;
}

int cepoll_socket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

int cepoll_accept(int listener, void *address) {
    socklen_t length = sizeof(struct sockaddr_storage);
    return accept4(listener, (struct sockaddr *)address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int cepoll_local(int descriptor, void *address) {
    socklen_t length = sizeof(struct sockaddr_storage);
    return getsockname(descriptor, (struct sockaddr *)address, &length);
}

ptrdiff_t cepoll_send(int descriptor, const void *bytes, size_t count) {
    return send(descriptor, bytes, count, MSG_NOSIGNAL);
}

ptrdiff_t cepoll_send_vectors(int descriptor, void *vectors, size_t count) {
    struct msghdr message = {.msg_iov = (struct iovec *)vectors, .msg_iovlen = count};
    return sendmsg(descriptor, &message, MSG_NOSIGNAL);
}
