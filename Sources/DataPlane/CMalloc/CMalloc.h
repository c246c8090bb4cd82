// What glibc's module for Swift leaves out: how the allocator is told what to keep.
#ifdef __linux__
#include <malloc.h>
#endif
