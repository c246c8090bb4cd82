#pragma once

// Linux calls that the Glibc module does not show. Each returns -1 and sets errno on failure, as the call it is.

/// unshare(2) with CLONE_NEWNET: the calling thread enters a network namespace of its own.
int martlet_unshare_network(void);

/// setns(2) with CLONE_NEWNET: the calling thread enters the namespace behind the descriptor.
int martlet_enter_network(int descriptor);

/// memfd_create(2) with MFD_CLOEXEC.
int martlet_memory_file(const char *name);
