/* Looks at data.mdb before LMDB maps it: does it hold all pages that its trees lead to? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/lmdb_engine.h"

/* LMDB's file format, data version 1, in the byte order of the machine. */
struct page_header {
	uint64_t number;
	uint16_t pad;
	uint16_t flags;
	uint16_t lower; /* end of the node offsets; in an overflow page, with `upper`, its length */
	uint16_t upper;
};

struct node_header {
	uint16_t low; /* a child's page number: low, high, flags; else a data length */
	uint16_t high;
	uint16_t flags;
	uint16_t key_len;
};

struct tree {
	uint32_t page_bytes; /* of the first tree only */
	uint16_t flags;
	uint16_t depth;
	uint64_t n_branches;
	uint64_t n_leaves;
	uint64_t n_overflows;
	uint64_t n_entries;
	uint64_t root;
};

struct meta_page {
	struct page_header header;
	uint32_t magic;
	uint32_t version;
	uint64_t address;
	uint64_t map_bytes;
	struct tree trees[2]; /* free pages, records */
	uint64_t last_page;
	uint64_t txn_id;
};

_Static_assert(sizeof(struct page_header) == 16 && sizeof(struct node_header) == 8 &&
		       sizeof(struct tree) == 48 && sizeof(struct meta_page) == 152,
	"not the layout of LMDB's files");

enum {
	PAGE_BRANCH = 0x01,
	PAGE_LEAF = 0x02,
	PAGE_OVERFLOW = 0x04,
	NODE_OVERFLOW = 0x01,
	TREE_DEPTH_MAX = 32,
	PAGE_BYTES_MIN = 512,
	PAGE_BYTES_MAX = 65536,
	DATA_VERSION = 1,
};

static const uint32_t meta_magic = 0xBEEFC0DE;
static const uint64_t no_page = UINT64_MAX; /* the root of an empty tree */

/* The way from a root to where the walk is, one page for each level. */
struct walk {
	int fd;
	uint64_t n_pages;   /* that lie wholly in the file */
	uint64_t n_entered; /* in a sound file each page once: damage could lead in circles */
	size_t page_bytes;
	uint8_t *pages;
	uint32_t n_children[TREE_DEPTH_MAX];
	uint32_t next_child[TREE_DEPTH_MAX];
};

static int read_page(const struct walk *walk, uint64_t number, size_t len, void *out)
{
	if (number >= walk->n_pages)
		return PP_ERR_CORRUPT;
	ssize_t n = pread(walk->fd, out, len, (off_t)(number * walk->page_bytes));
	return n == (ssize_t)len ? 0 : PP_ERR_IO;
}

static int read_node(const struct walk *walk, const uint8_t *page, uint32_t i, size_t *offset,
	struct node_header *out)
{
	uint16_t at;

	memcpy(&at, page + sizeof(struct page_header) + i * sizeof(at), sizeof(at));
	if (at < sizeof(struct page_header) || at + sizeof(*out) > walk->page_bytes)
		return PP_ERR_CORRUPT;
	memcpy(out, page + at, sizeof(*out));
	*offset = at;
	return 0;
}

/* The values of a leaf that lie in pages of their own. */
static int check_overflows(const struct walk *walk, const uint8_t *page, uint32_t n_nodes)
{
	int err = 0;

	for (uint32_t i = 0; err == 0 && i < n_nodes; i++) {
		struct node_header node;
		struct page_header header;
		size_t offset;
		uint64_t number;
		uint32_t n_pages;
		err = read_node(walk, page, i, &offset, &node);
		if (err != 0 || (node.flags & NODE_OVERFLOW) == 0)
			continue;
		offset += sizeof(node) + node.key_len;
		if (offset + sizeof(number) > walk->page_bytes)
			return PP_ERR_CORRUPT;
		memcpy(&number, page + offset, sizeof(number));
		err = read_page(walk, number, sizeof(header), &header);
		if (err != 0)
			continue;
		memcpy(&n_pages, &header.lower, sizeof(n_pages));
		if ((header.flags & PAGE_OVERFLOW) == 0 || n_pages > walk->n_pages - number)
			return PP_ERR_CORRUPT;
	}
	return err;
}

/* Reads a page as the walk's last level. */
static int enter_page(struct walk *walk, uint32_t level, uint64_t number)
{
	uint8_t *page = walk->pages + level * walk->page_bytes;
	struct page_header header;
	int err = read_page(walk, number, walk->page_bytes, page);

	if (err != 0)
		return err;
	if (++walk->n_entered > walk->n_pages)
		return PP_ERR_CORRUPT;
	memcpy(&header, page, sizeof(header));
	if (header.lower < sizeof(header) || header.lower > walk->page_bytes)
		return PP_ERR_CORRUPT;
	uint32_t n_nodes = (header.lower - (uint32_t)sizeof(header)) / 2;
	walk->next_child[level] = 0;
	walk->n_children[level] = 0;
	switch (header.flags & (PAGE_BRANCH | PAGE_LEAF)) {
	case PAGE_BRANCH: walk->n_children[level] = n_nodes; return 0;
	case PAGE_LEAF: return check_overflows(walk, page, n_nodes);
	default: return PP_ERR_CORRUPT;
	}
}

static int walk_tree(struct walk *walk, uint64_t root)
{
	uint32_t n_levels = 1;

	if (root == no_page)
		return 0;
	int err = enter_page(walk, 0, root);
	while (err == 0 && n_levels > 0) {
		uint32_t level = n_levels - 1;
		if (walk->next_child[level] == walk->n_children[level]) {
			n_levels--;
			continue;
		}
		if (n_levels == TREE_DEPTH_MAX)
			return PP_ERR_CORRUPT;
		struct node_header node;
		size_t offset;
		err = read_node(walk, walk->pages + level * walk->page_bytes,
			walk->next_child[level]++, &offset, &node);
		if (err == 0)
			err = enter_page(walk, n_levels++,
				node.low | (uint64_t)node.high << 16 | (uint64_t)node.flags << 32);
	}
	return err;
}

static bool is_meta(const struct meta_page *meta)
{
	uint32_t page_bytes = meta->trees[0].page_bytes;

	return meta->magic == meta_magic && meta->version == DATA_VERSION &&
	       page_bytes >= PAGE_BYTES_MIN && page_bytes <= PAGE_BYTES_MAX;
}

/* The newer of the two meta pages. PP_ERR_FORMAT: they are not LMDB's. */
static int read_meta(int fd, struct meta_page *out)
{
	struct meta_page metas[2];

	if (pread(fd, &metas[0], sizeof(metas[0]), 0) != (ssize_t)sizeof(metas[0]) ||
		!is_meta(&metas[0]))
		return PP_ERR_FORMAT;
	if (pread(fd, &metas[1], sizeof(metas[1]), metas[0].trees[0].page_bytes) !=
			(ssize_t)sizeof(metas[1]) ||
		!is_meta(&metas[1]))
		return PP_ERR_FORMAT;
	*out = metas[metas[1].txn_id > metas[0].txn_id];
	return 0;
}

int lmdb_pages_check(int fd, uint64_t *bytes_missing)
{
	struct meta_page meta;
	struct stat file;

	*bytes_missing = 0;
	int err = read_meta(fd, &meta);
	if (err != 0)
		return err;
	if (fstat(fd, &file) != 0)
		return directory_error(errno);
	struct walk walk = { .fd = fd, .page_bytes = meta.trees[0].page_bytes };
	walk.n_pages = (uint64_t)file.st_size / walk.page_bytes;
	if (walk.n_pages > meta.last_page)
		return 0;
	*bytes_missing = (meta.last_page + 1) * walk.page_bytes - (uint64_t)file.st_size;
	walk.pages = malloc(TREE_DEPTH_MAX * walk.page_bytes);
	if (walk.pages == NULL)
		return PP_ERR_NO_MEMORY;
	for (size_t i = 0; err == 0 && i < ARRAY_LEN(meta.trees); i++)
		err = walk_tree(&walk, meta.trees[i].root);
	free(walk.pages);
	return err;
}
