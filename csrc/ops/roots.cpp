// See roots.hpp.
//
// Note [Roots of sums that overflow]
// A sum of squares (or other powers) may overflow or lose its digits below the normal numbers where
// the root of it is an ordinary number. Roots that may have suffered are found among the results,
// which costs one look at each; those are computed again, in double and relative to the largest
// element, on a path that no other result takes.
#include "ops/roots.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <unordered_set>

#include "graph/sweep.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kFlat = 0.25;  // orders below this multiply roundings
}  // namespace

bool any_equal(const Tensor& y_any, double v) {
  const Tensor& all = peek(y_any);
  const Tensor y = y_any.is_batched() ? contiguous_values(detach(all)) : y_any;
  return visit_floating("reduce", y.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* p = y.data<T>();
    return std::find(p, p + y.numel(), static_cast<T>(v)) != p + y.numel();
  });
}

bool all_finite(const Tensor& y_any) {
  const Tensor& y = peek(y_any);
  const Tensor plain = contiguous_values(detach(y));
  return visit_floating("reduce", y.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* p = plain.data<T>();
    return std::all_of(p, p + plain.numel(), [](T v) { return std::isfinite(v); });
  });
}

namespace {

/// The norm of an order below 1, whose root is a power so high that it shows every rounding: each
/// power of a ratio is 1 and a rest, and so is their mean. `extreme` is the largest element, or the
/// smallest for p < 0.
double flat_norm_of(const std::vector<double>& line, double p, double extreme) {
  double count = 0, rest = 0;
  for (double v : line) {
    v = std::fabs(v);
    if (v == 0 || std::isinf(v)) continue;  // whose power is 0
    const double ratio = v / extreme;
    const double log = std::isnormal(ratio) ? std::log(ratio) : std::log(v) - std::log(extreme);
    count += 1;
    rest += std::expm1(p * log);
  }
  const double power = (std::log(count) + std::log1p(rest / count)) / p / std::numbers::ln2;
  if (std::fabs(power) > 4096) return power > 0 ? kInf : 0;
  const double whole = std::round(power);
  int scale = 0;
  const double mantissa = std::frexp(extreme, &scale);
  return std::scalbn(mantissa * std::exp2(power - whole), scale + static_cast<int>(whole));
}

}  // namespace

double norm_of(const std::vector<double>& line, double p) {
  double extreme = p > 0 ? 0 : kInf, total = 0;
  for (double v : line) {
    if (std::isnan(v)) return v;
    extreme = p > 0 ? std::fmax(extreme, std::fabs(v)) : std::fmin(extreme, std::fabs(v));
  }
  if (extreme == 0 || std::isinf(extreme)) return extreme;
  if (std::fabs(p) < 1) return flat_norm_of(line, p, extreme);
  if (p != 2) {  // by the extreme itself: any number but 1 has powers that are no numbers
    for (double v : line) total += std::pow(std::fabs(v) / extreme, p);
    return extreme * std::pow(total, 1 / p);
  }
  int scale = std::ilogb(extreme);
  for (double v : line) {
    double part = std::scalbn(v, -scale);
    total += part * part;
  }
  return std::scalbn(std::sqrt(total), scale);
}

double effective_order(double p, int64_t n, DType dtype) {
  if (p == 0 || std::isinf(p)) return p;
  const double eps = computed_in(dtype) == DType::kFloat32
                         ? static_cast<double>(std::numeric_limits<float>::epsilon())
                         : std::numeric_limits<double>::epsilon();
  // The slopes, too: what is smaller by a unit has the power of a ratio of 1 - eps.
  const double logs = 64 + std::log(static_cast<double>(std::max<int64_t>(n, 1)));
  return std::fabs(p) * (eps / 2) > logs ? std::copysign(kInf, p) : p;
}

double deviation_of(std::vector<double> line) {
  double size = 0, mean = 0;
  if (std::isfinite(line[0]) &&
      std::all_of(line.begin(), line.end(), [&](double v) { return v == line[0]; }))
    return 0;
  for (double v : line) {
    if (!std::isfinite(v)) return std::numeric_limits<double>::quiet_NaN();
    size = std::fmax(size, std::fabs(v));
  }
  if (size == 0) return 0;
  int scale = std::ilogb(size);
  double first = std::scalbn(line[0], -scale);
  for (double& v : line) mean += (v = std::scalbn(v, -scale) - first);
  mean /= static_cast<double>(line.size());
  for (double& v : line) v -= mean;
  return std::scalbn(norm_of(line, 2), scale);
}

namespace {
[[gnu::cold, gnu::noinline]] void mend_lines(
    const Tensor& y, const Tensor& x_any, const Dims& dims, const std::vector<int64_t>& places,
    const std::function<double(const std::vector<double>&)>& root) {
  // Kept dims first: a line is then a row of a matrix.
  Dims kept, order;
  for (int d = 0; d < x_any.dim(); ++d)
    if (!dims.contains(d)) order.push_back(d);
  for (int64_t d : dims) order.push_back(d);
  Layout layout{{}, {}, x_any.offset()};
  for (int64_t d : order) {
    layout.sizes.push_back(x_any.size(static_cast<int>(d)));
    layout.strides.push_back(x_any.stride(static_cast<int>(d)));
  }
  Tensor x = contiguous_values(alias(x_any, std::move(layout)));
  auto n = static_cast<size_t>(x.numel() / y.numel());
  visit_floating("reduce", y.dtype(), [&]<class T>(std::type_identity<T>) {
    std::vector<double> line(n);
    for (int64_t i : places) {
      const T* p = x.data<T>() + i * static_cast<int64_t>(n);
      line.assign(p, p + n);
      y.data<T>()[i] = static_cast<T>(root(line));
    }
  });
}

}  // namespace

void mend_roots(const Tensor& y, const Tensor& x, const Dims& dims,
                const std::function<double(const std::vector<double>&)>& root, double order) {
  std::vector<int64_t> places;
  visit_floating("reduce", y.dtype(), [&]<class T>(std::type_identity<T>) {
    // The powers of these are in the range, those of the first well above the least normal number.
    T low = std::sqrt(std::numeric_limits<T>::min()) / std::numeric_limits<T>::epsilon();
    T high = std::numeric_limits<T>::max();
    if (order != 2) {
      const double least = static_cast<double>(std::numeric_limits<T>::min()) /
                           static_cast<double>(std::numeric_limits<T>::epsilon());
      const auto end = static_cast<T>(std::pow(least, 1 / order));
      low = order > 0 ? end : std::numeric_limits<T>::min();
      if (order < 0) high = std::min(high, end);
      if (std::fabs(order) < kFlat) high = -1;  // all
    }
    const T* p = y.data<T>();
    for (int64_t i = 0; i < y.numel(); ++i)
      if (!(p[i] >= low && p[i] <= high)) [[unlikely]]
        if (!std::isnan(p[i])) places.push_back(i);
  });
  if (!places.empty()) [[unlikely]]
    mend_lines(y, x, dims, places, root);
}

// Note [Idle roots]
// A second derivative at a root of 0 is NaN, but for cotangents that are 0 because nothing depends
// on the root (a row behind a mask, a bound that took over): then it is 0. Such a cotangent is a
// constant, or has the gradient 0 for all that x is made of: what vanishes twice outweighs the one
// power of the root below it. That is asked of a sweep, and only where a cotangent and its root
// both are 0. A root of 0 with a cotangent on the way of that sweep, which hides its slope,
// reports to the probe.

namespace {

struct Probe {
  bool met = false;
};
thread_local Probe* t_probe = nullptr;

/// The leaves that `x` is computed from.
Tensors leaves_of(const Tensor& x) {
  Tensors leaves;
  std::unordered_set<const Node*> seen;
  std::vector<Node*> open;
  Edge first = gradient_edge(x);
  auto visit = [&](Node* node) {
    if (node && seen.insert(node).second) open.push_back(node);
  };
  visit(first.node.get());
  while (!open.empty()) {
    Node* node = open.back();
    open.pop_back();
    if (node->is_accumulator()) leaves.push_back(static_cast<Accumulate*>(node)->leaf());
    for (int i = 0; i < node->n_inputs(); ++i) visit(node->inputs()[i].edge.node.get());
  }
  return leaves;
}

/// Numbers of which no sum of some cancels.
struct Irregular : Plain<"irregular", 0> {
  struct Attr {
    Dims sizes;
    DType dtype = DType::kFloat32;
  };
  static Tensor forward(const Attr& attr, Inputs) {
    Tensor y = empty(attr.sizes, attr.dtype);
    visit_floating("norm", attr.dtype, [&]<class T>(std::type_identity<T>) {
      T* w = y.data<T>();
      for (int64_t i = 0; i < y.numel(); ++i)
        w[i] = static_cast<T>(1 + std::fmod(static_cast<double>(i + 1) * 0.6180339887498949, 1.0));
    });
    return y;
  }
};

/// Whether elements of `g` that are `idle` change to first order with what `x` is made of.
bool changes(const Tensor& g, const Tensor& idle, const Tensor& x) {
  Probe probe;
  struct Back {
    ~Back() { t_probe = nullptr; }
  } back;
  t_probe = &probe;
  GradModeGuard off(false);
  Tensor weights = run_plain<Irregular>({idle.sizes(), g.dtype()}, {});
  Tensor seed = where(idle, weights, 0.0);
  seed = sum_to(expand(seed, broadcast_sizes("norm", g.sizes(), seed.sizes())), g.sizes());
  const Tensor roots[] = {all_examples(g)}, seeds[] = {all_examples(seed)};  // of all examples
  Tensors leaves = leaves_of(x);
  const SweepOptions options{.retain_graph = true, .unseen = true};
  for (const Tensor& slope : gradients(roots, seeds, leaves, options, true))
    if (slope.defined() && any_true(ne(slope, 0))) return true;
  return probe.met;
}

}  // namespace

namespace {

/// Whether tangents hang on `x`.
bool has_tangents(const Tensor& x) {
  if (mode.dual_levels == 0) return false;
  x.catch_up();
  return x.impl()->extra && !x.impl()->extra->tangents.empty();
}

/// `tangent` with a corner of its root `r` where `at`. The root without its own tangents of outer
/// levels: what they move is told by the terms of the tangent.
Tensor with_corners(const Tensor& tangent, const Tensor& r, const Tensor& at) {
  if (!mode.grad || !r.requires_grad()) return tangent;
  static const ElementwiseInfo& op = *find_elementwise("corner");
  Tensor bare = alias(r, r.layout());
  set_history(bare, node_of(r), static_cast<int>(r.impl()->out_nr));
  const Operand in[] = {bare};
  return tangent + where(at, elementwise(op, in), 0.0);
}

}  // namespace

Tensor RootTangent::half_square() const {
  Tensor sum;
  for (int i = 0; i < 2; ++i) {
    if (!x[i].defined()) continue;
    Tensor part = t[i].defined() ? x[i] * t[i] : x[i];
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

Tensor for_own_rule(const Tensor& r) {
  if (!has_tangents(r)) return r;
  Tensor own = alias(r, r.layout());
  if (Node* node = node_of(r)) set_history(own, node, static_cast<int>(r.impl()->out_nr));
  for (Tangent t : r.impl()->extra->tangents) {
    auto* told = static_cast<RootTangent*>(t.root.get());
    if (told && told->for_rule.defined()) t.value = told->for_rule;
    own.extra().tangents.push_back(std::move(t));
  }
  return own;
}

bool is_constant(const Tensor& x) { return !(mode.grad && x.requires_grad()) && !has_tangents(x); }
bool is_followed(const Tensor& x) { return mode.dual_levels > 1 || !is_constant(x); }

Tensor moved(const Tensor& t, Tensor part) {
  if (!is_constant(t)) return part;
  return where(eq(detach(t), 0), 0.0, part);
}

RootTangents at_corners(const Tensor& r, const Tensor& tangent, const Tensor& moving,
                        bool constant) {
  Tensor zero = eq(detach(r), 0), at = logical_and(zero, moving);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return {with_corners(tangent, r, constant ? at : zero), where(at, nan, tangent)};
}

Tensor scaled_unit(const Tensor& g, const Tensor& x, const Tensor& r) {
  static const ElementwiseInfo& op = *find_elementwise("scaled_unit");
  const Operand in[] = {g, x, r};
  return elementwise(op, in);
}

Tensor divisor_for(const Tensor& g, const Tensor& r, const Tensor& x) {
  if (plain_values() && !t_probe) [[likely]]
    return r;
  Tensor idle;
  {
    GradModeGuard off(false);
    Tensor zero = eq(detach(r), 0), still = eq(detach(g), 0);
    if (t_probe) {
      t_probe->met = t_probe->met || any_true(logical_and(zero, logical_not(still)));
      return r;
    }
    if (has_tangents(g)) return r;
    idle = logical_and(zero, still);
    if (!any_true(idle)) return r;
  }
  if (g.requires_grad() && x.requires_grad() && changes(g, idle, x)) return r;
  return where(idle, 1.0, r);
}

Tensor RootSquare::forward(const NoAttr&, Inputs in) {
  GradModeGuard off(false);
  return square(detach(in[0]));
}
void RootSquare::vjp(const NoAttr&, Rule& b) { b.give(1, b.g() * 2.0); }
// Of a tangent that somebody put on the root itself: Note [Tangents of roots] has the others.
Tensor RootSquare::jvp(const NoAttr&, Tangents& t) { return t.t(0) * t.in(0) * 2.0; }

bool squares_first(const ElementwiseInfo& op, std::span<const Operand> in) {
  if (op.squares == Squares::kByTwo) return !in[1].tensor && in[1].number.as_double() == 2;
  return op.squares == Squares::kAlways || in[1].tensor;
}

bool is_root_square(const ElementwiseInfo& op, std::span<const Operand> in) {
  const Tensor* r = in[0].tensor;
  if (!r) return false;
  const Node* node = node_of(*r);
  if (!node || node->n_outputs() != 2 || r->impl()->out_nr != 0) [[likely]]
    return false;
  if (!squares_first(op, in)) return false;
  if (op.squares == Squares::kByItself &&
      (node_of(*in[1].tensor) != node || in[1].tensor->impl()->out_nr != 0))
    return false;
  return node->has_square();
}

Tensor root_square(const Tensor& r) {
  Tensor other = alias(r, {r.sizes(), r.strides(), r.offset()});
  set_history(other, node_of(r), 1);
  return call<RootSquare>({}, r, other);
}

}  // namespace pyad
