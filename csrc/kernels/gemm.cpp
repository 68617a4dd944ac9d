// Chooses how a matrix product runs: matrix-vector exchange, our tiles on one or several threads,
// or OpenBLAS.
//
// Note [Which product runs where]
// Measured on an AVX-512 machine: our tiles, which need no packing of A and none of a row-major B,
// beat OpenBLAS on one thread up to about 700^3 and are even with it behind that; so OpenBLAS takes
// the large ones (and keeps far larger ones in cache). The choice and the cutting among threads
// depend on sizes, strides and the number of threads alone: the same call rounds the same way.
#include "kernels/gemm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "core/host.hpp"
#include "kernels/blas.hpp"
#include "kernels/gemm_kernels.hpp"
#include "kernels/parallel.hpp"
#include "kernels/strided.hpp"

namespace pyad {

namespace {

constexpr int64_t kSmallSide = 128;      // a product of shorter sides is one call of the tiles
constexpr double kBlasWork = 3e8;        // multiply-adds from which on OpenBLAS is asked
constexpr double kWorthThreads = 2.5e6;  // multiply-adds from which on a product is cut in two
constexpr double kCutWork = 2e10;        // multiply-adds from which on OpenBLAS gets panels,
constexpr double kPanelWork = 4e9;       // of so many, and
constexpr int64_t kPanel = 768;          // of so many rows and columns at least
constexpr double kTilesWork = 4e9;       // the same of our tiles, on one thread
constexpr int64_t kTilesPanel = 256;
constexpr double kElementsPerWork = 1.0 / 24;  // of a multiply-add, in the unit of `Unlocked`

const GemmKernels& gemm_kernels() {
  static const GemmKernels k = PYAD_SELECT_ISA(fill_gemm, GemmKernels);
  return k;
}

double work_of(int64_t m, int64_t n, int64_t k) {
  return static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

/// A part of a product: rows and columns of the result, and the terms of its sums.
struct Panel {
  int64_t row, rows, column, columns, term, terms;
};

/// Calls body(panel) on the panels of a product of m x n, one if it is not long: it can be
/// interrupted between them. Panels of the same rows and columns come in the order of their terms.
template <class F>
void in_panels(int64_t m, int64_t n, int64_t k, double cut, double panel, int64_t side, F&& body) {
  int64_t rows = m, columns = n, terms = k;
  if (work_of(m, n, k) >= cut) {
    const double square = std::sqrt(panel / static_cast<double>(k));
    columns = std::min(n, std::max(side, static_cast<int64_t>(square)));
    rows = std::min(m, std::max(side, static_cast<int64_t>(panel / work_of(columns, k, 1))));
    if (work_of(rows, columns, k) > 4 * panel)
      terms = std::max<int64_t>(1, static_cast<int64_t>(panel / work_of(rows, columns, 1)));
  }
  for (int64_t i = 0; i < m; i += rows) {
    for (int64_t j = 0; j < n; j += columns) {
      int64_t p = 0;
      do {  // without terms the sums are zero, and written
        if (i + j + p > 0) poll_part();
        body(Panel{i, std::min(rows, m - i), j, std::min(columns, n - j), p,
                   std::min(terms, k - p)});
        p += terms;
      } while (p < k);
    }
  }
}

void tiles(const GemmCall<float>& g) { gemm_kernels().f32(g); }
void tiles(const GemmCall<double>& g) { gemm_kernels().f64(g); }

template <class T>
void run_tiles(const GemmCall<T>& g) {
  in_panels(g.m, g.n, g.k, kTilesWork, kTilesWork / 2, kTilesPanel, [&](const Panel& p) {
    GemmCall<T> part = g;
    part.m = p.rows;
    part.n = p.columns;
    part.k = p.terms;
    part.a += p.row * g.a_row + p.term * g.a_col;
    part.b += p.term * g.b_row + p.column * g.b_col;
    part.c += p.row * g.c_row + p.column;
    if (p.term > 0) {
      part.beta = T(1);
      part.bias = nullptr;
    }
    if (part.bias) part.bias += p.column;
    tiles(part);
  });
}

/// How OpenBLAS would be told about a rows x cols operand; false when its strides cannot be said.
template <class T>
bool blas_operand(MatrixView<T> x, int64_t rows, int64_t cols, int& trans, Blas::Int& ld) {
  constexpr int64_t kLimit = std::numeric_limits<Blas::Int>::max();
  int64_t step;
  if (x.col_stride == 1 && x.row_stride >= std::max<int64_t>(cols, 1)) {
    trans = Blas::kPlain;
    step = x.row_stride;
  } else if (x.row_stride == 1 && x.col_stride >= std::max<int64_t>(rows, 1)) {
    trans = Blas::kTransposed;
    step = x.col_stride;
  } else {
    return false;
  }
  ld = static_cast<Blas::Int>(step);
  return step <= kLimit && rows <= kLimit && cols <= kLimit;
}

template <class T>
bool run_blas(int64_t m, int64_t n, int64_t k, T alpha, MatrixView<T> a, MatrixView<T> b, T beta,
              T* c, int64_t ldc, const T* bias) {
  const Blas* blas = blas_if_loaded();
  int trans_a, trans_b;
  Blas::Int lda, ldb;
  if (!blas || ldc > std::numeric_limits<Blas::Int>::max() ||
      !blas_operand(a, m, k, trans_a, lda) || !blas_operand(b, k, n, trans_b, ldb)) {
    return false;
  }
  if (bias) {  // and beta is 0
    for (int64_t i = 0; i < m; ++i) std::copy_n(bias, n, c + i * ldc);
    beta = T(1);
  }
  auto ic = static_cast<Blas::Int>(ldc);
  sync_blas_threads();
  // Each panel packs its operands again.
  in_panels(m, n, k, kCutWork, kPanelWork, kPanel, [&](const Panel& p) {
    auto im = static_cast<Blas::Int>(p.rows), in = static_cast<Blas::Int>(p.columns);
    auto ik = static_cast<Blas::Int>(p.terms);
    const T* x = a.data + p.row * a.row_stride + p.term * a.col_stride;
    const T* y = b.data + p.term * b.row_stride + p.column * b.col_stride;
    T* z = c + p.row * ldc + p.column;
    const T keep = p.term > 0 ? T(1) : beta;
    const BlasCall call;
    auto product = [&](auto gemm) {
      gemm(Blas::kRowMajor, trans_a, trans_b, im, in, ik, alpha, x, lda, y, ldb, keep, z, ic);
    };
    if constexpr (std::is_same_v<T, float>) {
      product(blas->sgemm);
    } else {
      product(blas->dgemm);
    }
  });
  return true;
}

}  // namespace

template <class T>
void gemm(int64_t m, int64_t n, int64_t k, T alpha, const MatrixView<T>& a, const MatrixView<T>& b,
          T beta, T* c, int64_t ldc, const T* bias) {
  if (m == 0 || n == 0) return;
  if (n == 1 && m > 1 && ldc == 1 && !bias)  // matrix times vector: the vector times the transpose
    return gemm<T>(1, m, k, alpha, b.transposed(), a.transposed(), beta, c, m);
  // Strides along dims of size 1 say nothing; the usual ones open the fast ways.
  const int64_t a_col = k == 1 ? 1 : a.col_stride, b_row = k == 1 ? 1 : b.row_stride,
                b_col = n == 1 && b_row != 1 ? 1 : b.col_stride;
  const GemmCall<T> g{m,      n,     k,     alpha, a.data, a.row_stride, a_col,
                      b.data, b_row, b_col, beta,  c,      ldc,          bias};
  if ((m | n | k) < kSmallSide) return tiles(g);
  const double work = work_of(m, n, k);
  if (work >= kBlasWork && m > 1 && n > 1 &&
      run_blas<T>(m, n, k, alpha, {a.data, a.row_stride, a_col}, {b.data, b_row, b_col}, beta, c,
                  ldc, bias)) {
    return;
  }
  if (work < kWorthThreads || num_threads() == 1) return run_tiles(g);
  // More parts than threads: one that is late takes fewer (Pool in parallel.cpp).
  auto parts =
      static_cast<int64_t>(std::min<double>(4 * num_threads(), work / (kWorthThreads / 2)));
  if (n >= m) {
    parallel_for(
        n, std::max<int64_t>(n / parts, 1),
        [&](int64_t begin, int64_t end) {
          GemmCall<T> part = g;
          part.n = end - begin;
          part.b += begin * g.b_col;
          part.c += begin;
          if (bias) part.bias += begin;
          run_tiles(part);
        },
        64);
  } else {
    parallel_for(
        m, std::max<int64_t>(m / parts, 1),
        [&](int64_t begin, int64_t end) {
          GemmCall<T> part = g;
          part.m = end - begin;
          part.a += begin * g.a_row;
          part.c += begin * g.c_row;
          run_tiles(part);
        },
        8);
  }
}

template void gemm<float>(int64_t, int64_t, int64_t, float, const MatrixView<float>&,
                          const MatrixView<float>&, float, float*, int64_t, const float*);
template void gemm<double>(int64_t, int64_t, int64_t, double, const MatrixView<double>&,
                           const MatrixView<double>&, double, double*, int64_t, const double*);

namespace {

constexpr double kIntegerPiece = 1 << 20;  // multiply-adds: about a millisecond

template <class T>
void integer_rows(int64_t begin, int64_t end, int64_t n, int64_t k, int64_t piece, MatrixView<T> a,
                  MatrixView<T> b, T* c) {
  using U = std::conditional_t<(sizeof(T) < 4), unsigned, std::make_unsigned_t<T>>;
  for (int64_t i = begin; i < end; ++i) {
    T* row = c + i * n;
    std::fill_n(row, n, T(0));
    for (int64_t first = 0; first < k; first += piece) {
      if (first > 0) poll_part();
      const int64_t last = std::min(k, first + piece);
      for (int64_t p = first; p < last; ++p) {
        U x = static_cast<U>(a.data[i * a.row_stride + p * a.col_stride]);
        const T* y = b.data + p * b.row_stride;
        for (int64_t j = 0; j < n; ++j)
          row[j] = static_cast<T>(static_cast<U>(row[j]) + x * static_cast<U>(y[j * b.col_stride]));
      }
    }
  }
}

/// Products of integers: they wrap around, as in NumPy and PyTorch.
template <class T>
void integer_product(int64_t m, int64_t n, int64_t k, MatrixView<T> a, MatrixView<T> b, T* c) {
  if (work_of(m, n, k) <= kIntegerPiece) return integer_rows(0, m, n, k, k, a, b, c);
  const auto grain = static_cast<int64_t>(kIntegerPiece / (work_of(1, n, k) + 1)) + 1;
  parallel_for(m, grain, [&](int64_t begin, int64_t end) {
    integer_rows(begin, end, n, k, static_cast<int64_t>(kIntegerPiece) / n + 1, a, b, c);
  });
}

template <class T>
MatrixView<T> view_of(const Tensor& x, bool transpose) {
  MatrixView<T> v{x.data<T>(), x.stride(-2), x.stride(-1)};
  return transpose ? v.transposed() : v;
}

/// Batch dims of the two factors, walked together.
struct Batches {
  StridedLoop loop;
  int64_t count = 1;

  Batches(const Tensor& out, const Tensor& a, const Tensor& b)
      : loop(Dims(out.sizes().data(), out.dim() - 2)) {
    add(a);
    add(b);
    loop.merge();
    for (int d = 0; d < loop.n_dims; ++d) count *= loop.sizes[d];
  }
  void add(const Tensor& x) {
    loop.add(Dims(x.sizes().data(), x.dim() - 2), Dims(x.strides().data(), x.dim() - 2));
  }
  /// Offsets, in elements, of batch `i` in a and b.
  void at(int64_t i, int64_t& a, int64_t& b) const {
    a = b = 0;
    for (int d = loop.n_dims - 1; d >= 0; --d) {
      int64_t index = i % loop.sizes[d];
      i /= loop.sizes[d];
      a += index * loop.strides[0][d];
      b += index * loop.strides[1][d];
    }
  }
};

template <class T>
void one_product(int64_t m, int64_t n, int64_t k, const MatrixView<T>& a, const MatrixView<T>& b,
                 T* c, const T* bias) {
  if constexpr (std::is_floating_point_v<T>) {
    gemm<T>(m, n, k, T(1), a, b, T(0), c, n, bias);
  } else {
    integer_product<T>(m, n, k, a, b, c);
  }
}

template <class T>
void product(const Tensor& out, const Tensor& a, bool ta, const Tensor& b, bool tb,
             const Tensor* bias) {
  int64_t m = out.size(-2), n = out.size(-1), k = ta ? a.size(-2) : a.size(-1);
  double work = work_of(m, n, k);
  if (work >= kBlasWork) load_blas();
  Unlocked unlocked(work * kElementsPerWork);
  one_product<T>(m, n, k, view_of<T>(a, ta), view_of<T>(b, tb), out.data<T>(),
                 bias ? bias->data<T>() : nullptr);
}

template <class T>
void products(const Tensor& out, const Tensor& a, bool ta, const Tensor& b, bool tb,
              const Tensor* bias) {
  int64_t m = out.size(-2), n = out.size(-1), k = ta ? a.size(-2) : a.size(-1);
  MatrixView<T> x = view_of<T>(a, ta), y = view_of<T>(b, tb);
  T* c = out.data<T>();
  const T* add = bias ? bias->data<T>() : nullptr;
  auto one = [&](int64_t rows, const MatrixView<T>& p, const MatrixView<T>& q, T* to) {
    one_product<T>(rows, n, k, p, q, to, add);
  };
  Batches batches(out, a, b);
  int64_t count = batches.count;
  double each = work_of(m, n, k), work = each * static_cast<double>(count);
  if (work >= kBlasWork) load_blas();
  Unlocked unlocked(work * kElementsPerWork);
  // One matrix against many that lie evenly: the batch is more rows of one product.
  if (batches.loop.n_dims == 1 && batches.loop.strides[1][0] == 0) {
    const int64_t step = batches.loop.strides[0][0];
    if (m == 1) x.row_stride = step;
    if (step > 0 && step == x.row_stride * m) return one(m * count, x, y, c);
  }
  auto run = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      if (i > begin) poll_part();
      int64_t at_a, at_b;
      batches.at(i, at_a, at_b);
      one(m, {x.data + at_a, x.row_stride, x.col_stride},
          {y.data + at_b, y.row_stride, y.col_stride}, c + i * m * n);
    }
  };
  if (each >= kWorthThreads || work < kWorthThreads) {
    run(0, count);  // each is large enough to be cut by itself, or all of it is small
  } else {
    parallel_for(
        count, std::max<int64_t>(1, static_cast<int64_t>(kWorthThreads / 2 / std::max(each, 1.0))),
        run);
  }
}

}  // namespace

void batched_product(const Tensor& out, const Tensor& a, bool transpose_a, const Tensor& b,
                     bool transpose_b, const Tensor* bias) {
  if (out.numel() == 0) return;
  visit_dtype(out.dtype(), [&]<class T>(std::type_identity<T>) {
    if constexpr (std::is_same_v<T, bool>) {
      fail(ErrorKind::kType,
           "matmul: bool matrices cannot be multiplied; convert them with .to(int64)");
    } else {
      if (out.dim() == 2) return product<T>(out, a, transpose_a, b, transpose_b, bias);
      products<T>(out, a, transpose_a, b, transpose_b, bias);
    }
  });
}

}  // namespace pyad
