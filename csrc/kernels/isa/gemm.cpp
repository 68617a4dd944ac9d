// Matrix products for one instruction set: register-blocked tiles, matrix times vector, packing.
// See Note [Small products].
//
// Note [Small products]
// A tile of C (MR rows by NR vectors) stays in registers while k runs; each step loads NR vectors
// of B and broadcasts MR elements of A. Broadcasts take A with any strides, so neither A nor its
// transpose is ever packed; B is read in place when its rows are contiguous, and otherwise
// transposed once, panel by panel, into a buffer on the stack. Rows are dealt evenly to the tiles
// (10 rows are 5 + 5, not 8 + 2). Each element of C is summed over k in order whatever tile it
// falls in.
#include <stddef.h>

#include "kernels/isa/gemm_vector.hpp"

#include "kernels/gemm_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

constexpr int64_t kPanelK = 160;  // rows of B that a panel holds
constexpr int kPanelVectors = kRegisters == 32 ? 4 : 3;
constexpr int64_t kWorthPacking = 64;  // rows of A from which on a large B is packed in any case
constexpr int64_t kDotRows = 3;        // up to so many rows of A, a transposed B is not packed

/// Rows of a tile NR vectors wide: as many as leave registers for B and a broadcast.
constexpr int max_rows(int nr) {
  if (kRegisters == 32) return nr == 4 ? 6 : 8;
  return nr == 1 ? 8 : nr == 2 ? 6 : 4;
}

template <class T>
struct Tile {
  int64_t k;
  const T* a;
  int64_t a_row, a_col;
  const T* b;
  int64_t b_row;
  T alpha, beta;
  T* c;
  int64_t c_row;
  const T* bias;
  Part<T> part;  // of the last vector
};

template <class T, int MR, int NR, bool PARTIAL>
void run_tile(const Tile<T>& t) {
  constexpr int kN = kLanes<T>;
  Vec<T> sum[MR][NR];
#pragma GCC unroll 4
  for (int j = 0; j < NR; ++j) {
    Vec<T> start{};
    if (t.bias)
      start = PARTIAL && j == NR - 1 ? t.part.load(t.bias + j * kN) : load(t.bias + j * kN);
#pragma GCC unroll 8
    for (int i = 0; i < MR; ++i) sum[i][j] = start;
  }
  const T* a = t.a;
  const T* b = t.b;
  const int64_t a_row = t.a_row, a_col = t.a_col, b_row = t.b_row;
  for (int64_t p = 0; p < t.k; ++p) {
    Vec<T> y[NR];
#pragma GCC unroll 4
    for (int j = 0; j < NR; ++j)
      y[j] = PARTIAL && j == NR - 1 ? t.part.load(b + j * kN) : load(b + j * kN);
#pragma GCC unroll 8
    for (int i = 0; i < MR; ++i) {
      Vec<T> x = splat(a[i * a_row]);
#pragma GCC unroll 4
      for (int j = 0; j < NR; ++j) sum[i][j] += x * y[j];
    }
    a += a_col;
    b += b_row;
  }
  constexpr int kWhole = PARTIAL ? NR - 1 : NR;
  auto write = [&](auto finish) {
#pragma GCC unroll 8
    for (int i = 0; i < MR; ++i) {
      T* c = t.c + i * t.c_row;
#pragma GCC unroll 4
      for (int j = 0; j < kWhole; ++j) {
        T* q = c + j * kN;
        store(q, finish(sum[i][j], [=] { return load(q); }));
      }
      if constexpr (PARTIAL) {
        T* q = c + kWhole * kN;
        t.part.store(q, finish(sum[i][kWhole], [&] { return t.part.load(q); }));
      }
    }
  };
  const T alpha = t.alpha, beta = t.beta;
  if (beta != T(0)) {
    write([=](Vec<T> s, auto old) { return splat(alpha) * s + splat(beta) * old(); });
  } else if (alpha != T(1)) {
    write([=](Vec<T> s, auto) { return splat(alpha) * s; });
  } else {
    write([](Vec<T> s, auto) { return s; });
  }
}

template <class T>
using TileFn = void (*)(const Tile<T>&);

template <class T, int NR, bool PARTIAL>
TileFn<T> tile_of_rows(int64_t rows) {
  constexpr int kMax = max_rows(NR);
  switch (rows) {
    case 1:
      return run_tile<T, 1, NR, PARTIAL>;
    case 2:
      return run_tile<T, 2, NR, PARTIAL>;
    case 3:
      return run_tile<T, 3, NR, PARTIAL>;
    case 4:
      return run_tile<T, 4, NR, PARTIAL>;
    default:
      break;
  }
  if constexpr (kMax >= 6) {
    if (rows == 5) return run_tile<T, 5, NR, PARTIAL>;
    if (rows == 6) return run_tile<T, 6, NR, PARTIAL>;
  }
  if constexpr (kMax >= 8) {
    if (rows == 7) return run_tile<T, 7, NR, PARTIAL>;
    return run_tile<T, 8, NR, PARTIAL>;
  }
  return nullptr;
}

template <class T>
TileFn<T> find_tile(int64_t rows, int nr, bool partial) {
  switch (nr) {
    case 1:
      return partial ? tile_of_rows<T, 1, true>(rows) : tile_of_rows<T, 1, false>(rows);
    case 2:
      return partial ? tile_of_rows<T, 2, true>(rows) : tile_of_rows<T, 2, false>(rows);
    case 3:
      return partial ? tile_of_rows<T, 3, true>(rows) : tile_of_rows<T, 3, false>(rows);
    default:
      if constexpr (kPanelVectors >= 4) {
        return partial ? tile_of_rows<T, 4, true>(rows) : tile_of_rows<T, 4, false>(rows);
      }
      return nullptr;
  }
}

/// Copies a k x n block of B to rows of `width` elements (whole vectors; the rest is zero).
template <class T>
void pack(T* out, int64_t width, const T* b, int64_t b_row, int64_t b_col, int64_t k, int64_t n) {
  constexpr int kN = kLanes<T>;
  if (b_row == 1) {
    for (int64_t j0 = 0; j0 < n; j0 += kN) {
      int64_t nj = n - j0 < kN ? n - j0 : kN;
      for (int64_t p0 = 0; p0 < k; p0 += kN) {
        int64_t np = k - p0 < kN ? k - p0 : kN;
        Vec<T> rows[kN];
        const T* from = b + j0 * b_col + p0;
        if (np == kN && nj == kN) {
#pragma GCC unroll 16
          for (int j = 0; j < kN; ++j) rows[j] = load(from + j * b_col);
        } else {
          Part<T> part(np);
          for (int j = 0; j < kN; ++j) rows[j] = j < nj ? part.load(from + j * b_col) : Vec<T>{};
        }
        transpose_square<T>(rows);
        T* to = out + p0 * width + j0;
        if (np == kN) {
#pragma GCC unroll 16
          for (int p = 0; p < kN; ++p) store(to + p * width, rows[p]);
        } else {
          for (int p = 0; p < np; ++p) store(to + p * width, rows[p]);
        }
      }
    }
    return;
  }
  for (int64_t p = 0; p < k && b_col == 1; ++p) {
    __builtin_memcpy(out + p * width, b + p * b_row, static_cast<size_t>(n) * sizeof(T));
    for (int64_t j = n; j < width; ++j) out[p * width + j] = T(0);
  }
  for (int64_t p = 0; p < k && b_col != 1; ++p) {
    for (int64_t j = 0; j < n; ++j) out[p * width + j] = b[p * b_row + j * b_col];
    for (int64_t j = n; j < width; ++j) out[p * width + j] = T(0);
  }
}

// Small products are of one part, and a division costs as much as some of them.
inline int64_t parts_of(int64_t n, int64_t most) { return n <= most ? 1 : (n + most - 1) / most; }
inline int64_t first_share(int64_t n, int64_t parts) {
  return parts == 1 ? n : (n + parts - 1) / parts;
}

/// One panel of B (rows p0.. of columns j0..) times all of A.
template <class T>
void panel_times_rows(const GemmCall<T>& g, int64_t p0, int64_t j0, int nr, bool direct, T* panel) {
  constexpr int kN = kLanes<T>;
  int64_t np = g.k - p0 < kPanelK ? g.k - p0 : kPanelK;
  int64_t nj = g.n - j0 < nr * kN ? g.n - j0 : nr * kN;
  int64_t last = nj - (nr - 1) * kN;
  bool first = p0 == 0;
  Tile<T> t{.k = np,
            .a = nullptr,
            .a_row = g.a_row,
            .a_col = g.a_col,
            .b = g.b + p0 * g.b_row + j0 * g.b_col,
            .b_row = g.b_row,
            .alpha = g.alpha,
            .beta = first ? g.beta : T(1),
            .c = nullptr,
            .c_row = g.c_row,
            .bias = first && g.bias ? g.bias + j0 : nullptr,
            .part = Part<T>(last)};
  if (!direct) {
    pack(panel, nr * kN, t.b, g.b_row, g.b_col, np, nj);
    t.b = panel;
    t.b_row = nr * kN;
  }
  int rows_max = max_rows(nr);
  int64_t height = 0;
  TileFn<T> run = nullptr;
  for (int64_t i = 0, bands = parts_of(g.m, rows_max); bands > 0; --bands) {
    int64_t rows = first_share(g.m - i, bands);
    if (rows != height) run = find_tile<T>(height = rows, nr, last != kN);
    t.a = g.a + p0 * g.a_col + i * g.a_row;
    t.c = g.c + j0 + i * g.c_row;
    run(t);
    i += rows;
  }
}

template <class T>
void tiles(const GemmCall<T>& g) {
  constexpr int kN = kLanes<T>;
  alignas(64) T panel[kPanelK * kPanelVectors * kN];
  const bool direct =
      (g.b_col == 1 || g.n == 1) && (g.m < kWorthPacking || g.k * g.b_row < 1 << 13);
  int64_t vectors = (g.n + kN - 1) / kN;
  int64_t panels = parts_of(vectors, kPanelVectors);
  // With k outermost, the part of A that a panel meets stays in the second-level cache for the next
  // panel.
  for (int64_t p0 = 0; p0 < g.k || p0 == 0; p0 += kPanelK) {
    for (int64_t q = panels, v0 = 0; q > 0; --q) {
      int64_t nr = first_share(vectors - v0, q);
      panel_times_rows(g, p0, v0 * kN, static_cast<int>(nr), direct, panel);
      v0 += nr;
    }
  }
}

/// Sums of products along k of `R` rows of A and `C` columns of B, both contiguous along k; lanes
/// not yet added up.
template <class T, int R, int C>
inline void dots(const T* a, int64_t a_row, const T* b, int64_t b_col, int64_t k,
                 Vec<T> (&sum)[R][C]) {
  constexpr int kN = kLanes<T>;
  constexpr int kTwice = R * C < 8 ? 2 : 1;  // independent sums, to hide the latency of one
  Vec<T> more[R][C] = {};
  int64_t p = 0;
  auto step = [&](int64_t at, auto read, Vec<T>(&into)[R][C]) {
    Vec<T> y[C];
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) y[j] = read(b + j * b_col + at);
#pragma GCC unroll 4
    for (int i = 0; i < R; ++i) {
      Vec<T> x = read(a + i * a_row + at);
#pragma GCC unroll 8
      for (int j = 0; j < C; ++j) into[i][j] += x * y[j];
    }
  };
  auto whole = [](const T* q) { return load(q); };
#pragma GCC unroll 4
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) sum[i][j] = Vec<T>{};
  for (; p + kTwice * kN <= k; p += kTwice * kN) {
    step(p, whole, sum);
    if constexpr (kTwice == 2) step(p + kN, whole, more);
  }
  for (; p < k; p += kN) {
    Part<T> part(k - p < kN ? k - p : kN);
    step(p, [&](const T* q) { return part.load(q); }, sum);
  }
#pragma GCC unroll 4
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
    for (int j = 0; j < C && kTwice == 2; ++j) sum[i][j] += more[i][j];
}

template <class T, int R>
void dot_rows(const GemmCall<T>& g) {
  constexpr int kS = kShortLanes<T>;
  auto finish = [&](Short<T> s, int i, int64_t j, int64_t count) {
    T* c = g.c + i * g.c_row + j;
    if (count == kS && g.alpha == T(1) && g.beta == T(0) && !g.bias) {
      __builtin_memcpy(c, &s, sizeof s);
      return;
    }
    for (int64_t q = 0; q < count; ++q) {
      T v = g.alpha * s[q];
      if (g.bias) v += g.bias[j + q];
      c[q] = g.beta != T(0) ? v + g.beta * c[q] : v;
    }
  };
  int64_t j = 0;
  for (; j + 4 <= g.n; j += 4) {
    Vec<T> sum[R][4];
    dots<T, R, 4>(g.a, g.a_row, g.b + j * g.b_col, g.b_col, g.k, sum);
#pragma GCC unroll 4
    for (int i = 0; i < R; ++i)
#pragma GCC unroll 2
      for (int q = 0; q < 4; q += kS) finish(sums(sum[i] + q), i, j + q, kS);
  }
  for (; j < g.n; ++j) {
    Vec<T> sum[R][1];
    dots<T, R, 1>(g.a, g.a_row, g.b + j * g.b_col, g.b_col, g.k, sum);
    for (int i = 0; i < R; ++i) {
      Vec<T> one[kS] = {sum[i][0]};
      finish(sums(one), i, j, 1);
    }
  }
}

template <class T>
void gemm(const GemmCall<T>& g) {
  if (g.m <= kDotRows && g.b_row == 1 && g.b_col != 1 && (g.a_col == 1 || g.k == 1)) {
    switch (g.m) {
      case 1:
        return dot_rows<T, 1>(g);
      case 2:
        return dot_rows<T, 2>(g);
      default:
        return dot_rows<T, 3>(g);
    }
  }
  tiles(g);
}

}  // namespace

void fill_gemm(GemmKernels* k) {
  k->f32 = gemm<float>;
  k->f64 = gemm<double>;
}

}  // namespace pyad::inline PYAD_ISA
