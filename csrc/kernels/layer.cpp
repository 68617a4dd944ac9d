// Deals rows to threads. Sums over rows are taken in groups of a fixed size, whatever the number of
// threads.
#include "kernels/layer.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/host.hpp"
#include "kernels/layer_kernels.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

namespace {

constexpr int64_t kGrain = 1 << 14;  // elements worth a thread
constexpr int64_t kRowGroup = 128;   // rows whose cotangents of weight and bias are added in one go

const LayerLoops& loops_of(DType dtype) {
  static const LayerKernels k = PYAD_SELECT_ISA(fill_layer, LayerKernels);
  return k.loops[wide_index(dtype)];
}

char* bytes_or_null(const Tensor& x) { return x.defined() ? x.bytes() : nullptr; }

template <class T>
void add_rows(const char* from, int64_t count, int64_t step, int64_t n, char* to) {
  T* out = reinterpret_cast<T*>(to);
  std::memcpy(out, from, static_cast<size_t>(n) * sizeof(T));
  for (int64_t k = 1; k < count; ++k) {
    const T* p = reinterpret_cast<const T*>(from + k * step);
    for (int64_t i = 0; i < n; ++i) out[i] += p[i];
  }
}

}  // namespace

void layer_norm_rows(const NormRows& r, const Tensor& bias, const Tensor& y, const Tensor& mean,
                     const Tensor& rstd) {
  if (r.rows == 0 || r.n == 0) return;
  const LayerLoops& loops = loops_of(r.x.dtype());
  auto item = static_cast<int64_t>(item_size(r.x.dtype()));
  const char *x = r.x.bytes(), *w = bytes_or_null(r.weight), *b = bytes_or_null(bias);
  char *to = y.bytes(), *m = mean.bytes(), *s = rstd.bytes();
  Unlocked unlocked(static_cast<double>(r.x.numel()));
  parallel_for(r.rows, kGrain / r.n + 1, [&](int64_t begin, int64_t end) {
    int64_t at = begin * r.n * item;
    loops.norm(x + at, end - begin, r.n, w, b, r.eps, to + at, m + begin * item, s + begin * item);
  });
}

void layer_norm_rows_pull(const NormRows& r, const Tensor& g, const Tensor& mean,
                          const Tensor& rstd, const Tensor& gx, const Tensor& gw,
                          const Tensor& gb) {
  const LayerLoops& loops = loops_of(r.x.dtype());
  auto item = static_cast<int64_t>(item_size(r.x.dtype()));
  int64_t row = r.n * item;
  const char *x = r.x.bytes(), *w = bytes_or_null(r.weight), *gy = g.bytes(), *m = mean.bytes(),
             *s = rstd.bytes();
  char *to = bytes_or_null(gx), *to_w = bytes_or_null(gw), *to_b = bytes_or_null(gb);
  for (char* sum : {to_w, to_b})
    if (sum && r.rows == 0) std::memset(sum, 0, static_cast<size_t>(row));
  if (r.rows == 0 || r.n == 0) return;
  int64_t groups = (r.rows + kRowGroup - 1) / kRowGroup;
  std::vector<char> parts(to_w || to_b ? static_cast<size_t>(groups > 1 ? 2 * groups * row : 0)
                                       : 0);
  Unlocked unlocked(static_cast<double>(r.x.numel()));
  if (to) {
    parallel_for(r.rows, kGrain / r.n + 1, [&](int64_t begin, int64_t end) {
      loops.norm_pull(gy + begin * row, x + begin * row, m + begin * item, s + begin * item, w,
                      end - begin, r.n, r.eps, to + begin * row);
    });
  }
  if (!to_w && !to_b) return;
  if (groups == 1) {
    return loops.norm_pull_affine(gy, x, m, s, r.rows, r.n, r.eps, r.centred, to_w, to_b);
  }
  parallel_for(groups, kGrain / (kRowGroup * r.n) + 1, [&](int64_t first, int64_t end) {
    for (int64_t k = first; k < end; ++k) {
      int64_t begin = k * kRowGroup, count = std::min(r.rows - begin, kRowGroup);
      char* part = parts.data() + 2 * k * row;
      loops.norm_pull_affine(gy + begin * row, x + begin * row, m + begin * item, s + begin * item,
                             count, r.n, r.eps, r.centred, to_w ? part : nullptr,
                             to_b ? part + row : nullptr);
    }
  });
  auto add = [&](int64_t offset, char* sum) {
    if (!sum) return;
    if (item == 4) {
      add_rows<float>(parts.data() + offset, groups, 2 * row, r.n, sum);
    } else {
      add_rows<double>(parts.data() + offset, groups, 2 * row, r.n, sum);
    }
  };
  add(0, to_w);
  add(row, to_b);
}

}  // namespace pyad
