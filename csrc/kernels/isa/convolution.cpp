// Convolutions for one instruction set: bands of a product whose right factor is read through
// offsets, dot products for the cotangent of the weight, and copies of rows.
//
// As in gemm.cpp, a tile of the result stays in registers while k runs. The vectors of the right
// factor begin anywhere, so most loads cross a cache line; a tile is high enough to hide that.
#include "kernels/convolution_kernels.hpp"

#include "kernels/isa/gemm_vector.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

constexpr int kMaxVectors = kRegisters == 32 ? 4 : 3;
constexpr int kMaxRows = kRegisters == 32 ? 6 : 4;
// Rows and taps whose sums of products are formed together.
constexpr int kDotRows = kRegisters == 32 ? 6 : 3;
constexpr int kDotTaps = kRegisters == 32 ? 4 : 3;
constexpr int64_t kDotColumns = 1024;  // of so many rows a first-level cache holds enough

template <class T>
struct Tile {
  int64_t k;
  const T* a;
  int64_t a_row;
  const T* b;
  const Pair* pairs;
  const T* bias;
  T* c;
  int64_t c_row;
  Part<T> part;  // of the last vector
};

template <class T, int R, int V, bool PARTIAL>
void run_tile(const Tile<T>& t) {
  constexpr int kN = kLanes<T>;
  Vec<T> sum[R][V];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
    Vec<T> start = t.bias ? splat(t.bias[i]) : Vec<T>{};
#pragma GCC unroll 4
    for (int j = 0; j < V; ++j) sum[i][j] = start;
  }
  const T* left = t.a;
  const T* right = t.b;
  const int64_t a_row = t.a_row;
  for (const Pair *p = t.pairs, *end = p + t.k; p != end; ++p) {
    const T* a = left + p->a;
    const T* b = right + p->b;
    Vec<T> y[V];
#pragma GCC unroll 4
    for (int j = 0; j < V; ++j)
      y[j] = PARTIAL && j == V - 1 ? t.part.load(b + j * kN) : load(b + j * kN);
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      Vec<T> x = splat(a[i * a_row]);
#pragma GCC unroll 4
      for (int j = 0; j < V; ++j) sum[i][j] += x * y[j];
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
    T* c = t.c + i * t.c_row;
#pragma GCC unroll 4
    for (int j = 0; j < V; ++j) {
      if (PARTIAL && j == V - 1) {
        t.part.store(c + j * kN, sum[i][j]);
      } else {
        store(c + j * kN, sum[i][j]);
      }
    }
  }
}

template <class T>
using TileFn = void (*)(const Tile<T>&);

template <class T, int V, bool PARTIAL>
TileFn<T> tile_of_rows(int64_t rows) {
  switch (rows) {
    case 1:
      return run_tile<T, 1, V, PARTIAL>;
    case 2:
      return run_tile<T, 2, V, PARTIAL>;
    case 3:
      return run_tile<T, 3, V, PARTIAL>;
    case 4:
      return run_tile<T, 4, V, PARTIAL>;
    default:
      break;
  }
  if constexpr (kMaxRows >= 6) {
    if (rows == 5) return run_tile<T, 5, V, PARTIAL>;
    return run_tile<T, 6, V, PARTIAL>;
  }
  return nullptr;
}

template <class T>
TileFn<T> find_tile(int64_t rows, int64_t vectors, bool partial) {
  switch (vectors) {
    case 1:
      return partial ? tile_of_rows<T, 1, true>(rows) : tile_of_rows<T, 1, false>(rows);
    case 2:
      return partial ? tile_of_rows<T, 2, true>(rows) : tile_of_rows<T, 2, false>(rows);
    case 3:
      return partial ? tile_of_rows<T, 3, true>(rows) : tile_of_rows<T, 3, false>(rows);
    default:
      if constexpr (kMaxVectors >= 4) {
        return partial ? tile_of_rows<T, 4, true>(rows) : tile_of_rows<T, 4, false>(rows);
      }
      return nullptr;
  }
}

template <class T>
void band(const BandCall<T>& g) {
  constexpr int kN = kLanes<T>;
  if (g.n <= 0) return;
  int64_t vectors = (g.n + kN - 1) / kN;
  int64_t panels = (vectors + kMaxVectors - 1) / kMaxVectors;
  int64_t last = g.n - (vectors - 1) * kN;
  Tile<T> t{.k = g.k,
            .a = g.a,
            .a_row = g.a_row,
            .b = g.b,
            .pairs = g.pairs,
            .bias = g.bias,
            .c = g.c,
            .c_row = g.c_row,
            .part = Part<T>(last)};
  for (int64_t v = 0; panels > 0; --panels) {
    int64_t here = (vectors - v + panels - 1) / panels;
    find_tile<T>(g.rows, here, panels == 1 && last != kN)(t);
    v += here;
    t.b = g.b + v * kN;
    t.c = g.c + v * kN;
  }
}

template <class T, int R, int C>
void dot_tile(const DotsCall<T>& d, int64_t i0, int64_t j0, int64_t q0, int64_t n, bool add) {
  constexpr int kN = kLanes<T>, kS = kShortLanes<T>;
  Vec<T> sum[R][C] = {};
  const T* g = d.g + i0 * d.g_row + q0;
  const T* x[C];
#pragma GCC unroll 4
  for (int j = 0; j < C; ++j) x[j] = d.x + d.offsets[j0 + j] + q0;
  const int64_t g_row = d.g_row;
  auto step = [&](int64_t q, auto read) {
    Vec<T> y[C];
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) y[j] = read(x[j] + q);
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      Vec<T> u = read(g + i * g_row + q);
#pragma GCC unroll 4
      for (int j = 0; j < C; ++j) sum[i][j] += u * y[j];
    }
  };
  int64_t q = 0;
  for (; q + kN <= n; q += kN) step(q, [](const T* p) { return load(p); });
  if (q < n) {
    Part<T> part(n - q);
    step(q, [&](const T* p) { return part.load(p); });
  }
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
    T* out = d.out + (i0 + i) * d.out_row + j0;
    Vec<T> some[(C + kS - 1) / kS * kS] = {};
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) some[j] = sum[i][j];
#pragma GCC unroll 4
    for (int j = 0; j < C; j += kS) {
      Short<T> s = sums(some + j);
      if (j + kS <= C) {
        if (add) {
          Short<T> before;
          __builtin_memcpy(&before, out + j, sizeof s);
          s += before;
        }
        __builtin_memcpy(out + j, &s, sizeof s);
      } else {
        for (int e = 0; e < C - j; ++e) out[j + e] = add ? out[j + e] + s[e] : s[e];
      }
    }
  }
}

template <class T>
using DotFn = void (*)(const DotsCall<T>&, int64_t, int64_t, int64_t, int64_t, bool);

template <class T, int R>
DotFn<T> dot_of_taps(int64_t taps) {
  switch (taps) {
    case 1:
      return dot_tile<T, R, 1>;
    case 2:
      return dot_tile<T, R, 2>;
    case 3:
      return dot_tile<T, R, 3>;
    default:
      if constexpr (kDotTaps >= 4) return dot_tile<T, R, 4>;
      return nullptr;
  }
}

template <class T>
DotFn<T> find_dot(int64_t rows, int64_t taps) {
  switch (rows) {
    case 1:
      return dot_of_taps<T, 1>(taps);
    case 2:
      return dot_of_taps<T, 2>(taps);
    case 3:
      return dot_of_taps<T, 3>(taps);
    default:
      break;
  }
  if constexpr (kDotRows >= 6) {
    if (rows == 4) return dot_of_taps<T, 4>(taps);
    if (rows == 5) return dot_of_taps<T, 5>(taps);
    return dot_of_taps<T, 6>(taps);
  }
  return nullptr;
}

template <class T>
void dots(const DotsCall<T>& d) {
  for (int64_t q = 0; q < d.n; q += kDotColumns) {
    int64_t n = d.n - q < kDotColumns ? d.n - q : kDotColumns;
    for (int64_t i = 0, bands = (d.m + kDotRows - 1) / kDotRows; bands > 0; --bands) {
      int64_t rows = (d.m - i + bands - 1) / bands;
      for (int64_t j = 0, parts = (d.taps + kDotTaps - 1) / kDotTaps; parts > 0; --parts) {
        int64_t taps = (d.taps - j + parts - 1) / parts;
        find_dot<T>(rows, taps)(d, i, j, q, n, d.add || q > 0);
        j += taps;
      }
      i += rows;
    }
  }
}

/// to[i] = from[2 * i].
template <class T>
inline void copy_evens(const T* from, int64_t n, T* to) {
  constexpr int kN = kLanes<T>;
  typename LaneIndex<T>::Type even;
  for (int e = 0; e < kN; ++e) even[e] = 2 * e;
  for (int64_t i = 0; i < n; i += kN) {
    int64_t left = n - i < kN ? n - i : kN, read = 2 * left - 1;
    Part<T> first(read < kN ? read : kN), second(read < kN ? 0 : read - kN), out(left);
    Vec<T> x = first.load(from + 2 * i), y = second.load(from + 2 * i + kN);
    out.store(to + i, __builtin_shuffle(x, y, even));
  }
}

/// to[2 * i] = from[i]; what lies between is read and written back.
template <class T>
inline void copy_to_evens(const T* from, int64_t n, T* to) {
  constexpr int kN = kLanes<T>, kHalf = kN / 2;
  typename LaneIndex<T>::Type mix;
  for (int e = 0; e < kN; ++e) mix[e] = e % 2 == 0 ? e / 2 : kN + e;
  for (int64_t i = 0; i < n; i += kHalf) {
    int64_t left = n - i < kHalf ? n - i : kHalf;
    Part<T> in(left), both(2 * left - 1);
    Vec<T> x = in.load(from + i), between = both.load(to + 2 * i);
    both.store(to + 2 * i, __builtin_shuffle(x, between, mix));
  }
}

template <class T>
void copy(const CopyCall<T>& c) {
  constexpr int kN = kLanes<T>;
  if (c.n <= 0) return;
  if (c.from_step == 1 && c.to_step == 1) {
    int64_t whole = (c.n - 1) / kN * kN;
    Part<T> part(c.n - whole);
    for (int64_t r = 0; r < c.rows; ++r) {
      const T* from = c.from + r * c.from_row;
      T* to = c.to + r * c.to_row;
      for (int64_t i = 0; i < whole; i += kN) store(to + i, load(from + i));
      part.store(to + whole, part.load(from + whole));
    }
    return;
  }
  for (int64_t r = 0; r < c.rows; ++r) {
    const T* __restrict from = c.from + r * c.from_row;
    T* __restrict to = c.to + r * c.to_row;
    if (c.from_step == 2 && c.to_step == 1) {
      copy_evens(from, c.n, to);
    } else if (c.from_step == 1 && c.to_step == 2) {
      copy_to_evens(from, c.n, to);
    } else {
      for (int64_t i = 0; i < c.n; ++i) to[i * c.to_step] = from[i * c.from_step];
    }
  }
}

template <class T>
void fill_type(ConvolutionLoops<T>& k) {
  k.max_rows = kMaxRows;
  k.band = band<T>;
  k.dots = dots<T>;
  k.copy = copy<T>;
}

}  // namespace

void fill_convolution(ConvolutionKernels* k) {
  fill_type<float>(k->f32);
  fill_type<double>(k->f64);
}

}  // namespace pyad::inline PYAD_ISA
