/* Makes the n-th call of a kind fail, or kills the process there, if it loads this library before all others
 * (LD_PRELOAD).
 *
 * Which call fails stands in the file that FAULTS names, which all processes of a run share: they count together. Calls
 * inside the C library itself, such as those of its loader, do not pass through here. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, RENAME = 4, UNLINK = 8, OPEN = 16, MMAP = 32 };

struct plan {
    int kinds;           /* which calls are counted: a sum of the above */
    int error;           /* the error of the call that fails; 0: the process is killed instead */
    long at;             /* the call that fails, from 1 */
    long count;          /* calls so far */
    char root[PATH_MAX]; /* only calls on paths that contain this, unless it is empty */
};

static struct plan *plan;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("FAULTS");
    int descriptor = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (descriptor < 0) return;
    void *shared = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (shared != MAP_FAILED) plan = shared;
}

static int fails(int kind, const char *path, int descriptor) {
    if (!plan || !(plan->kinds & kind)) return 0;
    if (descriptor == STDERR_FILENO) return 0; /* an error message that cannot be written cannot be read */
    if (plan->root[0] && kind != MMAP) {
        char link[64], target[PATH_MAX + 1];
        if (!path) {
            snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
            ssize_t length = readlink(link, target, PATH_MAX);
            target[length < 0 ? 0 : length] = 0;
            path = target;
        }
        if (!strstr(path, plan->root)) return 0;
    }
    if (__atomic_add_fetch(&plan->count, 1, __ATOMIC_SEQ_CST) != plan->at) return 0;
    if (!plan->error) kill(getpid(), SIGKILL);
    errno = plan->error;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRAP(type, name, kind, path, descriptor, bad, parameters, arguments) \
    type name parameters {                                                     \
        static __typeof__(&name) real;                                         \
        if (!real) real = REAL(name);                                          \
        return fails(kind, path, descriptor) ? bad : real arguments;           \
    }

WRAP(ssize_t, write, WRITE, NULL, d, -1, (int d, const void *b, size_t n), (d, b, n))
WRAP(ssize_t, pwrite, WRITE, NULL, d, -1, (int d, const void *b, size_t n, off_t o), (d, b, n, o))
WRAP(ssize_t, pwrite64, WRITE, NULL, d, -1, (int d, const void *b, size_t n, off64_t o), (d, b, n, o))
WRAP(ssize_t, writev, WRITE, NULL, d, -1, (int d, const struct iovec *v, int n), (d, v, n))
WRAP(ssize_t, copy_file_range, WRITE, NULL, out, -1,
     (int in, off64_t *from, int out, off64_t *to, size_t n, unsigned flags), (in, from, out, to, n, flags))
WRAP(int, ftruncate, WRITE, NULL, d, -1, (int d, off_t n), (d, n))
WRAP(int, ftruncate64, WRITE, NULL, d, -1, (int d, off64_t n), (d, n))
WRAP(int, posix_fallocate, WRITE, NULL, d, errno, (int d, off_t o, off_t n), (d, o, n))
WRAP(int, fallocate, WRITE, NULL, d, -1, (int d, int m, off_t o, off_t n), (d, m, o, n))
WRAP(int, fsync, SYNC, NULL, d, -1, (int d), (d))
WRAP(int, fdatasync, SYNC, NULL, d, -1, (int d), (d))
WRAP(int, rename, RENAME, b, -1, -1, (const char *a, const char *b), (a, b))
WRAP(int, renameat, RENAME, b, -1, -1, (int p, const char *a, int q, const char *b), (p, a, q, b))
WRAP(int, link, RENAME, b, -1, -1, (const char *a, const char *b), (a, b))
WRAP(int, linkat, RENAME, b, -1, -1, (int p, const char *a, int q, const char *b, int f), (p, a, q, b, f))
WRAP(int, symlink, RENAME, b, -1, -1, (const char *a, const char *b), (a, b))
WRAP(int, unlink, UNLINK, p, -1, -1, (const char *p), (p))
WRAP(int, unlinkat, UNLINK, p, -1, -1, (int d, const char *p, int f), (d, p, f))
WRAP(int, remove, UNLINK, p, -1, -1, (const char *p), (p))
WRAP(int, rmdir, UNLINK, p, -1, -1, (const char *p), (p))
WRAP(int, mkdir, OPEN, p, -1, -1, (const char *p, mode_t m), (p, m))
WRAP(FILE *, fopen, OPEN, p, -1, NULL, (const char *p, const char *m), (p, m))
WRAP(FILE *, fopen64, OPEN, p, -1, NULL, (const char *p, const char *m), (p, m))
WRAP(DIR *, opendir, OPEN, p, -1, NULL, (const char *p), (p))
WRAP(void *, mmap, MMAP, NULL, -1, MAP_FAILED, (void *a, size_t n, int p, int f, int d, off_t o), (a, n, p, f, d, o))
WRAP(void *, mmap64, MMAP, NULL, -1, MAP_FAILED, (void *a, size_t n, int p, int f, int d, off64_t o),
     (a, n, p, f, d, o))

#define WRAP_OPEN(name, parameters, arguments)                       \
    int name parameters {                                            \
        static __typeof__(&name) real;                               \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                \
        if (!real) real = REAL(name);                                \
        return fails(OPEN, path, -1) ? -1 : real arguments;          \
    }

WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
WRAP_OPEN(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))

/* The C library maps memory for a large block: here the block is refused instead. */
enum { LARGE = 128 * 1024 };

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

void *malloc(size_t n) { return n >= LARGE && fails(MMAP, NULL, -1) ? NULL : __libc_malloc(n); }
void *calloc(size_t k, size_t n) { return k && n >= LARGE / k && fails(MMAP, NULL, -1) ? NULL : __libc_calloc(k, n); }
void *realloc(void *p, size_t n) { return n >= LARGE && fails(MMAP, NULL, -1) ? NULL : __libc_realloc(p, n); }
