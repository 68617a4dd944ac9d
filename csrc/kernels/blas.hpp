// OpenBLAS, found and loaded at first need: no link-time dependency, and none at import.
//
// The library serves matrix products too large for our own tiles; without it everything works, on
// our own kernels. Where it lies is the host's knowledge (bind looks into the Python package
// scipy-openblas32), so the host installs a finder.
#pragma once

#include <cstdint>
#include <string>

namespace pyad {

/// The part of CBLAS in use (32-bit integers).
struct Blas {
  using Int = int32_t;
  template <class T>
  using Gemm = void (*)(int order, int trans_a, int trans_b, Int m, Int n, Int k, T alpha,
                        const T* a, Int lda, const T* b, Int ldb, T beta, T* c, Int ldc);
  Gemm<float> sgemm = nullptr;
  Gemm<double> dgemm = nullptr;
  void (*set_num_threads)(int) = nullptr;
  static constexpr int kRowMajor = 101, kPlain = 111, kTransposed = 112;
};

/// Installs the function that says where the library is; it is called at most once, with the host's
/// lock held, and returns an empty string when there is none.
void set_blas_finder(std::string (*finder)());
/// Loads the library if that has not been tried; null without one, or when PYAD_BLAS=off in the
/// environment. Needs the host's lock.
const Blas* load_blas();
/// What `load_blas` found, without trying; may be called unlocked.
const Blas* blas_if_loaded();
/// Address of a function of the library (`scipy_` prefix included), or null. Needs the host's lock.
void* find_blas_symbol(const char* name);
/// The same; raises RuntimeError naming the package to install.
void* blas_symbol(const char* name);
/// Around each call of a function that computes: Note [Forks during a product] in blas.cpp.
class BlasCall {
 public:
  BlasCall();
  ~BlasCall();
  BlasCall(const BlasCall&) = delete;
  BlasCall& operator=(const BlasCall&) = delete;
};
/// Tells the library how many threads it may use, when that changed.
void sync_blas_threads();

}  // namespace pyad
