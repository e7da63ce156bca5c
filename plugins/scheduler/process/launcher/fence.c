// Open addressing over 64-bit hashes. Two different ids with one hash would fence each other: with
// four million of them the chance is 1 in 10^12 an id.
#include "fence.h"

#include <stdlib.h>

struct set {
  uint64_t *slots; // 0 = free
  uint32_t count, room;
};

static struct set newer[2], older[2]; // by kind

static uint64_t hash_of(const char *id) {
  uint64_t h = 14695981039346656037u;
  for (; *id; id++) h = (h ^ (uint8_t)*id) * 1099511628211u;
  h ^= h >> 32; // FNV leaves the upper bits weak for short texts
  h *= 0xd6e8feb86659fd93u;
  h ^= h >> 32;
  return h ? h : 1;
}

static void insert(struct set *set, uint64_t hash) {
  uint32_t at = (uint32_t)hash & (set->room - 1);
  while (set->slots[at] && set->slots[at] != hash) at = (at + 1) & (set->room - 1);
  if (!set->slots[at]) set->count++;
  set->slots[at] = hash;
}

static void grow(struct set *set) {
  struct set bigger = {.room = set->room ? set->room * 2 : 256};
  bigger.slots = calloc(bigger.room, sizeof *bigger.slots);
  if (!bigger.slots) abort();
  for (uint32_t i = 0; i < set->room; i++) {
    if (set->slots[i]) insert(&bigger, set->slots[i]);
  }
  free(set->slots);
  *set = bigger;
}

static bool contains(const struct set *set, uint64_t hash) {
  if (set->room == 0) return false;
  uint32_t at = (uint32_t)hash & (set->room - 1);
  while (set->slots[at] && set->slots[at] != hash) at = (at + 1) & (set->room - 1);
  return set->slots[at] != 0;
}

void fence_add(enum fence_kind kind, const char *id) {
  struct set *set = &newer[kind];
  if ((set->count + 1) * 4 > set->room * 3) grow(set);
  insert(set, hash_of(id));
}

bool fence_has(const char *id) {
  uint64_t hash = hash_of(id);
  for (int kind = FENCE_REMOVED; kind <= FENCE_STOPPED; kind++) {
    if (contains(&newer[kind], hash) || contains(&older[kind], hash)) return true;
  }
  return false;
}

uint32_t fence_count(enum fence_kind kind) { return newer[kind].count; }

void fence_turn(enum fence_kind kind) {
  free(older[kind].slots);
  older[kind] = newer[kind];
  newer[kind] = (struct set){0};
}
