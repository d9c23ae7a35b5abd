#include "storage/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int directory_error(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
	case EROFS: return PP_ERR_PERMISSION;
	case ENOENT:
	case ENOTDIR: return PP_ERR_NOT_FOUND;
	case ENOSPC:
	case EDQUOT: return PP_ERR_STORAGE_FULL;
	case ENOMEM: return PP_ERR_NO_MEMORY;
	default: return PP_ERR_IO;
	}
}

static int failed(const char *what, const char *path, char *message)
{
	int error = errno;

	message_set(message, "cannot %s %s: %s", what, path, strerror(error));
	return directory_error(error);
}

/* LMDB maps the file and shares a lock among processes: neither is reliable over a network. */
static int check_file_system(int fd, const char *path, char *message)
{
	static const struct {
		unsigned long magic;
		const char *name;
	} remote[] = {
		{ 0x6969, "NFS" },
		{ 0x517b, "SMB" },
		{ 0xfe534d42, "SMB" },
		{ 0xff534d42, "CIFS" },
		{ 0x5346414f, "AFS" },
		{ 0x00c36400, "Ceph" },
	};
	struct statfs info;

	if (fstatfs(fd, &info) != 0)
		return failed("examine the file system of", path, message);
	for (size_t i = 0; i < ARRAY_LEN(remote); i++) {
		if ((unsigned long)info.f_type != remote[i].magic)
			continue;
		message_set(message,
			"%s is on %s, a network file system, where a memory map and its locks can "
			"lose data. Name a directory on a local disk",
			path, remote[i].name);
		return PP_ERR_INVALID;
	}
	return 0;
}

static int open_or_make(const char *path, bool create, int *out, char *message)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && create) {
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return failed("make the directory", path, message);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return failed("open the store's directory", path, message);
	*out = fd;
	return 0;
}

static bool has_entry(int fd, const char *name)
{
	struct stat info;

	return fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

static int refuse_locked(int lock_fd, const char *path, char *message)
{
	char pid[24] = { 0 };

	/* The holder wrote its process id, unless it took the lock this very moment. */
	if (pread(lock_fd, pid, sizeof(pid) - 1, 0) <= 0)
		snprintf(pid, sizeof(pid), "unknown");
	pid[strcspn(pid, "\n")] = '\0';
	message_set(message,
		"the store %s is in use by process %s. Stop that server, or name another directory",
		path, pid);
	return PP_ERR_LOCKED;
}

static int take_lock(int fd, const char *path, int *out, char *message)
{
	char pid[24];
	int lock_fd = openat(fd, DIRECTORY_LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int err;

	if (lock_fd < 0)
		return failed("open the lock file in", path, message);
	if (flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
		err = errno == EWOULDBLOCK ? refuse_locked(lock_fd, path, message)
					   : failed("lock", path, message);
		goto err_after_open;
	}
	int len = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	/* The number is a hint for people: a full disk must not keep a store from being read. */
	if (ftruncate(lock_fd, 0) != 0 || pwrite(lock_fd, pid, (size_t)len, 0) != len)
		errno = 0;
	*out = lock_fd;
	return 0;

err_after_open:
	close(lock_fd);
	return err;
}

/* A store that lost data.mdb must not be taken for a new one and begun anew. */
static int check_complete(struct directory *directory, const char *path, char *message)
{
	directory->has_data = has_entry(directory->fd, DIRECTORY_DATA_NAME);
	if (directory->has_data || !has_entry(directory->fd, DIRECTORY_READERS_NAME))
		return 0;
	message_set(message,
		"%s held a store (%s is there), but %s is gone. Restore it from a backup; to begin "
		"with an empty store, remove %s",
		path, DIRECTORY_READERS_NAME, DIRECTORY_DATA_NAME, DIRECTORY_READERS_NAME);
	return PP_ERR_CORRUPT;
}

int directory_open(const char *path, bool create, struct directory *out, char *message)
{
	struct directory directory = { .fd = -1, .lock_fd = -1 };
	int err = open_or_make(path, create, &directory.fd, message);

	if (err != 0)
		return err;
	err = check_file_system(directory.fd, path, message);
	if (err == 0 && !create && !has_entry(directory.fd, DIRECTORY_DATA_NAME) &&
		!has_entry(directory.fd, DIRECTORY_READERS_NAME)) {
		message_set(message, "%s holds no store", path);
		err = PP_ERR_NOT_FOUND;
	}
	if (err == 0)
		err = take_lock(directory.fd, path, &directory.lock_fd, message);
	if (err == 0)
		err = check_complete(&directory, path, message);
	if (err != 0) {
		directory_close(&directory);
		return err;
	}
	*out = directory;
	return 0;
}

void directory_close(struct directory *directory)
{
	if (directory->lock_fd >= 0)
		close(directory->lock_fd);
	close(directory->fd);
}

int directory_sync(const struct directory *directory)
{
	int err = 0;

	if (fsync(directory->fd) != 0)
		return directory_error(errno);
	int parent = openat(directory->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* One that we may not even list is not one in which we made the directory. */
	if (parent < 0)
		return errno == EACCES ? 0 : directory_error(errno);
	if (fsync(parent) != 0)
		err = directory_error(errno);
	close(parent);
	return err;
}
