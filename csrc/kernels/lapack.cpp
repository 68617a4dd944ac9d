// See lapack.hpp. LAPACK's matrices are column-major: a row-major lower triangle is its upper one.
#include "kernels/lapack.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>

#include "core/host.hpp"
#include "core/interrupt.hpp"
#include "kernels/blas.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

namespace {

constexpr int64_t kPlain = 24;         // sizes up to which plain loops are faster
constexpr double kWorthThreads = 1e5;  // multiplications

template <class T>
struct Lapack {
  using Int = Blas::Int;
  void (*potrf)(const char* uplo, const Int* n, T* a, const Int* lda, Int* info, size_t) = nullptr;
  void (*trsm)(int order, int side, int uplo, int trans, int diag, Int m, Int n, T alpha,
               const T* a, Int lda, T* b, Int ldb) = nullptr;
  Lapack() {
    constexpr bool wide = std::is_same_v<T, double>;
    find(potrf, wide ? "scipy_dpotrf_" : "scipy_spotrf_");
    find(trsm, wide ? "scipy_cblas_dtrsm" : "scipy_cblas_strsm");
  }

 private:
  template <class F>
  static void find(F& f, const char* name) {
    f = reinterpret_cast<F>(find_blas_symbol(name));
  }
};

/// The functions for matrices of size n; needs the host's lock.
template <class T>
const Lapack<T>* lapack_for(int64_t n) {
  if (n <= kPlain) return nullptr;
  static const Lapack<T> found;
  if (!found.potrf || !found.trsm) return nullptr;
  sync_blas_threads();
  return &found;
}

template <class T>
int32_t plain_cholesky(T* a, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    T* row = a + i * n;
    for (int64_t j = 0; j <= i; ++j) {
      const T* other = a + j * n;
      T rest = row[j];
      for (int64_t k = 0; k < j; ++k) rest -= row[k] * other[k];
      if (j < i) {
        row[j] = rest / other[j];
      } else {
        if (!(rest > 0)) return static_cast<int32_t>(i + 1);
        row[j] = std::sqrt(rest);
      }
    }
  }
  return 0;
}

template <class T>
void plain_solve(const Triangular& how, const T* a, T* b, int64_t n, int64_t k) {
  const int64_t row = how.transpose ? 1 : n, column = how.transpose ? n : 1;
  const bool lower = how.upper == how.transpose;  // which rows are solved first
  for (int64_t at = 0; at < n; ++at) {
    const int64_t i = lower ? at : n - 1 - at;
    T* __restrict x = b + i * k;
    for (int64_t j = lower ? 0 : i + 1; j < (lower ? i : n); ++j) {
      const T factor = a[i * row + j * column];
      const T* y = b + j * k;
      for (int64_t c = 0; c < k; ++c) x[c] -= factor * y[c];
    }
    if (how.unit) continue;
    const T pivot = a[i * (n + 1)];
    for (int64_t c = 0; c < k; ++c) x[c] /= pivot;
  }
}

/// Calls `one(i)` for each of `count` matrices, on several threads where they are small and many.
template <class F>
void for_each(int64_t count, double work, bool plain, F one) {
  auto run = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      poll_part();
      one(i);
    }
  };
  if (!plain || work * static_cast<double>(count) < kWorthThreads) {
    run(0, count);
  } else {
    parallel_for(count, std::max<int64_t>(1, static_cast<int64_t>(kWorthThreads / 2 / work)), run);
  }
}

}  // namespace

template <class T>
void factor_cholesky(T* a, int64_t n, int64_t count, int32_t* info) {
  const Lapack<T>* lapack = lapack_for<T>(n);
  const double size = static_cast<double>(n), work = 1 + size * size * size / 6;
  Unlocked unlocked(work * static_cast<double>(count));
  for_each(count, work, !lapack, [&](int64_t i) {
    T* matrix = a + i * n * n;
    if (lapack) {
      const BlasCall call;
      const auto order = static_cast<Blas::Int>(n);
      Blas::Int failed = 0;
      lapack->potrf("U", &order, matrix, &order, &failed, 1);
      // Of NaN its comparisons are silent.
      for (int64_t at = 0; failed == 0 && at < n; ++at)
        if (!(matrix[at * (n + 1)] > 0)) failed = static_cast<Blas::Int>(at + 1);
      info[i] = failed;
    } else {
      info[i] = plain_cholesky(matrix, n);
    }
    for (int64_t row = 0; row < n; ++row)
      std::fill(matrix + row * n + row + 1, matrix + (row + 1) * n, T(0));
  });
}

template <class T>
void solve_triangles(const Triangular& how, const T* a, T* b, int64_t n, int64_t k, int64_t count) {
  const Lapack<T>* lapack = lapack_for<T>(n);
  const double work = 1 + 0.5 * static_cast<double>(n) * static_cast<double>(n * k);
  Unlocked unlocked(work * static_cast<double>(count));
  for_each(count, work, !lapack, [&](int64_t i) {
    const T* matrix = a + i * n * n;
    T* x = b + i * n * k;
    if (!lapack) return plain_solve(how, matrix, x, n, k);
    constexpr int kLeft = 141, kUpper = 121, kLower = 122, kNonUnit = 131, kUnit = 132;
    const BlasCall call;
    lapack->trsm(Blas::kRowMajor, kLeft, how.upper ? kUpper : kLower,
                 how.transpose ? Blas::kTransposed : Blas::kPlain, how.unit ? kUnit : kNonUnit,
                 static_cast<Blas::Int>(n), static_cast<Blas::Int>(k), T(1), matrix,
                 static_cast<Blas::Int>(n), x, static_cast<Blas::Int>(k));
  });
}

#define PYAD_FLOATING(T)                                         \
  template void factor_cholesky(T*, int64_t, int64_t, int32_t*); \
  template void solve_triangles(const Triangular&, const T*, T*, int64_t, int64_t, int64_t);
PYAD_FLOATING(float)
PYAD_FLOATING(double)
#undef PYAD_FLOATING

}  // namespace pyad
