// The size-class cache of element memory. See Note [Buffer cache].
//
// Note [Buffer cache]
// Training allocates the same sizes again and again, and fresh pages cost more than the arithmetic
// on them. Requests are rounded up to quarter steps between powers of two; a freed block waits in
// its class on the thread that freed it. Blocks above kMaxCachedBlock and anything beyond
// kMaxCachedBytes a thread goes straight back to the system, and a failed allocation empties the
// cache before it is reported. Short arrays come from the pool of objects, the shortest in one cache
// line with their header: many a graph is made of them. Large blocks begin at a multiple of
// kLargePage and ask for such pages: one fault then stands for 512, and the processor remembers as
// many fewer addresses.
#include "core/buffer.hpp"

#include <sys/mman.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

#include "core/ending.hpp"
#include "core/error.hpp"
#include "core/host.hpp"
#include "core/memory.hpp"
#include "core/pool.hpp"
#include "core/run_log.hpp"

namespace pyad {

LiveCounts live;

namespace {

constexpr size_t kHeader = 64;  // Buffer and data share a block; data starts on the next cache line
constexpr size_t kFewBytes = 16;
static_assert(sizeof(Buffer) + kFewBytes <= kHeader);
constexpr size_t kMinBlock = 128;
#ifdef __SANITIZE_ADDRESS__
constexpr bool kPooledArrays = false;  // a kernel that leaves its array shall be seen
#else
constexpr bool kPooledArrays = true;
#endif
constexpr int32_t kOfPool = -2;  // in place of a class
/// Of the block from the pool that holds so many bytes.
size_t pooled_size(size_t bytes) {
  return bytes <= kFewBytes ? kHeader : (bytes + kHeader + 63) / 64 * 64;
}
constexpr size_t kMaxCachedBlock = size_t{64} << 20;
constexpr size_t kMaxCachedBytes = size_t{256} << 20;
constexpr int kClasses = 4 * 24;
constexpr size_t kLargePage = size_t{2} << 20;

// Class 4*k + q holds blocks of (4 + q) / 4 * 2^(k + 7) bytes.
int class_of(size_t n) {
  if (n <= kMinBlock) return 0;
  int k = std::bit_width(n - 1) - 8;  // 2^(k+7) < n <= 2^(k+8)
  size_t quarter = size_t{1} << (k + 5);
  size_t q = (n - (size_t{1} << (k + 7)) + quarter - 1) / quarter;  // 1..4
  return 4 * k + static_cast<int>(q);
}
size_t class_size(int c) { return (size_t{4} + static_cast<size_t>(c % 4)) << (c / 4 + 5); }

struct CachedBlock {
  CachedBlock* next;
};
struct Cache {
  CachedBlock* head[kClasses];
  size_t bytes;
};
// As `pool_lists`: a pointer, because thread-local memory that is cheap to reach is scarce.
[[gnu::tls_model("initial-exec")]] thread_local constinit Cache* t_cache = nullptr;

struct ThreadEnd {
  bool armed = false;
  ~ThreadEnd() {
    trim_buffer_cache();
    std::free(t_cache);
    t_cache = nullptr;
  }
};
thread_local ThreadEnd t_end;

Cache& cache() {
  if (!t_cache) [[unlikely]] {
    t_cache = static_cast<Cache*>(std::calloc(1, sizeof(Cache)));
    if (!t_cache)
      fail(ErrorKind::kMemory, "out of memory: the engine could not start on this thread");
    t_end.armed = true;
  }
  return *t_cache;
}

void* system_block(size_t n) {
  if (n > kMaxCachedBlock && n > machine_bytes())
    fail(ErrorKind::kMemory, "out of memory: could not allocate ", n, " bytes for a tensor");
  const bool large = n >= 2 * kLargePage;
  const size_t align = large ? kLargePage : 64, bytes = (n + 63) / 64 * 64;
  void* p = std::aligned_alloc(align, bytes);
  if (!p) {
    trim_buffer_cache();
    p = std::aligned_alloc(align, bytes);
  }
  if (!p) fail(ErrorKind::kMemory, "out of memory: could not allocate ", n, " bytes for a tensor");
#ifdef MADV_HUGEPAGE
  // Whole pages only, so that nothing beside the block grows. A system without them refuses.
  if (large) madvise(p, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
#endif
  return p;
}

}  // namespace

Ref<Buffer> allocate_buffer(size_t bytes) {
  if (run_log && bytes > 0) [[unlikely]]
    log_memory("allocation");
  size_t need = bytes + kHeader, header = kHeader;
  void* block = nullptr;
  int size_class = -1;
  if (kPooledArrays && need <= kPoolMax) {
    const size_t size = pooled_size(bytes);
    block = pool_alloc(size);
    if (size == kHeader) header = kHeader - kFewBytes;
    size_class = kOfPool;
  } else if (need <= kMaxCachedBlock) {
    size_class = class_of(need);
    Cache& own = cache();
    if (CachedBlock*& head = own.head[size_class]; head) {
      block = head;
      head = head->next;
      own.bytes -= class_size(size_class);
    } else {
      block = system_block(class_size(size_class));
    }
  } else {
    block = system_block(need);
  }
  auto* b = new (block) Buffer;
  b->data = static_cast<char*>(block) + header;
  b->bytes = bytes;
  b->size_class = size_class;
  ++live.buffers;
  live.bytes += static_cast<int64_t>(bytes);
  return Ref<Buffer>(b);
}

Ref<Buffer> wrap_buffer(void* data, size_t bytes, void (*release)(void*), void* owner) {
  auto* b = new (pool_alloc(sizeof(Buffer))) Buffer;
  b->data = data;
  b->bytes = bytes;
  b->lent = 1;  // its owner can write to it at any time
  b->release = release;
  b->owner = owner;
  ++live.buffers;
  return Ref<Buffer>(b);
}

Ref<Buffer> copy_buffer(const Buffer& b) {
  const Keeping now;  // what is kept, or lent, while others write to it
  Ref<Buffer> out = allocate_buffer(b.bytes);
  std::memcpy(out->data, b.data, b.bytes);
  return out;
}

namespace {

[[gnu::tls_model("initial-exec")]] thread_local constinit EndQueue<Buffer> t_ending;

[[gnu::cold, gnu::noinline]] void end_with_owner(Buffer* b) noexcept {
  t_ending.put(
      b, [](Buffer* p) -> void*& { return p->data; },
      [](Buffer* p) {
        auto* release = p->release;
        void* owner = p->owner;
        pool_free(p, sizeof(Buffer));
        release(owner);
      });
}

}  // namespace

void release_object(Buffer* b) noexcept {
  --live.buffers;
  if (b->release) return end_with_owner(b);
  live.bytes -= static_cast<int64_t>(b->bytes);
  int c = b->size_class;
  if (c == kOfPool) return pool_free(b, pooled_size(b->bytes));
  // Not after the thread's end handler has run: that memory would be lost.
  if (c >= 0 && t_cache && t_cache->bytes + class_size(c) <= kMaxCachedBytes) {
    auto* block = reinterpret_cast<CachedBlock*>(b);
    block->next = t_cache->head[c];
    t_cache->head[c] = block;
    t_cache->bytes += class_size(c);
  } else {
    std::free(b);
  }
}

void trim_buffer_cache() noexcept {
  pool_trim(0);
  if (!t_cache) return;
  for (CachedBlock*& head : t_cache->head) {
    while (head) {
      CachedBlock* next = head->next;
      std::free(head);
      head = next;
    }
  }
  t_cache->bytes = 0;
}

void Storage::replace_buffer(Ref<Buffer> b) {
  keep_while_unlocked(std::exchange(buffer, std::move(b)));
}

void Storage::prepare_write(const char* op) {
  if (run_log) [[unlikely]]
    log_memory(op);
  if (readonly) {
    fail(ErrorKind::kRuntime, op,
         ": the tensor shares memory with a read-only array; write to a .clone() of it");
  }
  if (buffer->count > 1 && !buffer->lent) replace_buffer(copy_buffer(*buffer));
  ++version;
}

Ref<Buffer> Storage::lend() {
  if (buffer->count > 1 && !buffer->lent) replace_buffer(copy_buffer(*buffer));
  ++buffer->lent;
  return buffer;
}

}  // namespace pyad
