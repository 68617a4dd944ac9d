// Fills and copies for one instruction set.
//
// Note [Copies]
// memcpy of some kilobytes is one string instruction where processors are said to be quick at it.
// Some need twelve times as long when the target begins a few bytes after the source within a page
// of 4,096 bytes, which is where the rows of a joined, rolled or padded array lie. Elsewhere it is
// the quicker one for what the first cache does not hold: it fetches no line that it overwrites.
#include <cstring>

#include "core/half.hpp"
#include "kernels/move_kernels.hpp"
#include "kernels/vector_bytes.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <class T>
void fill(void* out, int64_t n, const void* value) {
  T* __restrict y = static_cast<T*>(out);
  const T v = *static_cast<const T*>(value);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = v;
}

template <class T>
void reverse(void* out, const void* last, int64_t n) {
  T* __restrict y = static_cast<T*>(out);
  const T* x = static_cast<const T*>(last) - (n - 1);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = x[n - 1 - i];
}

using Bytes = uint8_t __attribute__((vector_size(kVectorBytes), aligned(1), may_alias));

template <class T, class Wide>
void widen(const void* in, void* out, int64_t n) {
  const T* __restrict x = static_cast<const T*>(in);
  Wide* __restrict y = static_cast<Wide*>(out);
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_integral_v<T>) {
      y[i] = x[i];
    } else {
      y[i] = widened(x[i]);
    }
  }
}

template <class T, class Wide>
void narrow(const void* in, void* out, int64_t n) {
  const Wide* __restrict x = static_cast<const Wide*>(in);
  T* __restrict y = static_cast<T*>(out);
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_integral_v<T>) {
      y[i] = static_cast<T>(x[i]);  // wraps
    } else {
      y[i] = narrowed<T>(x[i]);
    }
  }
}

template <class T, class Wide>
void set_stored(MoveKernels* k) {
  k->widen[dtype_index<T>] = widen<T, Wide>;
  k->narrow[dtype_index<T>] = narrow<T, Wide>;
}

constexpr int64_t kStringBytes = 32768;

/// Whether `out` begins within a line after `in`, in whatever page. See Note [Copies].
bool follows_closely(const void* out, const void* in) {
  const uintptr_t distance =
      (reinterpret_cast<uintptr_t>(out) - reinterpret_cast<uintptr_t>(in)) & 4095;
  return distance > 0 && distance < 64;
}

void copy(void* out, const void* in, int64_t bytes) {
  if (bytes >= kStringBytes && !follows_closely(out, in)) {
    std::memcpy(out, in, static_cast<size_t>(bytes));
    return;
  }
  auto* __restrict y = static_cast<uint8_t*>(out);
  const auto* x = static_cast<const uint8_t*>(in);
  auto line = [&](int64_t at) {
#pragma GCC unroll 4
    for (int64_t k = at; k < at + 64; k += kVectorBytes)
      *reinterpret_cast<Bytes*>(y + k) = *reinterpret_cast<const Bytes*>(x + k);
  };
  if (bytes < 64) {
    for (int64_t i = 0; i < bytes; ++i) y[i] = x[i];
    return;
  }
  // Whole lines of the target, with the two ends written over.
  line(0);
  line(bytes - 64);
  auto i = static_cast<int64_t>(64 - (reinterpret_cast<uintptr_t>(y) & 63));
  for (; i + 256 <= bytes; i += 256) {
    line(i);
    line(i + 64);
    line(i + 128);
    line(i + 192);
  }
  for (; i + 64 <= bytes; i += 64) line(i);
}

}  // namespace

void fill_move(MoveKernels* k) {
  k->fill[0] = fill<uint8_t>;
  k->fill[1] = fill<uint16_t>;
  k->fill[2] = fill<uint32_t>;
  k->fill[3] = fill<uint64_t>;
  k->reverse[0] = reverse<uint8_t>;
  k->reverse[1] = reverse<uint16_t>;
  k->reverse[2] = reverse<uint32_t>;
  k->reverse[3] = reverse<uint64_t>;
  k->copy = copy;
  set_stored<int8_t, int32_t>(k);
  set_stored<int16_t, int32_t>(k);
  set_stored<Float16, float>(k);
  set_stored<BFloat16, float>(k);
}

}  // namespace pyad::inline PYAD_ISA
