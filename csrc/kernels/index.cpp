// Gathers and scatters. See Note [Tables of offsets].
//
// Note [Tables of offsets]
// The dims before, inside and after an indexed group are walked by three tables of element offsets,
// made once for a call and no longer than the result; a group of dims that lies densely needs none.
// What remains are loops without any arithmetic of dims.
#include "kernels/index.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <type_traits>

#include "core/host.hpp"
#include "kernels/move_kernels.hpp"
#include "kernels/parallel.hpp"
#include "kernels/strided.hpp"

namespace pyad {

namespace {

constexpr int64_t kGrain = 40'000;  // elements a thread should get at least
constexpr int64_t kLongIndex = 1 << 22;
constexpr int64_t kPiece = 1 << 18;  // elements between two looks for Ctrl-C
constexpr int64_t kLongRow = 64;     // elements of a row that threads should get at least

/// Offsets of all elements of a group of dims, in row-major order.
class Offsets {
 public:
  Offsets(const int64_t* sizes, const int64_t* strides, int n_dims) {
    for (int i = 0; i < n_dims; ++i) n_ *= sizes[i];
    int64_t step = 1;
    for (int i = n_dims; i-- > 0 && dense_;) {
      dense_ = sizes[i] == 1 || strides[i] == step;
      step *= sizes[i];
    }
    if (dense_ || n_ == 0) return;
    table_ = n_ <= kInline ? inline_
                           : (heap_ = std::make_unique<int64_t[]>(static_cast<size_t>(n_))).get();
    table_[0] = 0;
    // Each dim, from the last, repeats the table made so far.
    int64_t have = 1;
    for (int i = n_dims; i-- > 0;) {
      for (int64_t k = 1; k < sizes[i]; ++k)
        for (int64_t j = 0; j < have; ++j) table_[k * have + j] = table_[j] + k * strides[i];
      have *= sizes[i];
    }
  }
  int64_t size() const { return n_; }
  /// Null: element k is at offset k.
  const int64_t* table() const { return table_; }
  int64_t operator[](int64_t k) const { return table_ ? table_[k] : k; }

 private:
  static constexpr int64_t kInline = 32;
  int64_t n_ = 1;
  bool dense_ = true;
  int64_t* table_ = nullptr;
  std::unique_ptr<int64_t[]> heap_;
  int64_t inline_[kInline];
};

template <Move MOVE, class T>
inline void move_one(T& indexed, T& value) {
  if constexpr (MOVE == Move::kGet) value = indexed;
  if constexpr (MOVE == Move::kPut) indexed = value;
  if constexpr (MOVE == Move::kAdd) {
    if constexpr (std::is_same_v<T, bool>) {
      indexed = indexed || value;
    } else {
      indexed = static_cast<T>(indexed + value);
    }
  }
}

template <Move MOVE, class T>
inline void move_run(T* __restrict indexed, T* __restrict values, int64_t n) {
  const auto bytes = n * static_cast<int64_t>(sizeof(T));
  if constexpr (MOVE == Move::kGet) {
    copy_bytes(values, indexed, bytes);
  } else if constexpr (MOVE == Move::kPut) {
    copy_bytes(indexed, values, bytes);
  } else {
    for (int64_t k = 0; k < n; ++k) move_one<MOVE>(indexed[k], values[k]);
  }
}

/// Calls `f` with the C++ type to move elements of `dtype` with: the size decides, except for sums.
template <Move MOVE, class F>
void visit_move(DType dtype, F&& f) {
  if constexpr (MOVE == Move::kAdd) {
    visit_dtype(dtype, f);
  } else {
    visit_item(item_size(dtype), f);
  }
}

struct RowPlan {
  const Offsets& outer;
  const Offsets& inner;
  const int64_t* positions;
  int64_t n_positions;
  int64_t stride;  // of one position
  int64_t places;  // positions are in [0, places); 0 where they are offsets
};

/// What one thread moves of the rows: the elements [first, last) of those whose positions are in
/// [first_place, last_place).
struct Share {
  int64_t first, last;
  int64_t first_place = INT64_MIN, last_place = INT64_MAX;

  bool has(int64_t place) const { return place >= first_place && place < last_place; }
};

/// values[j * values_step] and indexed[index[j] * stride + j * step], for j in order; false, and
/// stopped, at an index that is not in [0, size).
template <Move MOVE, class T>
inline bool move_line(T* __restrict indexed, T* __restrict values, const int64_t* index, int64_t n,
                      uint64_t size, int64_t stride, int64_t step, int64_t values_step) {
  if (stride == 1 && step == 0 && values_step == 1) {
#pragma GCC unroll 4
    for (int64_t j = 0; j < n; ++j) {
      if (static_cast<uint64_t>(index[j]) >= size) [[unlikely]]
        return false;
      move_one<MOVE>(indexed[index[j]], values[j]);
    }
  } else {
    for (int64_t j = 0; j < n; ++j) {
      if (static_cast<uint64_t>(index[j]) >= size) [[unlikely]]
        return false;
      move_one<MOVE>(indexed[index[j] * stride + j * step], values[j * values_step]);
    }
  }
  return true;
}

constexpr uint64_t kChecked = UINT64_MAX;  // the size for positions that have been looked at

/// The share of the rows [first_row, last_row), counted over outer and positions.
template <Move MOVE, class T>
void rows_loop(T* indexed, T* values, const RowPlan& p, int64_t first_row, int64_t last_row,
               const Share& share) {
  int64_t n_inner = p.inner.size();
  const int64_t* table = p.inner.table();
  int64_t o = first_row / p.n_positions, i = first_row % p.n_positions;
  for (int64_t row = first_row; row < last_row;) {
    T* v = values + row * n_inner;
    if (n_inner == 1) {
      int64_t n = std::min(last_row - row, p.n_positions - i);
      move_line<MOVE>(indexed + p.outer[o], v, p.positions + i, n, kChecked, p.stride, 0, 1);
      row += n;
      i = 0;
      ++o;
      continue;
    }
    T* a = indexed + p.outer[o] + p.positions[i] * p.stride;
    if (!share.has(p.positions[i])) {
      // another thread's
    } else if (table == nullptr) {
      move_run<MOVE>(a + share.first, v + share.first, share.last - share.first);
    } else {
      for (int64_t k = share.first; k < share.last; ++k) move_one<MOVE>(a[table[k]], v[k]);
    }
    ++row;
    if (++i == p.n_positions) {
      i = 0;
      ++o;
    }
  }
}

/// Whether threads that share the places have like numbers of rows.
bool places_are_shared(const RowPlan& p) {
  constexpr int64_t kShares = 8;
  if (p.places < kShares) return false;
  const int64_t width = (p.places + kShares - 1) / kShares;
  int64_t rows[kShares] = {};
  for (int64_t i = 0; i < p.n_positions; ++i) ++rows[p.positions[i] / width];
  return *std::max_element(rows, rows + kShares) <= p.n_positions / 4;
}

template <Move MOVE>
void run_rows(DType dtype, void* indexed, void* values, const RowPlan& p) {
  int64_t n_outer = p.outer.size(), n_rows = n_outer * p.n_positions, n_inner = p.inner.size();
  if (n_rows == 0 || n_inner == 0) return;
  Unlocked unlocked(static_cast<double>(n_rows) * static_cast<double>(n_inner));
  visit_move<MOVE>(dtype, [&]<class T>(std::type_identity<T>) {
    auto* a = static_cast<T*>(indexed);
    auto* v = static_cast<T*>(values);
    if constexpr (MOVE == Move::kGet) {
      parallel_for(n_rows, kGrain / n_inner + 1, [&](int64_t begin, int64_t end) {
        rows_loop<MOVE, T>(a, v, p, begin, end, {0, n_inner});
      });
    } else if (n_outer > n_inner) {
      // Equal positions must meet in order, so threads share what is around them, the dims before or
      // the dims inside; or, where rows are long, the places, so that each row is moved as a whole.
      int64_t n = p.n_positions;
      parallel_for(n_outer, kGrain / (n * n_inner) + 1, [&](int64_t begin, int64_t end) {
        rows_loop<MOVE, T>(a, v, p, begin * n, end * n, {0, n_inner});
      });
    } else {
      auto move_share = [&](const Share& share) {
        const int64_t rows = kPiece / (share.last - share.first) + 1;
        for (int64_t r = 0; r < n_rows; r += rows) {
          if (r > 0) poll_part();
          rows_loop<MOVE, T>(a, v, p, r, std::min(n_rows, r + rows), share);
        }
      };
      if (num_threads() > 1 && n_inner >= kLongRow && places_are_shared(p)) {
        const int64_t grain = kGrain / std::max<int64_t>(n_rows * n_inner / p.places, 1) + 1;
        parallel_for(p.places, grain,
                     [&](int64_t begin, int64_t end) { move_share({0, n_inner, begin, end}); });
        return;
      }
      int64_t grain = std::max<int64_t>(kGrain / n_rows, kLongRow);
      parallel_for(
          n_inner, grain, [&](int64_t begin, int64_t end) { move_share({begin, end}); }, 16);
    }
  });
}

/// One stride that steps through the dims in row-major order; false when there is none.
bool merged_stride(const Tensor& x, int dim, int count, int64_t* stride) {
  *stride = 1;
  int64_t expected = -1;
  for (int i = dim + count; i-- > dim;) {
    if (x.size(i) == 1) continue;
    if (expected < 0) {
      *stride = x.stride(i);
    } else if (x.stride(i) != expected) {
      return false;
    }
    expected = x.stride(i) * x.size(i);
  }
  return true;
}

struct ElementPlan {
  int n_dims;
  int64_t sizes[kMaxDims];
  int64_t indexed[kMaxDims];  // strides; 0 at the indexed dim
  int64_t values[kMaxDims];
  int64_t index[kMaxDims];
  uint64_t size;   // of the indexed dim
  int64_t stride;  // of it
  int shared;      // the dim that threads share: no two of its points move the same element
};

/// The points [begin, end) of the shared dim. The last dim is the inner loop. False, and stopped, at
/// an index out of range.
template <Move MOVE, class T>
bool elements_loop(T* indexed, T* values, const int64_t* index, const ElementPlan& p, int64_t begin,
                   int64_t end) {
  int last = p.n_dims - 1;
  auto size = [&](int d) { return d == p.shared ? end - begin : p.sizes[d]; };
  indexed += begin * p.indexed[p.shared];
  values += begin * p.values[p.shared];
  index += begin * p.index[p.shared];
  int64_t counter[kMaxDims] = {};
  for (;;) {
    if (!move_line<MOVE>(indexed, values, index, size(last), p.size, p.stride, p.indexed[last],
                         p.values[last]))
      return false;
    int d = last - 1;
    for (; d >= 0; --d) {
      indexed += p.indexed[d];
      values += p.values[d];
      index += p.index[d];
      if (++counter[d] < size(d)) break;
      indexed -= p.indexed[d] * size(d);
      values -= p.values[d] * size(d);
      index -= p.index[d] * size(d);
      counter[d] = 0;
    }
    if (d < 0) return true;
  }
}

template <class F>
void visit_which(Move move, F&& f) {
  switch (move) {
    case Move::kGet:
      return f(std::integral_constant<Move, Move::kGet>{});
    case Move::kPut:
      return f(std::integral_constant<Move, Move::kPut>{});
    case Move::kAdd:
      return f(std::integral_constant<Move, Move::kAdd>{});
  }
}

}  // namespace

bool indices_in_range(const Tensor& index, int64_t size) {
  const auto* p = index.data<int64_t>();
  int64_t n = index.numel();
  // The sign of either term says it: a loop without branches, in vectors everywhere.
  const uint64_t top = static_cast<uint64_t>(size) - 1;
  std::atomic<uint64_t> outside = 0;
  Unlocked unlocked(n <= kLongIndex ? 0 : static_cast<double>(n));
  parallel_for(n, kPiece / 2, [&](int64_t begin, int64_t end) {
    uint64_t seen = 0;
    for (int64_t i = begin; i < end; ++i) {
      auto k = static_cast<uint64_t>(p[i]);
      seen |= k | (top - k);
    }
    outside.fetch_or(seen, std::memory_order_relaxed);
  });
  return static_cast<int64_t>(outside.load(std::memory_order_relaxed)) >= 0;
}

void check_indices(const char* op, const Tensor& index, int64_t size) {
  if (indices_in_range(index, size)) return;
  const auto* p = index.data<int64_t>();
  for (int64_t i = 0; i < index.numel(); ++i) {
    if (p[i] < 0 || p[i] >= size) {
      fail(ErrorKind::kIndex, op, ": index ", p[i], " is out of range for a size of ", size,
           "; it must be in [0, ", size, ")");
    }
  }
}

void move_rows(const char* op, Move move, const Tensor& indexed, int dim, int count,
               const Tensor& positions, const Tensor& rows) {
  const Dims& sizes = indexed.sizes();
  const Dims& strides = indexed.strides();
  int after = dim + count;
  Offsets outer(sizes.data(), strides.data(), dim);
  Offsets inner(sizes.data() + after, strides.data() + after, indexed.dim() - after);
  const int64_t places = checked_numel(op, Dims(sizes.data() + dim, count));
  check_indices(op, positions, places);
  RowPlan plan{outer, inner, positions.data<int64_t>(), positions.numel(), 1, places};
  std::unique_ptr<int64_t[]> decomposed;
  if (!merged_stride(indexed, dim, count, &plan.stride)) {
    decomposed = std::make_unique<int64_t[]>(static_cast<size_t>(plan.n_positions));
    for (int64_t i = 0; i < plan.n_positions; ++i) {
      int64_t rest = plan.positions[i], offset = 0;
      for (int d = after; d-- > dim;) {
        offset += rest % sizes[d] * strides[d];
        rest /= sizes[d];
      }
      decomposed[static_cast<size_t>(i)] = offset;
    }
    plan.positions = decomposed.get();
    plan.stride = 1;
    plan.places = 0;
  }
  visit_which(move, [&](auto which) {
    run_rows<which>(indexed.dtype(), indexed.bytes(), rows.bytes(), plan);
  });
}

void move_elements(const char* op, Move move, const Tensor& indexed, int dim, const Tensor& index,
                   const Tensor& values) {
  if (index.numel() == 0) return;
  bool scalar = indexed.dim() == 0;  // counts as one dim of size 1, as does a 0-d index
  ElementPlan plan;
  plan.size = static_cast<uint64_t>(scalar ? 1 : indexed.size(dim));
  plan.n_dims = 0;
  plan.sizes[0] = 1;
  plan.indexed[0] = plan.values[0] = plan.index[0] = 0;
  plan.stride = scalar ? 1 : indexed.stride(dim);
  plan.shared = 0;
  int64_t most = 0;
  for (int d = 0; d < index.dim(); ++d) {
    if (index.size(d) == 1) continue;  // so that the inner loop is a long one
    const int k = plan.n_dims++;
    plan.sizes[k] = index.size(d);
    plan.indexed[k] = scalar || d == dim ? 0 : indexed.stride(d);
    plan.values[k] = values.dim() == 0 ? 0 : values.stride(d);
    plan.index[k] = index.stride(d);
    bool apart = move == Move::kGet || d != dim;
    if (apart && plan.sizes[k] > most) {
      plan.shared = k;
      most = plan.sizes[k];
    }
  }
  if (plan.n_dims == 0) plan.n_dims = 1;
  const int64_t grain = most == 0 ? 0 : kGrain / (index.numel() / most) + 1;
  std::atomic<bool> outside = false;
  {
    Unlocked unlocked(static_cast<double>(index.numel()));
    visit_which(move, [&](auto which) {
      visit_move<which>(indexed.dtype(), [&]<class T>(std::type_identity<T>) {
        T *a = indexed.data<T>(), *v = values.data<T>();
        const auto* places = index.data<int64_t>();
        auto part = [&](int64_t begin, int64_t end) {
          if (!elements_loop<which, T>(a, v, places, plan, begin, end))
            outside.store(true, std::memory_order_relaxed);
        };
        if (most == 0) return in_pieces(plan.sizes[0], kPiece, part);  // places must meet in order
        parallel_for(plan.sizes[plan.shared], grain, part);
      });
    });
  }
  if (outside.load(std::memory_order_relaxed))
    check_indices(op, index, static_cast<int64_t>(plan.size));
}

void gather_rows(const void* x, int64_t row_bytes, const int64_t* index, int64_t n, void* out) {
  Unlocked unlocked(static_cast<double>(n) * static_cast<double>(row_bytes) / 4);
  parallel_for(n, 4 * kGrain / (row_bytes + 1) + 1, [&](int64_t begin, int64_t end) {
    const auto* from = static_cast<const char*>(x);
    auto* to = static_cast<char*>(out);
    for (int64_t i = begin; i < end; ++i) {
      copy_bytes(to + i * row_bytes, from + index[i] * row_bytes, row_bytes);
    }
  });
}

void scatter_add_rows(DType dtype, const void* g, int64_t row, const int64_t* index, int64_t n,
                      void* out, int64_t places) {
  Offsets one(nullptr, nullptr, 0);
  int64_t unit = 1;
  Offsets dense(&row, &unit, 1);
  RowPlan plan{one, dense, index, n, row, places};
  run_rows<Move::kAdd>(dtype, out, const_cast<void*>(g), plan);
}

Tensor nonzero_positions(const Tensor& x_any) {
  Tensor x = contiguous_values(x_any);
  int64_t n = x.numel(), found = 0;
  visit_dtype(x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* p = x.data<T>();
    Unlocked unlocked(static_cast<double>(n));
    in_pieces(n, kPiece, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) found += p[i] != T(0);
    });
  });
  Tensor out = empty({found}, DType::kInt64);
  visit_dtype(x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* p = x.data<T>();
    auto* q = out.data<int64_t>();
    int64_t at = 0;
    Unlocked unlocked(static_cast<double>(n));
    in_pieces(n, kPiece, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end && at < found; ++i) {
        q[at] = i;
        at += p[i] != T(0);
      }
    });
  });
  return out;
}

void add_overlapping(const Tensor& target, const Tensor& x) {
  if (target.numel() == 0) return;
  const Dims& sizes = target.sizes();
  Offsets to(sizes.data(), target.strides().data(), target.dim());
  Offsets from(sizes.data(), x.strides().data(), target.dim());
  Unlocked unlocked(static_cast<double>(target.numel()));
  visit_dtype(target.dtype(), [&]<class T>(std::type_identity<T>) {
    T* a = target.data<T>();
    T* v = x.data<T>();
    int64_t n = target.numel();
    for (int64_t i = 0; i < n; ++i) move_one<Move::kAdd>(a[to[i]], v[from[i]]);
  });
}

}  // namespace pyad
