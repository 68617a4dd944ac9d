// See sort.hpp. Short lines are ranked by counting (kernels/isa/sort.cpp), longer ones sorted by
// digits of their keys, least significant first.
#include "kernels/sort.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include "core/host.hpp"
#include "kernels/isa_select.hpp"
#include "kernels/parallel.hpp"
#include "kernels/sort_kernels.hpp"

namespace pyad {

PYAD_DECLARE_ISA_FILL(fill_sort, SortKernels)

const SortKernels& sort_kernels() {
  static const SortKernels k = PYAD_SELECT_ISA(fill_sort, SortKernels);
  return k;
}

namespace {

template <class T>
using Key = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

/// See Note [Order of values].
template <class T>
inline Key<T> key_of(T v) {
  using K = Key<T>;
  constexpr K kTop = K{1} << (8 * sizeof(K) - 1);
  if constexpr (std::is_floating_point_v<T>) {
    K bits = std::bit_cast<K>(v + T(0));
    K key = bits & kTop ? ~bits : bits | kTop;
    return v != v ? ~K{0} : key;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<K>(v) ^ kTop;
  } else {
    return static_cast<K>(v);
  }
}

constexpr int64_t kPiece = 1 << 20;  // elements between two looks for Ctrl-C

/// Bits of a key that can differ.
template <class T>
constexpr int kKeyBits = 8 * static_cast<int>(sizeof(T));

/// A key with the place it came from.
struct Short {
  uint64_t both;
  static Short of(uint32_t key, uint32_t place) { return {uint64_t{key} << 32 | place}; }
  uint32_t key() const { return static_cast<uint32_t>(both >> 32); }
  uint32_t place() const { return static_cast<uint32_t>(both); }
  bool operator<(const Short& o) const { return both < o.both; }
};
struct Wide {
  uint64_t k;
  uint32_t p;
  static Wide of(uint64_t key, uint32_t place) { return {key, place}; }
  uint64_t key() const { return k; }
  uint32_t place() const { return p; }
  bool operator<(const Wide& o) const { return k != o.k ? k < o.k : p < o.p; }
};
template <class T>
using Item = std::conditional_t<sizeof(T) == 8, Wide, Short>;

/// Sorts by the lowest `bits` bits of the keys, keeping the order of equals; the result is in one
/// of the two arrays.
template <int DIGIT, class I>
I* radix_sort(I* from, I* to, int64_t n, int bits) {
  constexpr int kBuckets = 1 << DIGIT;
  constexpr int kPasses = (64 + DIGIT - 1) / DIGIT;
  static_assert(sizeof(uint32_t) * kPasses * kBuckets <= 1 << 16);
  uint32_t count[kPasses][kBuckets];
  int passes = (bits + DIGIT - 1) / DIGIT;
  std::memset(count, 0, sizeof(uint32_t) * static_cast<size_t>(passes * kBuckets));
  in_pieces(n, kPiece, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      auto key = from[i].key();
      for (int p = 0; p < passes; ++p) ++count[p][key >> (p * DIGIT) & (kBuckets - 1)];
    }
  });
  for (int p = 0; p < passes; ++p) {
    uint32_t* c = count[p];
    if (c[from[0].key() >> (p * DIGIT) & (kBuckets - 1)] == n) continue;  // one digit for all
    uint32_t sum = 0;
    for (int b = 0; b < kBuckets; ++b) {
      uint32_t here = c[b];
      c[b] = sum;
      sum += here;
    }
    in_pieces(n, kPiece, [c, from, to, p](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        to[c[from[i].key() >> (p * DIGIT) & (kBuckets - 1)]++] = from[i];
    });
    std::swap(from, to);
  }
  return from;
}

template <class I>
I* sort_items(I* items, I* spare, int64_t n, int bits) {
  return n < 2048 ? radix_sort<8>(items, spare, n, bits) : radix_sort<11>(items, spare, n, bits);
}

/// One line of elements `stride` apart.
template <class T>
struct Line {
  const T* x;
  int64_t n;
  int64_t stride;
  bool descending;
  T at(int64_t i) const { return x[i * stride]; }
  Key<T> key(int64_t i) const {
    Key<T> k = key_of(at(i));
    return descending ? ~k : k;
  }
};

/// The places of a line of at most kShortLine elements in order.
template <class T>
void order_short(const SortKernels& kernels, const Line<T>& line, uint8_t* order) {
  using K = Key<T>;
  using S = std::make_signed_t<K>;
  alignas(64) S keys[kShortLine] = {};
  alignas(64) S rank[kShortLine];
  constexpr K kTop = K{1} << (8 * sizeof(K) - 1);
  int n = static_cast<int>(line.n);
  for (int i = 0; i < n; ++i) keys[i] = static_cast<S>(line.key(i) ^ kTop);
  for (int i = n; i % 16; ++i) keys[i] = std::numeric_limits<S>::max();
  if constexpr (sizeof(K) == 8)
    kernels.rank64(keys, n, rank);
  else
    kernels.rank32(keys, n, rank);
  for (int i = 0; i < n; ++i) order[rank[i]] = static_cast<uint8_t>(i);
}

/// Memory for a thread's work on one line, without an exception where it is short.
template <class I>
std::unique_ptr<I[]> scratch(int64_t n) {
  return std::unique_ptr<I[]>(new (std::nothrow) I[static_cast<size_t>(n)]);
}

template <class T>
void fill_items(const Line<T>& line, Item<T>* items) {
  in_pieces(line.n, kPiece, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      items[i] = Item<T>::of(line.key(i), static_cast<uint32_t>(i));
  });
}

/// The `k` smallest items in order, of a line much longer than k: candidates below the worst of the
/// best so far are collected and thinned out.
template <class T>
void select_first(const Line<T>& line, int64_t k, Item<T>* kept, int64_t room) {
  constexpr int64_t kBlock = 256;
  Key<T> keys[kBlock];
  Key<T> limit = ~Key<T>{0};
  bool full = false;  // whether `limit` holds anything off
  int64_t count = 0;
  for (int64_t first = 0; first < line.n; first += kBlock) {
    if (first % kPiece == kPiece - kBlock) poll_kernel();
    int64_t m = std::min(kBlock, line.n - first);
    if (line.stride == 1)
      for (int64_t i = 0; i < m; ++i)
        keys[i] = Line<T>{line.x + first, m, 1, line.descending}.key(i);
    else
      for (int64_t i = 0; i < m; ++i) keys[i] = line.key(first + i);
    if (full) {
      Key<T> any = 0;
      for (int64_t i = 0; i < m; ++i) any |= keys[i] < limit ? 1 : 0;
      if (!any) continue;
    }
    for (int64_t i = 0; i < m; ++i) {
      if (full && keys[i] >= limit) continue;
      kept[count++] = Item<T>::of(keys[i], static_cast<uint32_t>(first + i));
      if (count == room) {
        std::nth_element(kept, kept + k - 1, kept + count);
        count = k;
        limit = kept[k - 1].key();
        full = true;
      }
    }
  }
  std::nth_element(kept, kept + k - 1, kept + count);
  std::sort(kept, kept + k);
}

constexpr int64_t kFew = 16;  // results that are kept in order as they come

/// The same for few: the best so far in order, with a limit that is always tight.
template <class T>
void select_few(const Line<T>& line, int64_t k, Item<T>* kept) {
  constexpr int64_t kBlock = 32;  // most have nothing below the limit and are left at once
  Key<T> keys[kBlock];
  int64_t count = 0;
  for (int64_t first = 0; first < line.n; first += kBlock) {
    if (first % kPiece == kPiece - kBlock) poll_kernel();
    int64_t m = std::min(kBlock, line.n - first);
    if (line.stride == 1)
      for (int64_t i = 0; i < m; ++i)
        keys[i] = Line<T>{line.x + first, m, 1, line.descending}.key(i);
    else
      for (int64_t i = 0; i < m; ++i) keys[i] = line.key(first + i);
    if (count == k) {
      const Key<T> limit = kept[k - 1].key();
      Key<T> any = 0;
      for (int64_t i = 0; i < m; ++i) any |= keys[i] < limit ? 1 : 0;
      if (!any) continue;
    }
    for (int64_t i = 0; i < m; ++i) {
      if (count == k && keys[i] >= kept[k - 1].key()) continue;
      const auto item = Item<T>::of(keys[i], static_cast<uint32_t>(first + i));
      int64_t at = count < k ? count++ : k - 1;
      for (; at > 0 && item < kept[at - 1]; --at) kept[at] = kept[at - 1];
      kept[at] = item;
    }
  }
}

/// The key of rank `k` (from 0) and how many keys are below it: a histogram of the leading digits,
/// then the keys of one bucket.
template <class T>
bool key_at_rank(const Line<T>& line, int64_t k, Key<T>* found, int64_t* below) {
  using K = Key<T>;
  constexpr int kDigit = 11;
  constexpr int kShift = std::max(kKeyBits<T> - kDigit, 0);
  constexpr K kMask = (K{1} << kDigit) - 1;
  int64_t count[1 << kDigit] = {};
  in_pieces(line.n, kPiece, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) ++count[line.key(i) >> kShift & kMask];
  });
  int64_t sum = 0;
  K bucket = 0;
  while (sum + count[bucket] <= k) sum += count[bucket++];
  int64_t m = count[bucket], filled = 0;
  auto keys = scratch<K>(m);
  if (!keys) return false;
  in_pieces(line.n, kPiece, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      K key = line.key(i);
      if ((key >> kShift & kMask) == bucket) keys[filled++] = key;
    }
  });
  // Of many keys with one leading digit those with the right next one are kept, and so on.
  for (int shift = kShift; m > kPiece && shift > 0;) {
    const int bits = std::min(kDigit, shift);
    const K mask = (K{1} << bits) - 1;
    shift -= bits;
    int64_t next[1 << kDigit] = {};
    in_pieces(m, kPiece, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) ++next[keys[i] >> shift & mask];
    });
    bucket = 0;
    while (sum + next[bucket] <= k) sum += next[bucket++];
    filled = 0;
    in_pieces(m, kPiece, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        if ((keys[i] >> shift & mask) == bucket) keys[filled++] = keys[i];
    });
    m = filled;
  }
  if (m <= kPiece) std::nth_element(keys.get(), keys.get() + (k - sum), keys.get() + m);
  *found = keys[m <= kPiece ? k - sum : 0];  // many: all of them are equal
  if (below) {
    int64_t less = 0;
    for (int64_t i = 0; i < m; ++i) less += keys[i] < *found;
    *below = sum + less;
  }
  return true;
}

/// Runs body(line number) on threads; body returns false when memory ran out.
template <class F>
void over_lines(const char* op, int64_t lines, int64_t n, double work, F&& body) {
  if (n > std::numeric_limits<uint32_t>::max())
    fail(ErrorKind::kValue, op, ": a dim of ", n, " elements; at most ",
         int64_t{std::numeric_limits<uint32_t>::max()}, " can be sorted at once");
  std::atomic<bool> good = true;
  {
    Unlocked unlocked(work * static_cast<double>(lines) * static_cast<double>(n));
    parallel_for(lines, (int64_t{1} << 13) / n + 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end && good; ++i) {
        if (n > kShortLine) poll_part();
        if (!body(i)) good = false;
      }
    });
  }
  if (!good) fail(ErrorKind::kMemory, op, ": not enough memory for the places of ", n, " elements");
}

template <class T>
struct Sink {
  T* values;
  int64_t* places;
  int64_t stride;
  void put(int64_t i, T v, int64_t place) const {
    values[i * stride] = v;
    places[i * stride] = place;
  }
};

/// `items` has room for 2 k items, or is null.
template <class T>
bool sort_line(const SortKernels& kernels, const Line<T>& line, const Sink<T>& out, int64_t k,
               Item<T>* items) {
  if (k <= kFew && k <= line.n / 8) {
    Item<T> kept[kFew];
    select_few(line, k, kept);
    for (int64_t i = 0; i < k; ++i) out.put(i, line.at(kept[i].place()), kept[i].place());
    return true;
  }
  if (line.n <= kShortLine) {
    uint8_t order[kShortLine];
    order_short(kernels, line, order);
    for (int64_t i = 0; i < k; ++i) out.put(i, line.at(order[i]), order[i]);
    return true;
  }
  if (k <= line.n / 256) {
    int64_t room = 2 * k + 64;
    auto kept = scratch<Item<T>>(room);
    if (!kept) return false;
    select_first(line, k, kept.get(), room);
    for (int64_t i = 0; i < k; ++i) out.put(i, line.at(kept[i].place()), kept[i].place());
    return true;
  }
  std::unique_ptr<Item<T>[]> own;
  if (!items) {
    own = scratch<Item<T>>(2 * k);
    items = own.get();
    if (!items) return false;
  }
  if (k < line.n) {
    Key<T> last;
    int64_t below, filled = 0;
    if (!key_at_rank(line, k - 1, &last, &below)) return false;
    int64_t equals = k - below;
    in_pieces(line.n, kPiece, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        Key<T> key = line.key(i);
        if (key > last || (key == last && equals-- <= 0)) continue;
        items[filled++] = Item<T>::of(key, static_cast<uint32_t>(i));
      }
    });
  } else {
    fill_items(line, items);
  }
  Item<T>* sorted = sort_items(items, items + k, k, kKeyBits<T>);
  in_pieces(k, kPiece, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out.put(i, line.at(sorted[i].place()), sorted[i].place());
  });
  return true;
}

}  // namespace

ValuesAndPlaces top_lines(const Tensor& x, int dim, int64_t k, bool descending) {
  Dims sizes = x.sizes();
  if (x.dim() > 0) sizes[dim] = k;
  ValuesAndPlaces out{empty(sizes, x.dtype()), empty(sizes, DType::kInt64)};
  if (out.values.numel() == 0) return out;
  const SortKernels& kernels = sort_kernels();
  Span3 s = span_at(x.sizes(), dim);
  auto* places = out.places.data<int64_t>();
  visit_dtype(x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* in = x.data<T>();
    T* values = out.values.data<T>();
    // One long line works in cached memory; threads of several allocate their own.
    bool single = s.outer * s.inner == 1 && s.n > kShortLine && k > s.n / 256 && k > kFew;
    auto words = static_cast<int64_t>(sizeof(Item<T>) / 8);
    Tensor room = single ? empty({2 * k * words}, DType::kInt64) : Tensor();
    auto* items = single ? reinterpret_cast<Item<T>*>(room.bytes()) : nullptr;
    over_lines("sort", s.outer * s.inner, s.n, 20, [&](int64_t i) {
      int64_t block = i / s.inner, column = i % s.inner, at = block * k * s.inner + column;
      Line<T> line{in + block * s.n * s.inner + column, s.n, s.inner, descending};
      return sort_line(kernels, line, Sink<T>{values + at, places + at, s.inner}, k, items);
    });
  });
  return out;
}

ValuesAndPlaces sort_lines(const Tensor& x, int dim, bool descending) {
  return top_lines(x, dim, x.dim() > 0 ? x.size(dim) : 1, descending);
}

namespace {

/// Place of the most frequent value.
template <class T>
int64_t mode_place(const Line<T>& line, Item<T>* items) {
  fill_items(line, items);
  Item<T>* sorted = sort_items(items, items + line.n, line.n, kKeyBits<T>);
  int64_t best = 0, best_count = 0, count = 0;
  for (int64_t i = 0; i < line.n; ++i) {
    ++count;
    if (i + 1 < line.n && sorted[i + 1].key() == sorted[i].key()) continue;
    if (count > best_count) {
      best_count = count;
      best = sorted[i].place();
    }
    count = 0;
  }
  return best;
}

/// Place of the element of rank `k` (from 0), the first of equals.
template <class T>
int64_t rank_place(const SortKernels& kernels, const Line<T>& line, int64_t k) {
  if (line.n <= kShortLine) {
    uint8_t order[kShortLine];
    order_short(kernels, line, order);
    return order[k];
  }
  Key<T> found;
  if (!key_at_rank<T>(line, k, &found, nullptr)) return -1;
  int64_t place = 0;
  while (line.key(place) != found) ++place;
  return place;
}

}  // namespace

ValuesAndPlaces rank_lines(const Tensor& x, int dim, Rank rank, int64_t k, const Dims& sizes) {
  ValuesAndPlaces out{empty(sizes, x.dtype()), empty(sizes, DType::kInt64)};
  if (x.numel() == 0) return out;
  const SortKernels& kernels = sort_kernels();
  Span3 s = span_at(x.sizes(), dim);
  auto* places = out.places.data<int64_t>();
  visit_dtype(x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* in = x.data<T>();
    T* values = out.values.data<T>();
    over_lines("median", s.outer * s.inner, s.n, 8, [&](int64_t i) {
      Line<T> line{in + i / s.inner * s.n * s.inner + i % s.inner, s.n, s.inner, false};
      int64_t place = -1, wanted = k - 1;
      if (rank == Rank::kMode) {
        auto items = scratch<Item<T>>(2 * line.n);
        if (!items) return false;
        place = mode_place(line, items.get());
      } else {
        if (rank != Rank::kGiven) {
          int64_t nans = 0;
          for (int64_t j = 0; j < line.n; ++j) nans += line.at(j) != line.at(j);
          if (rank == Rank::kMedian && nans > 0)
            for (place = 0; line.at(place) == line.at(place);) ++place;
          wanted = (line.n - nans - 1) / 2;
          if (nans == line.n) place = 0;
        }
        if (place < 0) place = rank_place(kernels, line, wanted);
        if (place < 0) return false;
      }
      values[i] = line.at(place);
      places[i] = place;
      return true;
    });
  });
  return out;
}

}  // namespace pyad
