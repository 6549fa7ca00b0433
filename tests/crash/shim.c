/* Fails the n-th write, fsync or flock on a file of a store, and on request all that follow: see test_store_faults.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int left, fault, lasting, refusal;

void seglam_fault(int n, int error, int forever) { left = n, fault = error, lasting = forever; }
void seglam_refuse_locks(int error) { refusal = error; }
int seglam_left(void) { return left; }

static int strikes(int handle) {
    char link[64], path[4096];
    if (left <= 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!strstr(path, "/store/segments") && !strstr(path, "/store/archive")) return 0;
    if (left > 1) return left--, 0;
    if (!lasting) left = 0;
    return 1;
}

ssize_t write(int handle, const void *bytes, size_t count) {
    ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (!strikes(handle)) return next(handle, bytes, count);
    if (!fault) return next(handle, bytes, count / 2 ? count / 2 : count);
    errno = fault;
    return -1;
}

int fsync(int handle) {
    if (!fault || !strikes(handle)) return 0; /* no power is lost in a test */
    errno = fault;
    return -1;
}

int flock(int handle, int operation) {
    int (*next)(int, int) = dlsym(RTLD_NEXT, "flock");
    if (!refusal || operation & LOCK_UN) return next(handle, operation);
    errno = refusal;
    return -1;
}
