// Bodies, rules and checks of the normalisations.
#include "ops/normalization.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "core/host.hpp"
#include "kernels/layer.hpp"
#include "kernels/normalization.hpp"
#include "kernels/strided.hpp"
#include "ops/batching.hpp"
#include "ops/beside.hpp"
#include "ops/checks.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"
#include "ops/standardized.hpp"
#include "ops/view.hpp"

namespace pyad {

namespace {

NormLayout layout_of(const Tensor& x, int64_t groups) {
  int64_t inner = 1;
  for (int i = 2; i < x.dim(); ++i) inner *= x.size(i);
  return {x.size(0), x.size(1), inner, groups};
}

template <class F>
void visit_type(DType dtype, F&& f) {
  if (wide_index(dtype)) {
    f(double{});
  } else {
    f(float{});
  }
}

/// 1 / sqrt(variance + eps), on values.
Tensor reciprocal_deviation(const Tensor& variance, double eps) {
  Tensor r = empty(variance.sizes(), variance.dtype());
  visit_type(r.dtype(), [&]<class T>(T) {
    const T* v = variance.data<T>();
    T* to = r.data<T>();
    for (int64_t i = 0; i < r.numel(); ++i)
      to[i] = T(1) / static_cast<T>(std::sqrt(static_cast<double>(v[i] + static_cast<T>(eps))));
  });
  return r;
}

/// A coefficient of each channel, aligned with x.
Tensor along_channels(const Tensor& c, const Tensor& x) {
  Dims sizes = Dims::filled(x.dim(), 1);
  sizes[1] = x.size(1);
  return reshape(c, sizes);
}

Dims all_but_channels(const Tensor& x) {
  Dims d{0};
  for (int i = 2; i < x.dim(); ++i) d.push_back(i);
  return d;
}

Tensor affine(const Tensor& y, const Tensor& weight, const Tensor& bias) {
  Tensor out = weight.defined() ? y * along_channels(weight, y) : y;
  return bias.defined() ? out + along_channels(bias, y) : out;
}

}  // namespace

template <OpName NAME>
Tensors Normalize<NAME>::forward(const Attr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]);
  NormLayout l = layout_of(x, attr.groups);
  DType dtype = x.dtype();
  Tensor mean = empty({l.statistics()}, dtype), variance = empty({l.statistics()}, dtype);
  if (attr.constant) {
    copy_into(mean, in[3]);
    copy_into(variance, in[4]);
  } else {
    normalization_statistics(l, x, mean, variance);
  }
  Tensor rstd = reciprocal_deviation(variance, attr.eps), y = empty(x.sizes(), dtype);
  normalization_apply(l, {mean, variance, rstd, attr.eps, attr.constant}, x,
                      contiguous_or_none(in[1]), contiguous_or_none(in[2]), y);
  return {attr.groups == 0 ? dense_beside(in[0], y) : values_beside(in[0], y), mean, rstd,
          variance};
}

template <OpName NAME>
void Normalize<NAME>::pull(const Attr& attr, Rule& b) {
  if (!b.g().defined()) return;
  Tensor x = contiguous_values(b.in(0));
  NormLayout l = layout_of(x, attr.groups);
  auto result = [&](int i) { return b.needs(i) ? empty(b.sizes(i), x.dtype()) : Tensor(); };
  Tensor gx = result(0), gw = result(1), gb = result(2);
  const bool by_mean = attr.constant && b.needs(3), by_variance = attr.constant && b.needs(4);
  if (by_mean && !gb.defined()) gb = empty({l.channels}, x.dtype());
  if (by_variance && !gw.defined()) gw = empty({l.channels}, x.dtype());
  Tensor mean = b.out(1), rstd = b.out(2);
  normalization_pull(l, {mean, Tensor(), rstd, attr.eps, attr.constant}, contiguous_values(b.g()),
                     x, contiguous_or_none(b.in(1)), gx, gw, gb);
  if (gx.defined()) b.give(0, gx);
  if (b.needs(1)) b.give(1, gw);
  if (b.needs(2)) b.give(2, gb);
  if (!by_mean && !by_variance) return;
  // What moves y by a mean or a deviation is what a bias or a weight does, seen from x.
  const Tensor slope = b.in(1).defined() ? rstd * b.in(1) : rstd;
  if (by_mean) b.give(3, -(slope * gb));
  if (by_variance) b.give(4, slope * rstd * gw * -0.5);
}

template <OpName NAME>
Tensors Normalize<NAME>::compose(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  Tensor y;
  if (attr.constant) {
    y = (x - along_channels(in[3], x)) * rsqrt(along_channels(in[4], x) + attr.eps);
  } else if (attr.groups == 0) {
    y = standardized(x, all_but_channels(x), attr.eps);
  } else {
    Tensor rows = reshape(x, {x.size(0), attr.groups, layout_of(x, attr.groups).each()});
    y = reshape(standardized(rows, {2}, attr.eps), x.sizes());
  }
  return {affine(y, in[1], in[2]), Tensor(), Tensor(), Tensor()};
}

/// Where no statistic is of all in an example, examples are more of the outer dim.
template <OpName NAME>
Tensors Normalize<NAME>::batch(const Attr& attr, const Examples& in) {
  if (attr.groups == 0 && !attr.constant) return {};
  for (int i = 1; i < 5; ++i)
    if (in.batched(i)) return {};
  const Tensor all[] = {in.merged(0), in[1], in[2], in[3], in[4]};
  return {in.split(call_many<Normalize>(attr, all)[0]), Tensor(), Tensor(), Tensor()};
}

template struct Normalize<"native_batch_norm">;
template struct Normalize<"native_group_norm">;

namespace {

struct Rows {
  int64_t rows = 1, n = 1;
  Rows(const Tensor& x, int dims) {
    for (int i = 0; i < x.dim(); ++i) (i < x.dim() - dims ? rows : n) *= x.size(i);
  }
};

}  // namespace

Tensors RmsNorm::forward(const Attr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]);
  Rows r(x, attr.dims);
  Tensor y = empty(x.sizes(), x.dtype()), rrms = empty({r.rows}, x.dtype());
  rms_norm_rows(x, r.rows, r.n, contiguous_or_none(in[1]), attr.eps, y, rrms);
  return {values_beside(in[0], y), rrms};
}

void RmsNorm::pull(const Attr& attr, Rule& b) {
  if (!b.g().defined()) return;
  Tensor g = contiguous_values(b.g()), x = contiguous_values(b.in(0)), rrms = b.out(1);
  Rows r(x, attr.dims);
  if (b.needs(0)) {
    Tensor gx = empty(x.sizes(), x.dtype());
    rms_norm_rows_pull(g, x, rrms, contiguous_or_none(b.in(1)), r.rows, r.n, attr.eps, gx);
    b.give(0, gx);
  }
  if (b.needs(1)) {  // as layer normalisation's, with rows of mean 0
    Tensor gw = empty(b.sizes(1), x.dtype()), none;
    layer_norm_rows_pull({x, r.rows, r.n, none, attr.eps, false}, g, zeros({r.rows}, x.dtype()),
                         rrms, none, gw, none);
    b.give(1, gw);
  }
}

Tensors RmsNorm::compose(const Attr& attr, Inputs in) {
  Dims dims;
  for (int i = 0; i < attr.dims; ++i) dims.push_back(i - attr.dims);
  Tensor y = standardized(in[0], dims, attr.eps, false);
  return {in[1].defined() ? y * in[1] : y, Tensor()};
}

Tensors RmsNorm::batch(const Attr& attr, const Examples& in) {
  const Tensor x = in.front(0);
  const Tensor plain[] = {x, in.batched(1) ? Tensor() : in[1]};
  Tensor y = call_many<RmsNorm>(attr, plain)[0];
  return {in.batched(1) ? y * in.beside(1, x.dim()) : y, Tensor()};
}

// ---- calls

namespace {

void check_input(const char* op, const Tensor& x) {
  need_floating(op, x);
  if (x.dim() < 2)
    fail(ErrorKind::kShape, op, ": expects an input (batch, channels, ...), got shape ", x.sizes());
}

void check_channels(const char* op, const char* name, const Tensor& t, const Tensor& x) {
  if (!t.defined()) return;
  if (t.dim() != 1 || t.size(0) != x.size(1)) {
    fail(ErrorKind::kShape, op, ": ", name, " must have one element for each of the ", x.size(1),
         " channels of the input ", x.sizes(), ", got shape ", t.sizes());
  }
  if (t.dtype() != x.dtype()) {
    fail(ErrorKind::kType, op, ": ", name, " must have the input's dtype ", x.dtype(), ", got ",
         t.dtype(), "; convert it with .to(", x.dtype(), ")");
  }
}

void check_running(const char* op, const RunningStatistics& running, const Tensor& x, bool needed) {
  if (running.mean.defined() != running.variance.defined()) {
    fail(ErrorKind::kValue, op, ": running_mean and running_var come together, but only ",
         running.mean.defined() ? "running_mean" : "running_var", " was given");
  }
  if (needed && !running.mean.defined()) {
    fail(ErrorKind::kValue, op,
         ": Expected running_mean and running_var to be defined when the statistics of the input "
         "do not count");
  }
  check_channels(op, "running_mean", running.mean, x);
  check_channels(op, "running_var", running.variance, x);
  for (const Tensor* t : {&running.mean, &running.variance}) {
    if (t->defined() && t->requires_grad() && !needed)
      fail(ErrorKind::kRuntime, op, ": running statistics must not require gradients");
  }
}

/// running += momentum (value - running), values only; `value` is averaged over `repeats` runs of
/// channels and multiplied by `scale`. Input 0 is `running`, input 1 `value`.
struct MoveRunning : Plain<"running_statistics", 2> {
  static constexpr unsigned writes = 1;
  struct Attr {
    const char* op = nullptr;  // that moves them
    int64_t repeats = 1;
    double scale = 1, momentum = 0;
  };
  static Tensor forward(const Attr& attr, Inputs in);
};

Tensor MoveRunning::forward(const Attr& attr, Inputs in) {
  const Tensor &running = in[0], &value = in[1];
  running.impl()->storage->prepare_write(attr.op);
  Tensor work = contiguous_values(running);
  visit_type(running.dtype(), [&]<class T>(T) {
    T* r = work.data<T>();
    const T* v = value.data<T>();
    int64_t n = running.numel();
    for (int64_t c = 0; c < n; ++c) {
      T sum = 0;
      for (int64_t k = 0; k < attr.repeats; ++k) sum += v[k * n + c];
      const T share = static_cast<T>(attr.scale / static_cast<double>(attr.repeats));
      if (std::isfinite(sum)) [[likely]] {
        sum *= share;
      } else {  // of numbers whose sum overflows
        sum = 0;
        for (int64_t k = 0; k < attr.repeats; ++k) sum += v[k * n + c] * share;
      }
      r[c] = static_cast<T>(attr.momentum) * sum + (T(1) - static_cast<T>(attr.momentum)) * r[c];
    }
  });
  if (!work.is(running)) copy_into(running, work);
  return running;
}

/// Raises where examples would move statistics that are the same for all.
void check_batches(const char* op, const RunningStatistics& running, Inputs in) {
  if (mode.batch_levels == 0 || !running.mean.defined()) return;
  const Tensor both[] = {running.mean, running.variance};
  for (const Level& l : open_levels()) {
    if (!l.batch) continue;
    auto batched = [&](const Tensor& t) { return examples_of(t, l.number).defined(); };
    const bool any = std::any_of(in.begin(), in.end(), batched);
    if ((any || batched(both[0]) || batched(both[1])) && !(batched(both[0]) && batched(both[1]))) {
      fail(ErrorKind::kRuntime, "vmap: ", op,
           ": the input is batched, but running_mean or running_var, which move in place, are the "
           "same for all examples; give every example its own (stack_module_state), leave them out "
           "(track_running_stats=False), or call the layer in eval mode");
    }
  }
}

/// Statistics of examples, whose expression keeps none: means, and variances of the population.
std::pair<Tensor, Tensor> statistics_of(const Tensor& x, bool by_instance) {
  Dims dims = all_but_channels(x);
  if (!by_instance) return {mean(x, dims), var(x, dims, 0)};
  dims = {};
  for (int i = 2; i < x.dim(); ++i) dims.push_back(i);
  return {mean(mean(x, dims), {0}), mean(var(x, dims, 0), {0})};
}

/// Example by example, where they are of a batch.
void move_all(const char* op, const Tensor& running, const Tensor& value, int64_t repeats,
              double scale, double momentum) {
  const Tensor both[] = {running, value};
  const int level = batch_level_of(both);
  if (level < 0) {
    run_plain<MoveRunning>({op, repeats, scale, momentum}, both);
    return;
  }
  const Tensor own = examples_of(running, level), values = spread_examples(value, level);
  for (int64_t e = 0; e < own.size(0); ++e)
    move_all(op, select(own, 0, e), select(values, 0, e), repeats, scale, momentum);
}

void update_running(const char* op, const RunningStatistics& running, const Tensor& x,
                    const Tensors& out, const NormLayout& l, double momentum) {
  if (!running.mean.defined()) return;
  int64_t repeats = l.groups == 0 ? 1 : l.outer;
  auto each = static_cast<double>(l.each());
  GradModeGuard off(false);
  Tensor mean = out[1], variance = out[3];
  if (!mean.defined()) {
    std::tie(mean, variance) = statistics_of(x, l.groups != 0);
    repeats = 1;
  }
  move_all(op, running.mean, mean, repeats, 1.0, momentum);
  move_all(op, running.variance, variance, repeats, each / (each - 1), momentum);
}

void check_several(const char* op, const char* what, int64_t each, const Tensor& x) {
  if (each == 1) {
    fail(ErrorKind::kValue, op, ": Expected more than 1 ", what, " when training, got input size ",
         x.sizes());
  }
}

}  // namespace

Tensor batch_norm(const Tensor& x, const RunningStatistics& running, const Tensor& weight,
                  const Tensor& bias, bool training, double momentum, double eps) {
  const char* op = "batch_norm";
  check_input(op, x);
  check_running(op, running, x, !training);
  check_channels(op, "weight", weight, x);
  check_channels(op, "bias", bias, x);
  NormLayout l = layout_of(x, 0);
  if (training) check_several(op, "value per channel", l.each(), x);
  if (training) check_batches(op, running, {&x, 1});
  const Tensor in[] = {x, weight, bias, training ? Tensor() : running.mean,
                       training ? Tensor() : running.variance};
  Tensors out = call_many<BatchNorm>({0, eps, !training}, in);
  if (training && l.each() > 0) update_running(op, running, x, out, l, momentum);
  return std::move(out[0]);
}

Tensor instance_norm(const Tensor& x, const RunningStatistics& running, const Tensor& weight,
                     const Tensor& bias, bool use_input_stats, double momentum, double eps) {
  const char* op = "instance_norm";
  check_input(op, x);
  check_channels(op, "weight", weight, x);
  check_channels(op, "bias", bias, x);
  check_running(op, running, x, !use_input_stats);
  if (!use_input_stats) {
    const Tensor in[] = {contiguous(x), weight, bias, running.mean, running.variance};
    return std::move(call_many<BatchNorm>({0, eps, true}, in)[0]);
  }
  NormLayout l = layout_of(x, x.size(1));
  if (x.size(1) > 0) check_several(op, "spatial element", l.each(), x);
  check_batches(op, running, {&x, 1});
  const Tensor in[] = {contiguous(x), weight, bias, Tensor(), Tensor()};
  Tensors out = call_many<GroupNorm>({x.size(1), eps, false}, in);
  if (x.numel() > 0) update_running(op, running, x, out, l, momentum);
  return std::move(out[0]);
}

Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight, const Tensor& bias,
                  double eps) {
  const char* op = "group_norm";
  check_input(op, x);
  if (groups < 1 || x.size(1) % groups != 0) {
    fail(ErrorKind::kRuntime, op,
         ": Expected number of channels in input to be divisible by num_groups, but got input of "
         "shape ",
         x.sizes(), " and num_groups=", groups);
  }
  check_channels(op, "weight", weight, x);
  check_channels(op, "bias", bias, x);
  // As PyTorch counts: over all instances, so that one instance alone is refused.
  check_several(op, "value per channel",
                x.size(0) * (x.size(1) / groups) * layout_of(x, groups).inner, x);
  const Tensor in[] = {x, weight, bias, Tensor(), Tensor()};
  return std::move(call_many<GroupNorm>({groups, eps, false}, in)[0]);
}

Tensor rms_norm(const Tensor& x, const Dims& shape, const Tensor& weight, double eps) {
  need_normalized_shape("rms_norm", x, shape, weight, Tensor());
  const Tensor in[] = {x, weight};
  return std::move(call_many<RmsNorm>({shape.size(), eps}, in)[0]);
}

Tensor local_response_norm(const Tensor& x, int64_t size, double alpha, double beta, double k) {
  const char* op = "local_response_norm";
  need_floating(op, x);
  if (x.dim() < 3) {
    fail(ErrorKind::kValue, op, ": Expected 3D or higher dimensionality input (got ", x.dim(),
         " dimensions)");
  }
  if (size < 1) fail(ErrorKind::kValue, op, ": size must be positive, got ", size);
  if (x.numel() == 0) return x;
  // The mean of squares over `size` neighbouring channels, zeros beyond the ends counted: a
  // difference of two running sums would cancel, so the slices are added.
  Tensor squares = square(x), total;
  int64_t channels = x.size(1);
  for (int64_t offset = -(size / 2); offset < size - size / 2; ++offset) {
    int64_t begin = std::max<int64_t>(0, offset), end = std::min(channels, channels + offset);
    if (begin >= end) continue;
    poll_interrupt();
    Dims counts = Dims::filled(2 * (x.dim() - 1), 0);
    counts[2 * (x.dim() - 2)] = std::max<int64_t>(0, -offset);
    counts[2 * (x.dim() - 2) + 1] = std::max<int64_t>(0, offset);
    Tensor part = pad(narrow(squares, 1, begin, end - begin), counts);
    total = total.defined() ? total + part : part;
  }
  return x / pow(total * (alpha / static_cast<double>(size)) + k, beta);
}

}  // namespace pyad
