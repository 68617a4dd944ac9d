// Memory of scalar nodes. Separate from the general pool for the reason of the note.
//
// Note [Scalar memory]
// A graph of a million nodes is made, swept and freed again and again, and each pass runs through
// memory. The order in which nodes die is not the order in which they were made, so with a list of
// free blocks every round of a program would scatter its nodes more widely than the last: after
// some rounds nodes cost five times as much. Here free nodes are bits, taken in the order of
// addresses, so that a new graph lies in memory as it was written, however the last one died.
//
// Nodes live in pages of 64 KiB, pages in regions of 2 MiB (one huge page, where the system has
// them). A page is taken from again once a quarter of it is free; a region that is all free goes
// back to the system, but for a few. Like counts, all of this changes under the host's lock alone.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace pyad {

struct ScalarNode;

namespace detail {

inline constexpr size_t kScalarBytes = 64;  // size and alignment of a node
inline constexpr size_t kScalarPageBytes = size_t{1} << 16;
inline constexpr size_t kScalarRegionBytes = size_t{1} << 21;
inline constexpr size_t kScalarsPerPage = kScalarPageBytes / kScalarBytes;

struct ScalarPage {
  uint64_t free[kScalarsPerPage / 64];  // bit: this node is free
  ScalarPage* next;                     // in the ring of pages with room
  ScalarPage* previous;
  uint32_t free_count;
  uint32_t capacity;
  bool unavailable;  // in the ring already, or being taken from
};
struct ScalarRegion {
  static constexpr size_t kPages = kScalarRegionBytes / kScalarPageBytes;
  ScalarPage pages[kPages];
  uint32_t empty_pages;  // those not being taken from
};

struct ScalarMemory {
  uint64_t bits;  // nodes at hand: one word of a page
  char* base;     // of that word
  uint64_t made;
  uint64_t freed;
};
extern ScalarMemory scalar_memory;

void* scalar_refill();
void scalar_page_has_room(ScalarPage* page) noexcept;
void scalar_page_is_empty(ScalarPage* page) noexcept;

/// Memory for a node. Raises Error(kMemory).
inline void* take_scalar() {
  ScalarMemory& m = scalar_memory;
  if (m.bits == 0) [[unlikely]]
    return scalar_refill();
  const int i = std::countr_zero(m.bits);
  m.bits &= m.bits - 1;
  return m.base + static_cast<size_t>(i) * kScalarBytes;
}

inline void give_scalar(void* p) noexcept {
  const auto address = reinterpret_cast<uintptr_t>(p);
  auto* region = reinterpret_cast<ScalarRegion*>(address & ~(kScalarRegionBytes - 1));
  ScalarPage& page = region->pages[address / kScalarPageBytes % ScalarRegion::kPages];
  const size_t i = address / kScalarBytes % kScalarsPerPage;
  page.free[i / 64] |= uint64_t{1} << i % 64;
  ++page.free_count;
  constexpr uint32_t kRoom = kScalarsPerPage / 4;
  if (page.free_count == kRoom && !page.unavailable) [[unlikely]]
    scalar_page_has_room(&page);
  if (page.free_count == page.capacity) [[unlikely]]
    scalar_page_is_empty(&page);
}

}  // namespace detail
}  // namespace pyad
