// Strided walks and copies.
#include "kernels/strided.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/host.hpp"
#include "core/layout.hpp"
#include "core/run_log.hpp"
#include "kernels/isa_select.hpp"
#include "kernels/move_kernels.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

PYAD_DECLARE_ISA_FILL(fill_move, MoveKernels)

const MoveKernels& move_kernels() {
  static const MoveKernels k = PYAD_SELECT_ISA(fill_move, MoveKernels);
  return k;
}

StridedLoop::StridedLoop(const Dims& s) : n_dims(s.size()) { std::copy(s.begin(), s.end(), sizes); }

void StridedLoop::add(const Dims& s, const Dims& st) {
  int64_t* out = strides[n_operands++];
  int shift = n_dims - s.size();
  for (int i = 0; i < shift; ++i) out[i] = 0;
  for (int i = 0; i < s.size(); ++i) out[i + shift] = s[i] == 1 ? 0 : st[i];
}

void StridedLoop::reorder(const Dims& order) {
  auto permute = [&](int64_t* list) {
    int64_t old[kMaxDims];
    std::copy_n(list, n_dims, old);
    for (int i = 0; i < n_dims; ++i) list[i] = old[order[i]];
  };
  permute(sizes);
  for (int k = 0; k < n_operands; ++k) permute(strides[k]);
}

void StridedLoop::merge() {
  int m = 0;  // dims kept so far
  for (int i = 0; i < n_dims; ++i) {
    if (sizes[i] == 1) continue;
    bool join = m > 0;
    for (int k = 0; k < n_operands && join; ++k)
      join = strides[k][m - 1] == strides[k][i] * sizes[i];
    if (join) {
      sizes[m - 1] *= sizes[i];
      for (int k = 0; k < n_operands; ++k) strides[k][m - 1] = strides[k][i];
    } else {
      sizes[m] = sizes[i];
      for (int k = 0; k < n_operands; ++k) strides[k][m] = strides[k][i];
      ++m;
    }
  }
  n_dims = m;
}

namespace {

constexpr int64_t kGrain = 1 << 16;  // elements a thread should get at least
constexpr int64_t kLongRun = 32;     // elements from which a call for a run pays

template <class T>
void copy_run(T* out, int64_t out_step, const T* in, int64_t in_step, int64_t n) {
  if (out_step == 1 && in_step == 1) {
    copy_bytes(out, in, n * static_cast<int64_t>(sizeof(T)));
  } else if (out_step == 1 && in_step == -1 && n >= kLongRun) {
    move_kernels().reverse[MoveKernels::of_size(sizeof(T))](out, in, n);
  } else if (out_step == 1 && in_step == 0 && n >= kLongRun) {
    move_kernels().fill[MoveKernels::of_size(sizeof(T))](out, n, in);
  } else if (out_step == 1) {
    copy_steps(out, in, in_step, n);
  } else if (in_step == 0) {
    const T value = *in;
    for (int64_t i = 0; i < n; ++i) out[i * out_step] = value;
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * out_step] = in[i * in_step];
  }
}

constexpr int64_t kTile = 16;

template <class T>
inline constexpr int kSide = 16 / sizeof(T);  // of a square that is turned in registers

/// out[r * os + c] = in[r + c * is] for a square.
template <class T>
  requires(sizeof(T) >= 4)
[[gnu::always_inline]] inline void turn_square(T* out, int64_t os, const T* in, int64_t is) {
  using V [[gnu::vector_size(16)]] = T;
  V v[kSide<T>], w[kSide<T>];
  for (int k = 0; k < kSide<T>; ++k) std::memcpy(&v[k], in + k * is, sizeof(V));
  if constexpr (kSide<T> == 4) {
    const V a = __builtin_shuffle(v[0], v[1], V{0, 4, 1, 5});
    const V b = __builtin_shuffle(v[2], v[3], V{0, 4, 1, 5});
    const V d = __builtin_shuffle(v[0], v[1], V{2, 6, 3, 7});
    const V e = __builtin_shuffle(v[2], v[3], V{2, 6, 3, 7});
    w[0] = __builtin_shuffle(a, b, V{0, 1, 4, 5});
    w[1] = __builtin_shuffle(a, b, V{2, 3, 6, 7});
    w[2] = __builtin_shuffle(d, e, V{0, 1, 4, 5});
    w[3] = __builtin_shuffle(d, e, V{2, 3, 6, 7});
  } else {
    w[0] = __builtin_shuffle(v[0], v[1], V{0, 2});
    w[1] = __builtin_shuffle(v[0], v[1], V{1, 3});
  }
  for (int k = 0; k < kSide<T>; ++k) std::memcpy(out + k * os, &w[k], sizeof(V));
}

/// The same for a whole tile: squares are turned, and
/// whole lines leave, so that strides of a power of two, whose lines share a few places of the
/// cache, cost no more.
template <class T>
  requires(sizeof(T) >= 4)
[[gnu::always_inline]] inline void turn_tile(T* out, int64_t os, const T* in, int64_t is) {
  alignas(64) T lines[kTile][kTile];
  for (int c = 0; c < kTile; c += kSide<T>)
    for (int r = 0; r < kTile; r += kSide<T>) turn_square(&lines[r][c], kTile, in + r + c * is, is);
  for (int r = 0; r < kTile; ++r) std::memcpy(out + r * os, lines[r], sizeof lines[r]);
}

/// Square tiles, so that a transposed copy touches each cache line once.
template <class T>
void copy_transposed(T* out, const int64_t* os, const T* in, const int64_t* is, int64_t rows,
                     int64_t cols) {
  for (int64_t r0 = 0; r0 < rows; r0 += kTile) {
    for (int64_t c0 = 0; c0 < cols; c0 += kTile) {
      int64_t r1 = std::min(rows, r0 + kTile), c1 = std::min(cols, c0 + kTile);
      if constexpr (sizeof(T) >= 4) {
        if (os[1] == 1 && is[0] == 1 && r1 - r0 == kTile && c1 - c0 == kTile) {
          turn_tile(out + r0 * os[0] + c0, os[0], in + r0 + c0 * is[1], is[1]);
          continue;
        }
      }
      for (int64_t r = r0; r < r1; ++r)
        for (int64_t c = c0; c < c1; ++c) out[r * os[0] + c * os[1]] = in[r * is[0] + c * is[1]];
    }
  }
}

}  // namespace

void turn_block(void* out, int64_t out_row, const void* in, int64_t in_column, int64_t rows,
                int64_t columns, size_t item) {
  auto turn = [&]<class T>(std::type_identity<T>) {
    T* y = static_cast<T*>(out);
    const T* x = static_cast<const T*>(in);
    int64_t c = 0;
    if constexpr (sizeof(T) >= 4) {
      const int64_t whole = rows / kSide<T> * kSide<T>;
      for (; c + kSide<T> <= columns; c += kSide<T>) {
        const T* from = x + c * in_column;
        for (int64_t r = 0; r < whole; r += kSide<T>)
          turn_square(y + r * out_row + c, out_row, from + r, in_column);
        for (int64_t r = whole; r < rows; ++r)
          for (int k = 0; k < kSide<T>; ++k) y[r * out_row + c + k] = from[r + k * in_column];
      }
    }
    for (; c < columns; ++c)
      for (int64_t r = 0; r < rows; ++r) y[r * out_row + c] = x[r + c * in_column];
  };
  visit_item(item, turn);
}

namespace {

/// Copies along a merged loop of at least one dim, whose first has `first_size` steps here.
template <class T>
void copy_part(const StridedLoop& loop, int64_t first_size, T* out, const T* in) {
  const int last = loop.n_dims - 1;
  const int64_t* os = loop.strides[0];
  const int64_t* is = loop.strides[1];
  auto size = [&](int d) { return d == 0 ? first_size : loop.sizes[d]; };
  const int inner =
      last >= 1 && std::abs(is[last]) > std::abs(is[last - 1]) && is[last - 1] != 0 ? 2 : 1;
  int64_t index[kMaxDims] = {};
  for (;;) {
    if (inner == 2) {
      copy_transposed(out, os + last - 1, in, is + last - 1, size(last - 1), size(last));
    } else {
      copy_run(out, os[last], in, is[last], size(last));
    }
    int d = last - inner;
    for (; d >= 0; --d) {
      out += os[d];
      in += is[d];
      if (++index[d] < size(d)) break;
      out -= os[d] * size(d);
      in -= is[d] * size(d);
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

template <class T>
void copy_loop(StridedLoop& loop, T* out, const T* in) {
  loop.merge();
  int64_t n = 1;
  for (int i = 0; i < loop.n_dims; ++i) n *= loop.sizes[i];
  if (n == 0) return;
  if (loop.n_dims == 0) {
    *out = *in;
    return;
  }
  parallel_for(
      loop.sizes[0], kGrain / (n / loop.sizes[0]) + 1,
      [&](int64_t begin, int64_t end) {
        copy_part(loop, end - begin, out + begin * loop.strides[0][0],
                  in + begin * loop.strides[1][0]);
      },
      loop.n_dims == 2 ? kTile : 1);
}

void copy_by_size(StridedLoop& loop, void* out, const void* in, size_t item) {
  visit_item(item, [&]<class T>(std::type_identity<T>) {
    copy_loop(loop, static_cast<T*>(out), static_cast<const T*>(in));
  });
}

/// Float to integer as PyTorch does it on x86: what does not fit gives the least integer of 32 or
/// 64 bits, whose lowest bits a uint8 takes.
template <class To, class From>
To convert_one(From v) {
  if constexpr (std::is_same_v<To, bool>) {
    return v != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    using Wide = std::conditional_t<sizeof(To) == 4, int32_t, int64_t>;
    constexpr Wide kLeast = std::numeric_limits<Wide>::min();
    constexpr From kLimit = -static_cast<From>(kLeast);
    return static_cast<To>(v > -kLimit && v < kLimit ? static_cast<Wide>(v) : kLeast);
  } else {
    return static_cast<To>(v);
  }
}

using Loop = void (*)(const void* in, void* out, int64_t n);

/// The loop between two dtypes that are computed in; of one of them, none.
Loop conversion(DType from, DType to) {
  if (from == to) return nullptr;
  return visit_dtype(from, [&]<class From>(std::type_identity<From>) {
    return visit_dtype(to, []<class To>(std::type_identity<To>) -> Loop {
      return [](const void* in, void* out, int64_t n) {
        const From* p = static_cast<const From*>(in);
        To* q = static_cast<To*>(out);
        for (int64_t i = 0; i < n; ++i) q[i] = convert_one<To>(p[i]);
      };
    });
  });
}

/// Conversion from or to what is stored only: by way of the dtypes that these are computed in, block
/// by block. PyTorch rounds float64 twice, too, on its way to 16 bits.
struct Steps {
  Loop steps[3] = {};
  int count = 0;

  Steps(DType from, DType to) {
    add(move_kernels().widen[static_cast<int>(from)]);
    add(conversion(computed_in(from), computed_in(to)));
    add(move_kernels().narrow[static_cast<int>(to)]);
  }
  void add(Loop step) {
    if (step) steps[count++] = step;
  }
  void run(const char* in, size_t in_item, char* out, size_t out_item, int64_t n) const {
    if (count == 1) return steps[0](in, out, n);
    constexpr int64_t kBlock = 512;
    alignas(64) uint64_t space[2][kBlock];
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t length = std::min(kBlock, n - i);
      const void* x = in + i * static_cast<int64_t>(in_item);
      for (int k = 0; k < count; ++k) {
        void* y =
            k + 1 < count ? static_cast<void*>(space[k]) : out + i * static_cast<int64_t>(out_item);
        steps[k](x, y, length);
        x = y;
      }
    }
  }
};

}  // namespace

void copy_to_contiguous(const Tensor& x, void* out) {
  if (x.numel() == 0) return;
  Unlocked unlocked(static_cast<double>(x.numel()));
  if (x.is_contiguous()) {
    const auto item = static_cast<int64_t>(item_size(x.dtype()));
    const char* from = x.bytes();
    parallel_for(
        x.numel(), kGrain,
        [&](int64_t begin, int64_t end) {
          copy_bytes(static_cast<char*>(out) + begin * item, from + begin * item,
                     (end - begin) * item);
        },
        64);
    return;
  }
  StridedLoop loop(x.sizes());
  loop.add(x.sizes(), contiguous_strides(x.sizes()));
  loop.add(x.sizes(), x.strides());
  copy_by_size(loop, out, x.bytes(), item_size(x.dtype()));
}

void fill_values(const Tensor& t, const void* value) {
  Unlocked unlocked(static_cast<double>(t.numel()));
  const auto item = static_cast<int64_t>(item_size(t.dtype()));
  char* p = t.bytes();
  const auto fill = move_kernels().fill[MoveKernels::of_size(item_size(t.dtype()))];
  parallel_for(
      t.numel(), kGrain,
      [&](int64_t begin, int64_t end) { fill(p + begin * item, end - begin, value); }, 64);
}

void copy_into(const Tensor& target, const Tensor& x) {
  if (target.numel() == 0) return;
  StridedLoop loop(target.sizes());
  loop.add(target.sizes(), target.strides());
  loop.add(x.sizes(), x.strides());
  if (!keeps_rows(target)) loop.reorder(memory_order(target));
  Unlocked unlocked(static_cast<double>(target.numel()));
  copy_by_size(loop, target.bytes(), x.bytes(), item_size(x.dtype()));
}

Tensor contiguous_values(const Tensor& x) {
  if (x.is_contiguous()) return x;
  const Running now;
  Tensor out = empty(x.sizes(), x.dtype());
  copy_to_contiguous(x, out.bytes());
  if (now.logged()) [[unlikely]]
    basic_runs.copied(now, x, out);
  return out;
}

Tensor values_with(const Tensor& x, const Dims& strides) {
  if (has_strides(x, strides)) return x;
  const Running now;
  Tensor out = empty_strided(x.sizes(), strides, x.dtype());
  copy_into(out, x);
  if (now.logged()) [[unlikely]]
    basic_runs.copied(now, x, out);
  return out;
}

namespace {

Tensor converted(const Tensor& x, DType dtype) {
  Tensor in = x.is_contiguous() ? x : values_with(x, kept_strides(x));
  if (dtype == x.dtype() && !in.is(x)) return in;
  Tensor out = empty_like(in, dtype);
  if (dtype == x.dtype()) {
    copy_into(out, in);
    return out;
  }
  int64_t n = x.numel();
  const char* source = in.bytes();
  char* target = out.bytes();
  DType from = x.dtype();
  Unlocked unlocked(static_cast<double>(n));
  const auto in_item = static_cast<int64_t>(item_size(from)),
             out_item = static_cast<int64_t>(item_size(dtype));
  auto in_parts = [&](auto&& run) {
    parallel_for(n, 1 << 17, [&](int64_t begin, int64_t end) {
      run(source + begin * in_item, target + begin * out_item, end - begin);
    });
  };
  if (!is_stored(from) && !is_stored(dtype)) {
    in_parts(conversion(from, dtype));
  } else {
    const Steps steps(from, dtype);
    in_parts([&](const char* x, char* y, int64_t count) {
      steps.run(x, item_size(from), y, item_size(dtype), count);
    });
  }
  return out;
}

}  // namespace

Tensor convert(const Tensor& x, DType dtype) {
  const Running now;
  Tensor out = converted(x, dtype);
  if (now.logged()) [[unlikely]]
    basic_runs.copied(now, x, out);
  return out;
}

bool may_overlap(const Tensor& a, const Tensor& b) {
  if (a.impl()->storage->buffer->data != b.impl()->storage->buffer->data || a.numel() == 0 ||
      b.numel() == 0)
    return false;
  auto range = [](const Tensor& t) {
    int64_t low = t.offset(), high = t.offset();
    for (int i = 0; i < t.dim(); ++i)
      (t.stride(i) < 0 ? low : high) += t.stride(i) * (t.size(i) - 1);
    return std::pair(low, high);
  };
  auto [a0, a1] = range(a);
  auto [b0, b1] = range(b);
  return a0 <= b1 && b0 <= a1;
}

}  // namespace pyad
