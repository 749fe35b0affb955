/* Keeps, of each file below POWER_ROOT, what it held when it was last synced: all that a power cut would leave of it.
   Loaded into a program by LD_PRELOAD; the copies lie in POWER_KEPT, each named by its path with a % for each slash. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void copy(const char *from, const char *to)
{
    char bytes[1 << 16];
    ssize_t count;
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (in < 0 || out < 0)
        abort();
    while ((count = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, count) != count)
            abort();
    close(in);
    close(out);
}

static void keep(int fd)
{
    const char *root = getenv("POWER_ROOT"), *kept = getenv("POWER_KEPT");
    char link[64], path[PATH_MAX], name[PATH_MAX], fresh[PATH_MAX + 32], place[PATH_MAX + 32];
    struct stat status;
    ssize_t length;
    if (!root || !kept || fstat(fd, &status) || !S_ISREG(status.st_mode))
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if ((length = readlink(link, path, sizeof path - 1)) < 0)
        return;
    path[length] = 0;
    if (strncmp(path, root, strlen(root)))
        return;
    strcpy(name, path);
    for (char *at = name; *at; at++)
        if (*at == '/')
            *at = '%';
    snprintf(fresh, sizeof fresh, "%s/new.%d", kept, gettid());
    snprintf(place, sizeof place, "%s/%s", kept, name);
    copy(link, fresh);
    rename(fresh, place); /* whole or not at all, as the program may be killed here */
}

int fsync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int failed = real(fd);
    if (!failed)
        keep(fd);
    return failed;
}

int fdatasync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int failed = real(fd);
    if (!failed)
        keep(fd);
    return failed;
}
