// Element memory: `Buffer` (counted, 64-byte aligned, 16-byte where it is no longer than that, from
// a pool or a size-class cache, or lent by the host) and `Storage`, which gives all views of one
// array a common identity. See Note [Copy-on-write of saved values].
//
// Note [Copy-on-write of saved values]
// Views share a Storage; a Storage points to a Buffer; a node of the graph that saves a value holds
// the *Buffer*. So a buffer with a count above one is remembered by somebody, and a write through
// the storage first moves the storage to a copy
// (`Storage::prepare_write`): every alias sees the write, every saved value stays what it was.
// Memory that NumPy can write (lent) cannot be protected this way: a node that saves it saves a
// copy (`Storage::buffer_to_save`), and a buffer that is already saved is copied before it is lent
// (`Storage::lend`).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/ref.hpp"

namespace pyad {

struct Buffer {
  RefCount count = 0;
  uint32_t lent = 0;  // NumPy arrays (or foreign owners) that can write to this memory now
  void* data = nullptr;
  size_t bytes = 0;
  int32_t size_class = -1;                 // -1: not from the cache
  void (*release)(void* owner) = nullptr;  // for memory of the host
  void* owner = nullptr;
};
void release_object(Buffer* b) noexcept;

/// Uninitialised memory for `bytes` bytes; raises MemoryError.
Ref<Buffer> allocate_buffer(size_t bytes);
/// Memory of the host; `release(owner)` is called when the engine lets go of it.
Ref<Buffer> wrap_buffer(void* data, size_t bytes, void (*release)(void*), void* owner);
/// A fresh copy.
Ref<Buffer> copy_buffer(const Buffer& b);
/// Gives cached memory of this thread back to the system.
void trim_buffer_cache() noexcept;

struct Storage : Pooled<Storage> {
  RefCount count = 0;
  uint32_t version = 0;  // number of in-place writes
  uint32_t history = 0;  // number of in-place writes that changed the graph; views compare it (Note
                         // [Views and in-place writes])
  bool readonly = false;
  Ref<Buffer> buffer;

  explicit Storage(Ref<Buffer> b) : buffer(std::move(b)) {}
  /// Shows other memory from now on.
  void replace_buffer(Ref<Buffer> b);
  /// Must be called before every write: afterwards the memory belongs to this storage alone.
  void prepare_write(const char* op);
  /// The buffer for a node to keep.
  Ref<Buffer> buffer_to_save() const { return buffer->lent ? copy_buffer(*buffer) : buffer; }
  /// Memory for the host to alias; the caller decrements `lent` when the alias is gone.
  Ref<Buffer> lend();
};
inline void release_object(Storage* s) noexcept { delete s; }

/// Engine-wide counters that tests watch; all return to their former values when a computation is
/// let go.
struct LiveCounts {
  int64_t nodes = 0;
  int64_t tensors = 0;
  int64_t buffers = 0;
  int64_t bytes = 0;
};
extern LiveCounts live;

}  // namespace pyad
