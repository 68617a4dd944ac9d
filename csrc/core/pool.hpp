// Small-block memory: thread-local free lists for the engine's own objects (handles, storages,
// nodes, short arrays).
//
// Separate from `buffer.hpp`, which holds array elements: those are aligned, counted and may be
// large.
#pragma once

#include <cstddef>

namespace pyad {

inline constexpr size_t kPoolGranule = 16;
inline constexpr size_t kPoolMax = 1024;

namespace detail {
struct FreeBlock {
  FreeBlock* next;
};
struct PoolLists {
  FreeBlock* head[kPoolMax / kPoolGranule + 1];
};
// A pointer with the cheapest access a shared library has; null until the thread's first
// allocation. The lists themselves would not fit into the little memory that the loader keeps for
// this kind of thread-local.
[[gnu::tls_model("initial-exec")]] extern thread_local constinit PoolLists* pool_lists;
void pool_start_thread();
void* pool_refill(size_t index);
void* pool_large(size_t n);
void pool_large_free(void* p) noexcept;
}  // namespace detail

/// Gives memory that no object of this thread, or of one that has ended, lies in back to the system,
/// but for `keep` bytes; whether there was any.
bool pool_trim(size_t keep) noexcept;
/// Told of objects that ended together; trims now and then.
void pool_ended(size_t objects) noexcept;

/// At least `n` bytes, 16-byte aligned, of a multiple of 64 bytes 64-byte aligned. Throws
/// Error(kMemory).
inline void* pool_alloc(size_t n) {
  if (n > kPoolMax) return detail::pool_large(n);
  size_t index = (n + kPoolGranule - 1) / kPoolGranule;
  if (detail::pool_lists == nullptr) [[unlikely]]
    detail::pool_start_thread();
  detail::FreeBlock*& head = detail::pool_lists->head[index];
  if (head == nullptr) [[unlikely]]
    return detail::pool_refill(index);
  void* p = head;
  head = head->next;
  return p;
}

/// Returns a block; `n` is the size it was asked with.
inline void pool_free(void* p, size_t n) noexcept {
  if (n > kPoolMax) return detail::pool_large_free(p);
  size_t index = (n + kPoolGranule - 1) / kPoolGranule;
  if (detail::pool_lists == nullptr) [[unlikely]]
    detail::pool_start_thread();
  auto* block = static_cast<detail::FreeBlock*>(p);
  block->next = detail::pool_lists->head[index];
  detail::pool_lists->head[index] = block;
}

}  // namespace pyad
