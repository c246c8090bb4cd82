// What glibc's module for Swift leaves out: how the allocator is told what to keep.
#include <malloc.h>
