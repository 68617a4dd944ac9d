// Runs the plan of a correlation: blocks are dealt to threads, each with scratch memory of its own.
//
// A convolution is one correlation. Its transpose is one for each remainder of the stride: the
// results that are so many apart read the cotangent without steps, through the taps that meet them.
// Where an image meets the whole kernel once, all three are plain matrix products.
#include "kernels/convolution.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/host.hpp"
#include "kernels/blas.hpp"
#include "kernels/convolution_plan.hpp"
#include "kernels/gemm.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

namespace {

constexpr int64_t kVectorBytes = 64;           // of the widest instruction set, for estimates
constexpr double kWorthThreads = 2.5e6;        // multiply-adds from which on a second thread helps
constexpr double kWorthBlas = 3e8;             // as in gemm.cpp
constexpr double kElementsPerWork = 1.0 / 24;  // of a multiply-add, in the unit of `Unlocked`

const ConvolutionKernels& kernels() {
  static const ConvolutionKernels k = PYAD_SELECT_ISA(fill_convolution, ConvolutionKernels);
  return k;
}
template <class T>
const ConvolutionLoops<T>& loops_of() {
  if constexpr (std::is_same_v<T, float>) {
    return kernels().f32;
  } else {
    return kernels().f64;
  }
}

int64_t volume(const Three& v) { return v[0] * v[1] * v[2]; }
int64_t round_up(int64_t n) { return (n + 15) / 16 * 16; }

double work_of(const ConvolutionShape& s) {
  return static_cast<double>(s.batch) * static_cast<double>(s.groups * s.channels * s.filters) *
         static_cast<double>(volume(s.k)) * static_cast<double>(volume(s.o));
}

int64_t threads_for(double work) {
  return work < kWorthThreads
             ? 1
             : static_cast<int64_t>(std::min<double>(num_threads(), work / (kWorthThreads / 2)));
}

/// Memory for each of `parts` threads.
template <class T>
class Scratch {
 public:
  Scratch(int64_t parts, int64_t elements)
      : each_(round_up(elements)), memory_(empty({parts * each_}, dtype_of<T>())) {}
  T* of(int64_t part) const { return data_ + part * each_; }

 private:
  int64_t each_;
  Tensor memory_;
  T* data_ = memory_.data<T>();
};

/// Deals `items` evenly to `parts` threads, without the lock when the work is worth it: body(part,
/// begin, end).
template <class F>
void deal(double work, int64_t parts, int64_t items, F body) {
  Unlocked unlocked(work * kElementsPerWork);
  parallel_for(parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t p = first; p < last; ++p) body(p, p * items / parts, (p + 1) * items / parts);
  });
}

/// The weight of one correlation: where its elements lie, group after group.
template <class T>
struct Weight {
  const T* data;
  int64_t group;            // elements between groups
  int64_t row;              // and between channels of the result
  std::vector<int64_t> at;  // of each channel of the source and tap
};

/// y = correlation of x with w, in the places of one image's results.
template <class T>
void correlate(const Correlation& c, const Weight<T>& w, const T* x, const T* bias, T* y,
               const Place& place, double work) {
  int64_t threads = threads_for(work);
  const ConvolutionLoops<T>& loops = loops_of<T>();
  Plan plan(c, 0, threads, kVectorBytes / static_cast<int64_t>(sizeof(T)));
  int64_t blocks = plan.blocks(), items = blocks * c.groups;
  int64_t run = round_up(plan.max_columns()), size = place.volume();
  int64_t image = c.groups * c.rows * size;
  std::vector<Pair> pairs;
  pairs.reserve(w.at.size());
  for (size_t i = 0; i < w.at.size(); ++i) pairs.push_back({w.at[i], plan.offsets()[i]});
  int64_t parts = std::min(threads, items);
  Scratch<T> scratch(parts, round_up(plan.scratch()) + loops.max_rows * run);
  deal(work, parts, items, [&](int64_t part, int64_t begin, int64_t end) {
    T* copied = scratch.of(part);
    T* rows_of_y = copied + round_up(plan.scratch());
    bool zeroed = false;
    for (int64_t item = begin; item < end; ++item) {
      if (item > begin) poll_part();
      int64_t group = item / blocks;
      Block b = plan.block(item % blocks);
      BandCall<T> g{.rows = 0,
                    .n = plan.columns(b),
                    .k = static_cast<int64_t>(pairs.size()),
                    .a = w.data + group * w.group,
                    .a_row = w.row,
                    .b = plan.source(loops, x, b, group, copied, zeroed),
                    .pairs = pairs.data(),
                    .bias = bias ? bias + group * c.rows : nullptr,
                    .c = rows_of_y,
                    .c_row = run};
      T* to = y + b.image * image + group * c.rows * size;
      bool direct = plan.direct(b, place);
      if (direct) g.c_row = size;
      for (int64_t i = 0, bands = (c.rows + loops.max_rows - 1) / loops.max_rows; bands > 0;
           --bands) {
        g.rows = (c.rows - i + bands - 1) / bands;
        if (direct) g.c = to + plan.first(b, place);
        loops.band(g);
        if (!direct) {
          plan.each(b, place, image, [&](int64_t from, int64_t at, int64_t rows, int64_t count) {
            for (int64_t r = 0; r < g.rows; ++r) {
              loops.copy({rows, count, rows_of_y + r * run + from, plan.run_row(), 1,
                          to + r * size + at, place.size[2] * place.step[1], place.step[2]});
            }
          });
        }
        i += g.rows;
        g.a += g.rows * w.row;
        if (g.bias) g.bias += g.rows;
        to += g.rows * size;
      }
    }
  });
}

/// The taps of a convolution along one dim.
PlanAxis axis_of(const ConvolutionShape& s, int d) {
  PlanAxis a{s.n[d], s.o[d], s.stride[d], s.pad[d], {}};
  for (int64_t t = 0; t < s.k[d]; ++t) a.at.push_back(t * s.dilation[d]);
  return a;
}

Correlation correlation_of(const ConvolutionShape& s) {
  Correlation c;
  for (int d = 0; d < 3; ++d) c.axes[d] = axis_of(s, d);
  c.batch = s.batch;
  c.groups = s.groups;
  c.channels = s.channels;
  c.rows = s.filters;
  return c;
}

Place place_of(const Three& size) { return {{size[0], size[1], size[2]}}; }

/// Whether each image meets the whole kernel, once.
bool is_product(const ConvolutionShape& s) {
  bool whole = s.groups == 1;
  for (int d = 0; d < 3; ++d) {
    whole = whole && s.o[d] == 1 && s.pad[d] == 0 && s.k[d] == s.n[d] &&
            (s.dilation[d] == 1 || s.k[d] == 1);
  }
  return whole;
}

template <class T>
void fill_channels(T* to, int64_t count, int64_t channels, int64_t size, const T* bias) {
  for (int64_t i = 0; i < count; ++i)
    for (int64_t c = 0; c < channels; ++c, to += size) std::fill_n(to, size, bias ? bias[c] : T(0));
}

template <class T>
void convolve_typed(const ConvolutionShape& s, const T* x, const T* w, const T* bias, T* u) {
  int64_t depth = s.channels * volume(s.k);
  if (is_product(s)) {
    Unlocked unlocked(work_of(s) * kElementsPerWork);
    gemm<T>(s.batch, s.filters, depth, T(1), {x, depth, 1}, {w, 1, depth}, T(0), u, s.filters,
            bias);
    return;
  }
  Weight<T> weight{w, s.filters * depth, depth, {}};
  for (int64_t i = 0; i < depth; ++i) weight.at.push_back(i);
  correlate<T>(correlation_of(s), weight, x, bias, u, place_of(s.o), work_of(s));
}

/// One dim of the results of a transposed convolution that are `stride` apart.
struct Phase {
  PlanAxis axis;
  std::vector<int64_t> taps;
  int64_t first;  // of these results
};

/// Remainders of the stride that taps have.
std::vector<int64_t> remainders_of(const ConvolutionShape& s, int d) {
  std::vector<int64_t> all;
  for (int64_t t = 0; t < s.k[d]; ++t) all.push_back(t * s.dilation[d] % s.stride[d]);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

/// Results with x index + pad = r modulo the stride; false when there are none.
bool phase_of(const ConvolutionShape& s, int d, int64_t r, Phase& p) {
  int64_t stride = s.stride[d], pad = s.pad[d];
  int64_t t0 = pad <= r ? 0 : (pad - r + stride - 1) / stride;
  p.first = r + stride * t0 - pad;
  if (p.first >= s.n[d]) return false;
  p.axis.n = s.o[d];
  p.axis.out = (s.n[d] - 1 - p.first) / stride + 1;
  p.axis.step = 1;
  p.axis.at.clear();
  p.taps.clear();
  int64_t reach = 0;
  for (int64_t t = 0; t < s.k[d]; ++t) {
    if (t * s.dilation[d] % stride != r) continue;
    p.taps.push_back(t);
    p.axis.at.push_back(t * s.dilation[d] / stride);
    reach = p.axis.at.back();
  }
  for (int64_t& at : p.axis.at) at = reach - at;
  p.axis.pad = reach - t0;
  return true;
}

template <class T>
void transposed_typed(const ConvolutionShape& s, const T* u, const T* w, const T* bias, T* x) {
  int64_t size = volume(s.n), depth = s.channels * volume(s.k);
  bool product = is_product(s), gaps = false;
  std::vector<int64_t> remainders[3];
  for (int d = 0; d < 3; ++d) {
    remainders[d] = remainders_of(s, d);
    gaps = gaps || static_cast<int64_t>(remainders[d].size()) < s.stride[d];
  }
  if (gaps || (product && bias)) fill_channels(x, s.batch, s.groups * s.channels, size, bias);
  if (product) {
    Unlocked unlocked(work_of(s) * kElementsPerWork);
    gemm<T>(s.batch, depth, s.filters, T(1), {u, s.filters, 1}, {w, depth, 1}, T(bias ? 1 : 0), x,
            depth);
    return;
  }
  Phase p[3];
  double work = work_of(s) / static_cast<double>(volume(s.stride));
  for (int64_t i : remainders[0]) {
    if (!phase_of(s, 0, i, p[0])) continue;
    for (int64_t j : remainders[1]) {
      if (!phase_of(s, 1, j, p[1])) continue;
      for (int64_t k : remainders[2]) {
        if (!phase_of(s, 2, k, p[2])) continue;
        Correlation c;
        Place place = place_of(s.n);
        for (int d = 0; d < 3; ++d) {
          c.axes[d] = p[d].axis;
          place.first[d] = p[d].first;
          place.step[d] = s.stride[d];
        }
        c.batch = s.batch;
        c.groups = s.groups;
        c.channels = s.filters;
        c.rows = s.channels;
        Weight<T> weight{w, s.filters * depth, volume(s.k), {}};
        for (int64_t o = 0; o < s.filters; ++o)
          for (int64_t a : p[0].taps)
            for (int64_t b : p[1].taps)
              for (int64_t c : p[2].taps)
                weight.at.push_back(o * depth + (a * s.k[1] + b) * s.k[2] + c);
        correlate<T>(c, weight, u, bias, x, place, work);
      }
    }
  }
}

template <class T>
void weight_typed(const ConvolutionShape& s, const T* u, const T* x, T* w) {
  int64_t depth = s.channels * volume(s.k), total = s.groups * s.filters * depth;
  if (is_product(s)) {
    Unlocked unlocked(work_of(s) * kElementsPerWork);
    gemm<T>(s.filters, depth, s.batch, T(1), {u, 1, s.filters}, {x, depth, 1}, T(0), w, depth);
    return;
  }
  const ConvolutionLoops<T>& loops = loops_of<T>();
  int64_t threads = threads_for(work_of(s));
  Correlation c = correlation_of(s);
  Plan plan(c, s.filters, threads, kVectorBytes / static_cast<int64_t>(sizeof(T)));
  Place place = place_of(s.o);
  int64_t blocks = plan.blocks(), items = blocks * s.groups, size = volume(s.o);
  int64_t run = round_up(plan.max_columns());
  int64_t image = s.groups * s.filters * size;
  int64_t parts = std::min(threads, items), copied = round_up(plan.scratch());
  Scratch<T> scratch(parts, copied + s.filters * run);
  Scratch<T> sums(parts > 1 ? parts - 1 : 0, total);
  deal(work_of(s), parts, items, [&](int64_t part, int64_t begin, int64_t end) {
    T* out = part == 0 ? w : sums.of(part - 1);
    // The first block of the only group writes; of several groups some may have no block here.
    if (s.groups > 1) std::memset(out, 0, static_cast<size_t>(total) * sizeof(T));
    T* cotangent = scratch.of(part) + copied;
    // Gaps in the run of results meet values of x: they must be zero.
    std::memset(cotangent, 0, static_cast<size_t>(s.filters * run) * sizeof(T));
    bool zeroed = false;
    for (int64_t item = begin; item < end; ++item) {
      if (item > begin) poll_part();
      int64_t group = item / blocks;
      Block b = plan.block(item % blocks);
      const T* from = u + b.image * image + group * s.filters * size;
      DotsCall<T> d{.m = s.filters,
                    .taps = depth,
                    .n = plan.columns(b),
                    .g = cotangent,
                    .g_row = run,
                    .x = plan.source(loops, x, b, group, scratch.of(part), zeroed),
                    .offsets = plan.offsets().data(),
                    .out = out + group * s.filters * depth,
                    .out_row = depth,
                    .add = s.groups > 1 || item > begin};
      bool direct = plan.direct(b, place);
      if (direct) {
        d.g = from + plan.first(b, place);
        d.g_row = size;
      } else {
        plan.each(b, place, image, [&](int64_t to, int64_t at, int64_t rows, int64_t count) {
          for (int64_t o = 0; o < s.filters; ++o) {
            loops.copy({rows, count, from + o * size + at, s.o[2], 1, cotangent + o * run + to,
                        plan.run_row(), 1});
          }
        });
      }
      loops.dots(d);
    }
  });
  for (int64_t p = 0; p + 1 < parts; ++p) {
    const T* more = sums.of(p);
    for (int64_t i = 0; i < total; ++i) w[i] += more[i];
  }
}

template <class T>
const T* data_or_null(const Tensor& t) {
  return t.defined() ? t.data<T>() : nullptr;
}

}  // namespace

void convolve(const ConvolutionShape& s, const Tensor& x, const Tensor& w, const Tensor& bias,
              const Tensor& u) {
  if (u.numel() == 0) return;
  if (work_of(s) >= kWorthBlas) load_blas();
  visit_floating("convolution", x.dtype(), [&]<class T>(std::type_identity<T>) {
    convolve_typed<T>(s, x.data<T>(), w.data<T>(), data_or_null<T>(bias), u.data<T>());
  });
}

void convolve_transposed(const ConvolutionShape& s, const Tensor& u, const Tensor& w,
                         const Tensor& bias, const Tensor& x) {
  if (x.numel() == 0) return;
  if (work_of(s) >= kWorthBlas) load_blas();
  visit_floating("convolution", u.dtype(), [&]<class T>(std::type_identity<T>) {
    transposed_typed<T>(s, u.data<T>(), w.data<T>(), data_or_null<T>(bias), x.data<T>());
  });
}

void convolve_weight(const ConvolutionShape& s, const Tensor& u, const Tensor& x, const Tensor& w) {
  if (w.numel() == 0) return;
  if (u.numel() == 0) {
    std::memset(w.bytes(), 0, static_cast<size_t>(w.numel()) * item_size(w.dtype()));
    return;
  }
  if (work_of(s) >= kWorthBlas) load_blas();
  visit_floating("convolution", u.dtype(), [&]<class T>(std::type_identity<T>) {
    weight_typed<T>(s, u.data<T>(), x.data<T>(), w.data<T>());
  });
}

}  // namespace pyad
