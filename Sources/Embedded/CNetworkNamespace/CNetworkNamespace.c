#define _GNU_SOURCE
#include "CNetworkNamespace.h"

#include <sched.h>
#include <sys/mman.h>

int martlet_unshare_network(void) { return unshare(CLONE_NEWNET); }

int martlet_enter_network(int descriptor) { return setns(descriptor, CLONE_NEWNET); }

int martlet_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }
