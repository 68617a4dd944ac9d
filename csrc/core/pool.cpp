// Refilling of the small-block pool. See Note [Pool chunks are kept].
//
// Note [Pool chunks are kept]
// A block may be freed on another thread than the one that asked for it, so a chunk never knows
// whether all of its blocks are free, and chunks are not returned to the system. A thread that ends
// hands its lists to a shared store, from which the next refill of any thread takes, and takes no
// more than a chunk would have given it: threads whose lives overlap would else need new chunks
// while one of them sits on all old ones. So memory is bounded by the peak of live blocks and of
// threads at one time, not by the number of threads that ever ran.
#include "core/pool.hpp"

#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "core/error.hpp"

namespace pyad::detail {

thread_local constinit PoolLists* pool_lists = nullptr;

namespace {

constexpr size_t kChunkBytes = 64 * 1024;

std::mutex g_store_lock;
PoolLists g_store{};

struct ThreadEnd {
  bool armed = false;
  ~ThreadEnd() {
    if (!pool_lists) return;
    std::lock_guard hold(g_store_lock);
    for (size_t i = 0; i < std::size(pool_lists->head); ++i) {
      FreeBlock* first = pool_lists->head[i];
      if (!first) continue;
      FreeBlock* last = first;
      while (last->next) last = last->next;
      last->next = g_store.head[i];
      g_store.head[i] = first;
    }
    std::free(pool_lists);
    pool_lists = nullptr;
  }
};
thread_local ThreadEnd t_end;

}  // namespace

void pool_start_thread() {
  pool_lists = static_cast<PoolLists*>(std::calloc(1, sizeof(PoolLists)));
  if (!pool_lists)
    fail(ErrorKind::kMemory, "out of memory: the engine could not start on this thread");
  t_end.armed = true;  // constructs the thread's end handler
}

void* pool_refill(size_t index) {
  if (index == 0) index = 1;
  size_t size = index * kPoolGranule;
  size_t blocks = kChunkBytes / size;
  {
    std::lock_guard hold(g_store_lock);
    if (FreeBlock* first = g_store.head[index]) {
      FreeBlock* last = first;
      for (size_t i = 1; i < blocks && last->next; ++i) last = last->next;
      g_store.head[index] = std::exchange(last->next, nullptr);
      pool_lists->head[index] = first->next;
      return first;
    }
  }
  auto* chunk = static_cast<char*>(std::malloc(blocks * size));
  if (!chunk)
    fail(ErrorKind::kMemory, "out of memory: the engine could not get ", kChunkBytes,
         " bytes for its objects");
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
