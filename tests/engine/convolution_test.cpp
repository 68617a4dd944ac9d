// The three maps of a convolution are one trilinear form: on small integers <u, conv(x, w)>,
// <x, transpose(u, w)> and <w, weight(u, x)> agree exactly, whatever the options and the layout
// chosen. Memory is of the exact size, so that a sanitizer sees what reads or writes beside it.
#include <cstdlib>
#include <random>

#include "check.hpp"
#include "kernels/convolution.hpp"
#include "kernels/parallel.hpp"

namespace pyad {
namespace {

using Random = std::mt19937;

int64_t draw(Random& random, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random() % static_cast<uint32_t>(high - low + 1));
}

Tensor integers(Random& random, int64_t n) {
  size_t bytes = static_cast<size_t>(n) * sizeof(float);
  auto* p = static_cast<float*>(std::malloc(bytes));
  for (int64_t i = 0; i < n; ++i) p[i] = static_cast<float>(draw(random, -8, 8));
  Ref<Storage> storage(new Storage(wrap_buffer(p, bytes, [](void* q) { std::free(q); }, p)));
  return make_tensor(std::move(storage), DType::kFloat32, {{n}, {1}, 0});
}

double inner(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.numel(); ++i)
    sum += static_cast<double>(a.data<float>()[i]) * static_cast<double>(b.data<float>()[i]);
  return sum;
}

/// False when the kernel does not fit into the padded input.
bool draw_shape(Random& random, ConvolutionShape& s) {
  int64_t rank = draw(random, 1, 3);
  s.batch = draw(random, 0, 5) == 0 ? 21 : draw(random, 1, 3);
  s.groups = draw(random, 1, 2);
  s.channels = draw(random, 1, 5);
  s.filters = draw(random, 1, 9);
  for (auto d = static_cast<int>(3 - rank); d < 3; ++d) {
    s.n[d] = draw(random, 1, rank == 1 ? 90 : rank == 2 ? 24 : 8);
    s.k[d] = draw(random, 1, 4);
    s.stride[d] = draw(random, 1, 3);
    s.dilation[d] = draw(random, 1, 3);
    s.pad[d] = draw(random, 0, 4);
    int64_t span = s.n[d] + 2 * s.pad[d] - s.dilation[d] * (s.k[d] - 1) - 1;
    if (span < 0) return false;
    s.o[d] = span / s.stride[d] + 1;
  }
  return true;
}

int64_t volume(const Three& v) { return v[0] * v[1] * v[2]; }

TEST(convolution_is_one_form) {
  Random random(1);
  int before = num_threads();
  for (int turn = 0; turn < 400; ++turn) {
    ConvolutionShape s;
    if (!draw_shape(random, s)) continue;
    set_num_threads(turn % 3 == 0 ? 2 : 1);
    Tensor x = integers(random, s.batch * s.groups * s.channels * volume(s.n));
    Tensor w = integers(random, s.groups * s.filters * s.channels * volume(s.k));
    Tensor u = integers(random, s.batch * s.groups * s.filters * volume(s.o));
    Tensor from_x = integers(random, u.numel()), from_u = integers(random, x.numel()),
           from_both = integers(random, w.numel());
    convolve(s, x, w, Tensor(), from_x);
    convolve_transposed(s, u, w, Tensor(), from_u);
    convolve_weight(s, u, x, from_both);
    double form = inner(u, from_x);
    CHECK(form == inner(x, from_u));
    CHECK(form == inner(w, from_both));
  }
  set_num_threads(before);
}

}  // namespace
}  // namespace pyad
