// Pages and regions of scalar nodes. See Note [Scalar memory].
#include "scalar/memory.hpp"

#include <sys/mman.h>

#include "core/error.hpp"

namespace pyad::detail {

ScalarMemory scalar_memory{};

namespace {

constexpr uint32_t kRoom = kScalarsPerPage / 4;
constexpr size_t kWords = kScalarsPerPage / 64;
constexpr uint32_t kEmptyRegionsKept = 8;

ScalarPage ring{{}, &ring, &ring, 0, 0, true};  // the ring of pages with room; itself no page
ScalarPage* current = nullptr;                  // the page being taken from
size_t word = 0;                                // its next word to look at
uint32_t empty_regions = 0;

ScalarRegion* region_of(ScalarPage* page) {
  return reinterpret_cast<ScalarRegion*>(reinterpret_cast<uintptr_t>(page) &
                                         ~(kScalarRegionBytes - 1));
}
char* nodes_of(ScalarPage* page) {
  ScalarRegion* region = region_of(page);
  return reinterpret_cast<char*>(region) +
         static_cast<size_t>(page - region->pages) * kScalarPageBytes;
}

void link(ScalarPage* page) {
  page->next = ring.next;
  page->previous = &ring;
  ring.next->previous = page;
  ring.next = page;
  page->unavailable = true;
}
void unlink(ScalarPage* page) {
  page->next->previous = page->previous;
  page->previous->next = page->next;
  page->unavailable = false;
}

/// Aligned memory straight from the system, which `munmap` gives back at once (`free` would not).
void* map_region() {
  constexpr size_t kTwo = 2 * kScalarRegionBytes;
  void* memory = mmap(nullptr, kTwo, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    fail(ErrorKind::kMemory, "out of memory: the scalar graph could not get ", kScalarRegionBytes,
         " bytes for its nodes");
  }
  auto* begin = static_cast<char*>(memory);
  const size_t skip = -reinterpret_cast<uintptr_t>(begin) & (kScalarRegionBytes - 1);
  if (skip) munmap(begin, skip);
  munmap(begin + skip + kScalarRegionBytes, kScalarRegionBytes - skip);
#if defined(MADV_HUGEPAGE)
  madvise(begin + skip, kScalarRegionBytes, MADV_HUGEPAGE);  // a wish; nothing depends on it
#endif
  return begin + skip;
}

void add_region() {
  void* memory = map_region();
  auto* region = static_cast<ScalarRegion*>(memory);
  constexpr size_t kTaken = (sizeof(ScalarRegion) + kScalarBytes - 1) / kScalarBytes;
  for (size_t p = ScalarRegion::kPages; p-- > 0;) {  // so that the first page ends up in front
    ScalarPage& page = region->pages[p];
    for (uint64_t& bits : page.free) bits = ~uint64_t{0};
    if (p == 0) {  // the records stand where its first nodes would
      for (size_t i = 0; i < kTaken; ++i) page.free[i / 64] &= ~(uint64_t{1} << i % 64);
    }
    page.capacity = page.free_count = kScalarsPerPage - (p == 0 ? kTaken : 0);
    link(&page);
  }
  region->empty_pages = ScalarRegion::kPages;
  ++empty_regions;
}

/// Counts an empty page that is not being taken from; may give its region back.
void note_empty(ScalarPage* page) noexcept {
  ScalarRegion* region = region_of(page);
  if (++region->empty_pages < ScalarRegion::kPages) return;
  if (empty_regions < kEmptyRegionsKept) {
    ++empty_regions;
    return;
  }
  for (ScalarPage& each : region->pages) unlink(&each);
  munmap(region, kScalarRegionBytes);
}

void leave_current() {
  ScalarPage* page = current;
  current = nullptr;
  if (!page) return;
  page->unavailable = false;
  if (page->free_count >= kRoom) link(page);
  if (page->free_count == page->capacity) note_empty(page);
}

void enter_page() {
  if (ring.next == &ring) add_region();
  current = ring.next;
  unlink(current);
  current->unavailable = true;
  if (current->free_count == current->capacity) {
    ScalarRegion* region = region_of(current);
    if (region->empty_pages-- == ScalarRegion::kPages) --empty_regions;
  }
}

}  // namespace

void* scalar_refill() {
  for (;;) {
    if (current) {
      for (; word < kWords; ++word) {
        if (const uint64_t bits = current->free[word]) {
          current->free[word] = 0;
          current->free_count -= static_cast<uint32_t>(std::popcount(bits));
          scalar_memory.bits = bits;
          scalar_memory.base = nodes_of(current) + word * 64 * kScalarBytes;
          ++word;
          return take_scalar();
        }
      }
    }
    word = 0;
    // A small program turns round in one page, which stays in the cache.
    if (current && current->free_count >= kRoom) continue;
    leave_current();
    enter_page();
  }
}

void scalar_page_has_room(ScalarPage* page) noexcept { link(page); }

void scalar_page_is_empty(ScalarPage* page) noexcept {
  if (page != current) note_empty(page);
}

}  // namespace pyad::detail
