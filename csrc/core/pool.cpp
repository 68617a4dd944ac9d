// Refilling of the small-block pool, and giving memory back. See Note [Chunks].
//
// Note [Chunks]
// Blocks are cut from chunks of one size of block each, chunks from regions that the system gives.
// A block may be freed on another thread than the one that asked for it, so chunks carry no counts,
// and asking and freeing touch nothing but the thread's list. A thread that ends hands its lists to
// a shared store, from which the next refill of any thread takes, and takes no more than a chunk
// would have given it: threads whose lives overlap would else need new chunks while one of them sits
// on all old ones.
// When a large graph has ended, its thread counts the free blocks of each chunk (`pool_trim`); of
// chunks that are free as a whole some stay for blocks of any size, the others' memory goes back to
// the system. Later regions ask for large pages: a graph that needs many would spend more time on
// the faults of small ones than on its nodes.
#include "core/pool.hpp"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace pyad::detail {

thread_local constinit PoolLists* pool_lists = nullptr;

namespace {

constexpr size_t kChunkBytes = 64 * 1024;
constexpr size_t kRegionBytes = size_t{2} << 20;
constexpr size_t kChunksOfRegion = kRegionBytes / kChunkBytes;
constexpr size_t kSmallPages = 8;  // regions
/// Free chunks beyond so many bytes go back to the system.
constexpr size_t kKeptBytes = size_t{64} << 20;
/// So many objects end, or half as many at once, before their thread looks for free chunks.
constexpr size_t kPatience = size_t{1} << 17, kMostPatience = size_t{1} << 24;

struct Region {
  char* start;
  uint8_t index[kChunksOfRegion];  // of the blocks of each chunk; 0: free
};

/// Never destroyed: threads may end after everything else.
struct Store {
  std::mutex lock;
  PoolLists lists{};
  std::vector<Region> regions;  // by address
  std::vector<char*> free;      // chunks whose memory is still there; the last is taken first
  std::vector<char*> returned;  // chunks without memory
};
Store& store() {
  static Store& s = []() -> Store& {
    // A child whose parent forked while another thread held the lock would wait for it for ever.
    static Store& made = *new Store;
    pthread_atfork([] { made.lock.lock(); }, [] { made.lock.unlock(); },
                   [] { made.lock.unlock(); });
    return made;
  }();
  return s;
}

struct ThreadEnd {
  bool armed = false;
  ~ThreadEnd() {
    if (!pool_lists) return;
    Store& s = store();
    std::lock_guard hold(s.lock);
    for (size_t i = 0; i < std::size(pool_lists->head); ++i) {
      FreeBlock* first = pool_lists->head[i];
      if (!first) continue;
      FreeBlock* last = first;
      while (last->next) last = last->next;
      last->next = s.lists.head[i];
      s.lists.head[i] = first;
    }
    std::free(pool_lists);
    pool_lists = nullptr;
  }
};
thread_local ThreadEnd t_end;
thread_local constinit size_t t_ended = 0, t_patience = kPatience;

[[noreturn]] void fail_full() {
  fail(ErrorKind::kMemory, "out of memory: the engine could not get ", kRegionBytes,
       " bytes for its objects");
}

/// Memory of a region, which begins at a multiple of its size.
char* region_memory() {
#ifdef __SANITIZE_ADDRESS__
  // Looking for leaks, the sanitizer follows pointers through what was asked of malloc alone.
  auto* start = static_cast<char*>(std::aligned_alloc(kRegionBytes, kRegionBytes));
  if (!start) fail_full();
  return start;
#else
  void* all =
      mmap(nullptr, 2 * kRegionBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) fail_full();
  auto* low = static_cast<char*>(all);
  const size_t before = -reinterpret_cast<uintptr_t>(low) & (kRegionBytes - 1);
  char* start = low + before;
  if (before) munmap(low, before);
  munmap(start + kRegionBytes, kRegionBytes - before);
  return start;
#endif
}

void add_region(Store& s) {
  s.returned.reserve(s.returned.size() + kChunksOfRegion);
  s.regions.reserve(s.regions.size() + 1);
  char* start = region_memory();
#ifdef MADV_HUGEPAGE
  if (s.regions.size() >= kSmallPages) madvise(start, kRegionBytes, MADV_HUGEPAGE);
#endif
  auto at = std::upper_bound(s.regions.begin(), s.regions.end(), start,
                             [](const char* p, const Region& r) { return p < r.start; });
  s.regions.insert(at, Region{start, {}});
  for (size_t i = kChunksOfRegion; i-- > 0;) s.returned.push_back(start + i * kChunkBytes);
}

/// Numbers of chunks, by address.
class Numbering {
 public:
  explicit Numbering(const std::vector<Region>& regions) : regions_(regions) {}
  size_t operator()(const void* block) {
    const auto* p = static_cast<const char*>(block);
    if (static_cast<size_t>(p - regions_[last_].start) >= kRegionBytes) {
      auto above = std::upper_bound(regions_.begin(), regions_.end(), p,
                                    [](const char* q, const Region& r) { return q < r.start; });
      last_ = static_cast<size_t>(above - regions_.begin()) - 1;
    }
    return last_ * kChunksOfRegion + static_cast<size_t>(p - regions_[last_].start) / kChunkBytes;
  }

 private:
  const std::vector<Region>& regions_;
  size_t last_ = 0;
};

char* take_chunk(Store& s, size_t index) {
  if (s.free.empty() && s.returned.empty()) add_region(s);
  auto& from = s.free.empty() ? s.returned : s.free;
  char* chunk = from.back();
  from.pop_back();
  const size_t number = Numbering(s.regions)(chunk);
  s.regions[number / kChunksOfRegion].index[number % kChunksOfRegion] = static_cast<uint8_t>(index);
  return chunk;
}

/// Gives the memory of free chunks back, but for `keep` bytes of them.
void return_chunks(Store& s, size_t keep) {
  const size_t stay = keep / kChunkBytes;
  if (s.free.size() <= stay) return;
  s.returned.reserve(s.returned.size() + s.free.size());
  std::sort(s.free.begin(), s.free.end());
  for (size_t i = stay; i < s.free.size();) {  // neighbours by one call
    size_t end = i + 1;
    while (end < s.free.size() && s.free[end] == s.free[end - 1] + kChunkBytes) ++end;
    madvise(s.free[i], (end - i) * kChunkBytes, MADV_DONTNEED);
    i = end;
  }
  while (s.free.size() > stay) {
    s.returned.push_back(s.free.back());
    s.free.pop_back();
  }
  std::reverse(s.free.begin(), s.free.end());  // low addresses first
}

}  // namespace

static_assert(kPoolMax / kPoolGranule <= UINT8_MAX);

void pool_start_thread() {
  pool_lists = static_cast<PoolLists*>(std::calloc(1, sizeof(PoolLists)));
  if (!pool_lists)
    fail(ErrorKind::kMemory, "out of memory: the engine could not start on this thread");
  t_end.armed = true;  // constructs the thread's end handler
}

void* pool_refill(size_t index) {
  if (index == 0) index = 1;
  const size_t size = index * kPoolGranule, blocks = kChunkBytes / size;
  Store& s = store();
  char* chunk;
  {
    std::lock_guard hold(s.lock);
    if (FreeBlock* first = s.lists.head[index]) {
      FreeBlock* last = first;
      for (size_t i = 1; i < blocks && last->next; ++i) last = last->next;
      s.lists.head[index] = std::exchange(last->next, nullptr);
      pool_lists->head[index] = first->next;
      return first;
    }
    try {
      chunk = take_chunk(s, index);
    } catch (const std::bad_alloc&) {
      fail_full();
    }
  }
  FreeBlock* head = nullptr;
  for (size_t i = blocks; i-- > 1;) {  // ascending addresses come out first
    auto* block = reinterpret_cast<FreeBlock*>(chunk + i * size);
    block->next = head;
    head = block;
  }
  pool_lists->head[index] = head;
  return chunk;
}

void* pool_large(size_t n) {
  void* p = std::malloc(n);
  if (!p) fail(ErrorKind::kMemory, "out of memory: the engine could not get ", n, " bytes");
  return p;
}

void pool_large_free(void* p) noexcept { std::free(p); }

}  // namespace pyad::detail

namespace pyad {

using namespace detail;

bool pool_trim(size_t keep) noexcept {
  if (!pool_lists) return false;
  Store& s = store();
  std::lock_guard hold(s.lock);
  if (s.regions.empty()) return false;
  PoolLists* const lists[] = {pool_lists, &s.lists};
  try {
    Numbering number(s.regions);
    std::vector<uint16_t> count(s.regions.size() * kChunksOfRegion);
    for (PoolLists* list : lists)
      for (FreeBlock* b : list->head)
        for (; b; b = b->next) ++count[number(b)];
    size_t found = 0;
    for (size_t i = 0; i < count.size(); ++i) {
      const size_t index = s.regions[i / kChunksOfRegion].index[i % kChunksOfRegion];
      const bool whole = index && count[i] == kChunkBytes / (index * kPoolGranule);
      count[i] = whole;
      found += whole;
    }
    s.free.reserve(s.free.size() + found);
    for (PoolLists* list : lists) {
      if (found == 0) break;
      for (FreeBlock*& head : list->head) {
        FreeBlock** end = &head;
        for (FreeBlock* b = head; b; b = b->next) {
          if (count[number(b)]) continue;
          *end = b;
          end = &b->next;
        }
        *end = nullptr;
      }
    }
    for (size_t i = 0; i < count.size(); ++i) {
      if (!count[i]) continue;
      Region& r = s.regions[i / kChunksOfRegion];
      r.index[i % kChunksOfRegion] = 0;
      s.free.push_back(r.start + i % kChunksOfRegion * kChunkBytes);
    }
    const size_t before = s.returned.size();
    return_chunks(s, keep);
    return s.returned.size() > before;
  } catch (const std::bad_alloc&) {  // nothing was changed yet, or chunks wait for the next time
    return false;
  }
}

void pool_ended(size_t objects) noexcept {
  t_ended += objects;
  if (t_ended < t_patience && objects < kPatience / 2) return;
  t_ended = 0;
  t_patience = pool_trim(kKeptBytes) ? kPatience : std::min(2 * t_patience, kMostPatience);
}

}  // namespace pyad
