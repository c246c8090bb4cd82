#ifndef CEPOLL_H
#define CEPOLL_H

// What Swift's Glibc leaves out: epoll, eventfd, and the calls whose flags are enumerations there.
//
// No header of the system is included: their structures look different by feature macros, and two modules that both
// define one may not disagree. Structures are passed as addresses of Glibc's own.

#include <stddef.h>
#include <stdint.h>

/// What a descriptor is watched for, and what came of it.
enum : uint32_t {
    CEPOLL_IN = 0x001,
    CEPOLL_OUT = 0x004,
    CEPOLL_ERROR = 0x008,
    CEPOLL_HANG_UP = 0x010,
    CEPOLL_PEER_DONE = 0x2000,
};

/// Events of one member.
struct cepoll_event {
    void *member;
    uint32_t events;
};

int cepoll_name_thread(const char *name);

int cepoll_create(void);
int cepoll_bell(void);
int cepoll_add(int poller, int descriptor, uint32_t interest, void *member);
int cepoll_change(int poller, int descriptor, uint32_t interest, void *member);
int cepoll_remove(int poller, int descriptor);

/// Waits for at most `milliseconds`, -1 is without end; at most 256 events at once.
int cepoll_wait(int poller, struct cepoll_event *events, int capacity, int milliseconds);

int cepoll_socket(int family);

/// `address` is a sockaddr_storage.
int cepoll_accept(int listener, void *address);
int cepoll_local(int descriptor, void *address);

// A peer that is gone is an error of these calls, not a signal to the process. `vectors` are iovec.
ptrdiff_t cepoll_send(int descriptor, const void *bytes, size_t count);
ptrdiff_t cepoll_send_vectors(int descriptor, void *vectors, size_t count);

#endif
