// Deals the matrices of an attention to threads.
#include "kernels/attention.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "core/host.hpp"
#include "kernels/attention_kernels.hpp"
#include "kernels/blas.hpp"
#include "kernels/gemm.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

namespace {

constexpr double kGrain = 1 << 18;      // multiply-adds worth a thread
constexpr double kLoadBlasAt = 1e8;     // multiply-adds of one product that may ask OpenBLAS
constexpr double kWorkPerElement = 24;  // multiply-adds in the unit of `Unlocked`

const AttentionLoops& loops_of(DType dtype) {
  static const AttentionKernels k = PYAD_SELECT_ISA(fill_attention, AttentionKernels);
  return k.loops[wide_index(dtype)];
}

/// The matrices of a tensor in its last two dims.
template <class T>
struct Matrices {
  T* data = nullptr;
  int64_t row = 0, col = 0;
  int dims = 0;
  const TensorImpl* impl = nullptr;

  explicit Matrices(const Tensor& x) {
    if (!x.defined()) return;
    data = reinterpret_cast<T*>(x.bytes());
    row = x.stride(-2);
    col = x.stride(-1);
    dims = x.dim() - 2;
    impl = x.impl();
  }
  T* at(int64_t i) const {
    int64_t offset = 0;
    for (int d = dims - 1; d >= 0; --d) {
      int64_t size = impl->sizes[d];
      offset += i % size * impl->strides[d];
      i /= size;
    }
    return data + offset;
  }
  MatrixView<T> view(int64_t i) const { return {at(i), row, col}; }
  explicit operator bool() const { return data != nullptr; }
};

struct Shape {
  int64_t count = 1, l, s, e, v;
  explicit Shape(const AttentionInputs& in)
      : l(in.query.size(-2)), s(in.key.size(-2)), e(in.query.size(-1)), v(in.value.size(-1)) {
    for (int d = 0; d < in.query.dim() - 2; ++d) count *= in.query.size(d);
  }
  double work() const {
    return static_cast<double>(l) * static_cast<double>(s) * static_cast<double>(e + v + 16);
  }
};

template <class F>
void for_matrices(const Shape& shape, double times, F&& f) {
  double each = shape.work() * times;
  if (each >= kLoadBlasAt) load_blas();
  Unlocked unlocked(each * static_cast<double>(shape.count) / kWorkPerElement);
  parallel_for(shape.count, static_cast<int64_t>(kGrain / (each + 1)) + 1, f);
}

template <class T>
void forward(const AttentionInputs& in, const Tensor& out, const Tensor& weights) {
  Shape n(in);
  Matrices<T> q(in.query), k(in.key), v(in.value), mask(in.mask), y(out), p(weights);
  const AttentionLoops& loops = loops_of(out.dtype());
  for_matrices(n, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      if (i > begin) poll_part();
      T* w = p.at(i);
      gemm<T>(n.l, n.s, n.e, static_cast<T>(in.scale), q.view(i), k.view(i).transposed(), T(0), w,
              n.s);
      loops.weigh({w, n.l, n.s}, {mask ? mask.at(i) : nullptr, mask.row, mask.col, in.causal});
      gemm<T>(n.l, n.v, n.s, T(1), {w, n.s, 1}, v.view(i), T(0), y.at(i), n.v);
    }
  });
}

template <class T>
void backward(const AttentionInputs& in, const Tensor& weights, const Tensor& cotangent,
              const AttentionCotangents& to) {
  Shape n(in);
  Matrices<T> q(in.query), k(in.key), v(in.value), p(weights), g(cotangent);
  Matrices<T> gq(to.query), gk(to.key), gv(to.value), gm(to.mask);
  const AttentionLoops& loops = loops_of(weights.dtype());
  T scale = static_cast<T>(in.scale);
  bool scores = gq || gk || gm;
  for_matrices(n, 2, [&](int64_t begin, int64_t end) {
    std::vector<T> own(gm || !scores ? 0 : static_cast<size_t>(n.l * n.s));
    for (int64_t i = begin; i < end; ++i) {
      if (i > begin) poll_part();
      MatrixView<T> w{p.at(i), n.s, 1};
      if (gv) gemm<T>(n.s, n.v, n.l, T(1), w.transposed(), g.view(i), T(0), gv.at(i), n.v);
      if (!scores) continue;
      T* s = gm ? gm.at(i) : own.data();
      gemm<T>(n.l, n.s, n.v, T(1), g.view(i), v.view(i).transposed(), T(0), s, n.s);
      loops.pull({s, n.l, n.s}, w.data);
      MatrixView<T> gs{s, n.s, 1};
      if (gq) gemm<T>(n.l, n.e, n.s, scale, gs, k.view(i), T(0), gq.at(i), n.e);
      if (gk) gemm<T>(n.s, n.e, n.l, scale, gs.transposed(), q.view(i), T(0), gk.at(i), n.e);
    }
  });
}

}  // namespace

void attention(const AttentionInputs& in, const Tensor& out, const Tensor& weights) {
  if (wide_index(out.dtype())) {
    forward<double>(in, out, weights);
  } else {
    forward<float>(in, out, weights);
  }
}

void attention_pull(const AttentionInputs& in, const Tensor& weights, const Tensor& g,
                    const AttentionCotangents& to) {
  if (wide_index(g.dtype())) {
    backward<double>(in, weights, g, to);
  } else {
    backward<float>(in, weights, g, to);
  }
}

}  // namespace pyad
