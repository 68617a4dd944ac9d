// Random tensors: functions (rand, randn, randint, randperm, normal, bernoulli, multinomial ...).
// The numbers are those of kernels/random.hpp.
#include "bind/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/host.hpp"
#include "core/interrupt.hpp"
#include "kernels/sort.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/join.hpp"
#include "ops/view.hpp"

namespace pyad::bind {

void check_device(const char* op, const py::object& device) {
  if (device.is_none()) return;
  const std::string text = shown_text(py::str(device).ptr());
  if (text.rfind("cpu", 0) != 0)
    fail(ErrorKind::kRuntime, op, ": pyad computes on the CPU; there is no device '", text, "'");
}

void draw_uniform(const char* op, const Tensor& t, double low, double high, Generator& g) {
  visit_floating(op, t.dtype(), [&]<class T>(std::type_identity<T>) {
    fill_uniform(g, t.data<T>(), t.numel(), low, high);
  });
}
void draw_normal(const char* op, const Tensor& t, double mean, double deviation, bool blocks,
                 Generator& g) {
  visit_floating(op, t.dtype(), [&]<class T>(std::type_identity<T>) {
    fill_normal(g, t.data<T>(), t.numel(), mean, deviation, blocks);
  });
}
void check_deviation(const char* op, double deviation) {
  if (!(deviation >= 0)) fail(ErrorKind::kRuntime, op, ": expects std >= 0.0, got ", deviation);
}
void check_probability(const char* op, double p) {
  if (!(p >= 0 && p <= 1))
    fail(ErrorKind::kRuntime, op, ": expects p to be in [0, 1], but got p=", p);
}

void check_integers(const char* op, DType dtype, int64_t low, int64_t high) {
  if (!is_stored(dtype)) return;
  (void)Scalar(low).in(dtype, op, Door::kWrite);
  (void)Scalar(high - 1).in(dtype, op, Door::kWrite);
}

/// Beyond the integers that T holds one by one a draw is rounded; as in PyTorch, with a warning,
/// and from a range whose ends are moved in by the gap between numbers of T where the integer
/// beside them is rounded outwards. Sets `low`, returns the last.
template <std::floating_point T>
int64_t within(const char* op, DType dtype, int64_t* low, int64_t last) {
  constexpr int kDigits = std::numeric_limits<T>::digits;
  warn(cat(op, "(): the bounds ", *low, " and ", last, " lie outside of [-(2^", kDigits, "), 2^",
           kDigits, "], where ", dtype, " does not hold every integer: draws are rounded"));
  auto rounded = [](int64_t v) { return static_cast<__int128>(static_cast<T>(v)); };
  auto gap = [](int64_t v) {  // between the numbers of T about v
    const auto size = v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
    return __int128{1} << std::max(static_cast<int>(std::bit_width(size)) - kDigits, 0);
  };
  const __int128 first = rounded(*low + 1), end = rounded(last);
  __int128 from = *low, to = static_cast<__int128>(last) + 1;
  if (first < from) from = first + gap(*low + 1);
  if (end >= to) to = end - gap(last);
  if (from >= to) {
    fail(ErrorKind::kRange, op, ": between ", *low, " and ", last, " ", dtype,
         " holds no number that can be drawn; draw in int64");
  }
  *low = static_cast<int64_t>(from);
  return static_cast<int64_t>(to - 1);
}

void draw_integers(const char* op, const Tensor& t, int64_t low, std::optional<int64_t> high,
                   Generator& g) {
  visit_dtype(t.dtype(), [&]<class T>(std::type_identity<T>) {
    constexpr bool floating = std::is_floating_point_v<T>;
    // What the dtype holds exactly.
    constexpr int64_t kExact = int64_t{1} << (floating ? std::numeric_limits<T>::digits : 0);
    int64_t smallest, largest;
    if constexpr (floating) {
      smallest = -kExact, largest = kExact;
    } else {
      smallest = static_cast<int64_t>(std::numeric_limits<T>::lowest());
      largest = static_cast<int64_t>(std::numeric_limits<T>::max());
    }
    if (!high && low == std::numeric_limits<int64_t>::min() && (floating || smallest == low)) {
      fill_integers(g, t.data<T>(), t.numel(), 0, 0);
      return;
    }
    if (high && low >= *high) {
      fail(ErrorKind::kRuntime, op, ": expects 'from' to be less than 'to', but got from=", low,
           " >= to=", *high);
    }
    int64_t last = high ? *high - 1 : largest;
    if constexpr (floating) {
      if (!high && low >= largest) {
        fail(ErrorKind::kRuntime, op, ": expects 'from' to be less than ", largest,
             ", the end of what ", t.dtype(), " holds exactly, but got from=", low);
      }
      if (low < smallest || low > largest || last < smallest || last > largest)
        last = within<T>(op, t.dtype(), &low, last);
    } else if (low < smallest || low > largest || last > largest) {
      fail(ErrorKind::kRange, op, ": the bounds ", low, " and ", last, " do not fit into ",
           t.dtype());
    }
    fill_integers(g, t.data<T>(), t.numel(),
                  static_cast<uint64_t>(last) - static_cast<uint64_t>(low) + 1, low);
  });
}

void draw_exponential(const char* op, const Tensor& t, double rate, Generator& g) {
  visit_floating(op, t.dtype(), [&]<class T>(std::type_identity<T>) {
    fill_exponential(g, t.data<T>(), t.numel(), rate);
  });
}

void draw_bernoulli(const Tensor& t, double p, Generator& g) {
  Tensor ones = empty(t.sizes(), DType::kBool);
  fill_bernoulli(g, reinterpret_cast<uint8_t*>(ones.bytes()), t.numel(), p);
  copy_into(t, convert(ones, t.dtype()));
}

void draw_bernoulli(const char* op, const Tensor& t, const Tensor& p, Generator& g) {
  Tensor c = contiguous_values(p);
  Tensor ones = empty(t.sizes(), DType::kBool);
  visit_floating(op, p.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* values = c.data<T>();
    for (int64_t i = 0; i < c.numel(); ++i) {
      if (!(values[i] >= 0 && values[i] <= 1)) {
        fail(ErrorKind::kRuntime, op,
             ": expects probabilities in [0, 1], but got p_in=", static_cast<double>(values[i]));
      }
    }
    const Ref<Buffer> held = c.impl()->storage->buffer;  // a handler of Ctrl-C may write
    fill_bernoulli(g, reinterpret_cast<uint8_t*>(ones.bytes()), c.numel(), values);
  });
  copy_into(t, convert(ones, t.dtype()));
}

namespace {

/// `rand(2, 3)` and `rand((2, 3))`.
Dims sizes_from(const char* op, const py::args& args, const py::object& size) {
  Dims sizes;
  if (!size.is_none()) {
    if (args.size() != 0) fail(ErrorKind::kType, op, "() got multiple values for argument 'size'");
    sizes = as_dims(op, "size", size.ptr());
    checked_numel(op, sizes);
    return sizes;
  }
  if (args.size() == 1) {
    sizes = as_dims(op, "size", py::object(args[0]).ptr());
  } else {
    for (py::handle a : args) sizes.push_back(as_one_index(op, "size", a.ptr()));
  }
  checked_numel(op, sizes);
  return sizes;
}

DType dtype_or(const char* op, const py::object& dtype, DType otherwise) {
  return dtype.is_none() ? otherwise : dtype_from(op, dtype.ptr());
}

Tensor asking(const char* op, Tensor t, bool requires_grad) {
  if (requires_grad) {
    if (!is_floating(t.dtype()))
      fail(ErrorKind::kRuntime, op, ": only tensors of floating dtype can require gradients, got ",
           t.dtype());
    t.impl()->requires_grad = true;
  }
  return t;
}

/// normal(mean, std): tensors of one shape, numbers, or a mixture; with numbers a size must be
/// given.
Tensor normal(const py::object& mean, const py::object& deviation, const py::object& size,
              const OptionalGenerator& g, const py::object& dtype, bool requires_grad,
              const py::object& device) {
  const char* op = "normal";
  check_device(op, device);
  bool tensor_mean = is_tensor(mean.ptr()), tensor_deviation = is_tensor(deviation.ptr());
  if (!tensor_mean && !tensor_deviation) {
    if (size.is_none())
      fail(ErrorKind::kType,
           "normal: with numbers for mean and std a size is needed: normal(0.0, 1.0, (2, 3))");
    double d = read_double({op, "std"}, deviation.ptr());
    check_deviation(op, d);
    Dims sizes = as_dims(op, "size", size.ptr());
    checked_numel(op, sizes);
    const double m = read_double({op, "mean"}, mean.ptr());
    Tensor t = drawn(op, sizes, dtype_or(op, dtype, default_dtype()),
                     [&](const Tensor& u) { draw_normal(op, u, m, d, true, chosen(g)); });
    return asking(op, t, requires_grad);
  }
  // Operands refer to tensors, so those stand beside them.
  Tensor means = tensor_mean ? detach(tensor_of(mean.ptr())) : Tensor();
  Tensor deviations = tensor_deviation ? detach(tensor_of(deviation.ptr())) : Tensor();
  Operand m = tensor_mean ? Operand(means) : Operand(Scalar(read_double({op, "mean"}, mean.ptr())));
  Operand d = tensor_deviation ? Operand(deviations)
                               : Operand(Scalar(read_double({op, "std"}, deviation.ptr())));
  if (!tensor_deviation) check_deviation(op, read_double({op, "std"}, deviation.ptr()));
  Dims sizes = !tensor_mean        ? deviations.sizes()
               : !tensor_deviation ? means.sizes()
                                   : broadcast_sizes(op, means.sizes(), deviations.sizes());
  DType t = tensor_mean ? means.dtype() : deviations.dtype();
  if (tensor_deviation) {
    Tensor values = contiguous_values(convert(peek(deviations), DType::kFloat64));
    for (int64_t i = 0; i < values.numel(); ++i) check_deviation(op, values.data<double>()[i]);
  }
  Tensor noise =
      drawn(op, sizes, t, [&](const Tensor& u) { draw_normal(op, u, 0, 1, true, chosen(g)); });
  return asking(op, add(mul(noise, d), m), requires_grad);
}

/// A tensor shaped as `x` and filled by `draw`; it keeps the layout of `x` unless `format` says
/// otherwise.
template <class F>
Tensor drawn_as(const char* op, const Tensor& x, DType dtype, const py::object& format, F&& draw) {
  return keeps_layout(format.ptr()) ? drawn_like(op, x, dtype, draw)
                                    : drawn(op, x.sizes(), dtype, draw);
}

Tensor rand_like(const Tensor& x, const OptionalGenerator& g, const py::object& dtype,
                 bool requires_grad, const py::object& device, const py::object& format) {
  const char* op = "rand_like";
  check_device(op, device);
  Tensor t = drawn_as(op, x, dtype_or(op, dtype, x.dtype()), format,
                      [&](const Tensor& u) { draw_uniform(op, u, 0, 1, chosen(g)); });
  return asking(op, t, requires_grad);
}
Tensor randn_like(const Tensor& x, const OptionalGenerator& g, const py::object& dtype,
                  bool requires_grad, const py::object& device, const py::object& format) {
  const char* op = "randn_like";
  check_device(op, device);
  // Blocks of 16 are for results whose memory runs in the order of the dims.
  bool blocks = x.is_contiguous() || !keeps_layout(format.ptr());
  if (!blocks) {
    Dims order = memory_order(x), wide;
    for (int64_t d : order)
      if (x.size(static_cast<int>(d)) != 1) wide.push_back(d);
    blocks = std::is_sorted(wide.begin(), wide.end());
  }
  Tensor t = drawn_as(op, x, dtype_or(op, dtype, x.dtype()), format,
                      [&](const Tensor& u) { draw_normal(op, u, 0, 1, blocks, chosen(g)); });
  return asking(op, t, requires_grad);
}

int64_t one_integer(const char* op, const py::object& o) {
  Dims d = as_dims(op, "low and high", o.ptr());
  if (d.size() != 1) fail(ErrorKind::kType, op, ": low and high must be ints");
  return d[0];
}

/// The arguments of randint(high, size), randint(low, high, size) and the like: names of the
/// positional ones from last to first.
class IntegerArguments {
 public:
  IntegerArguments(const char* op, const py::args& args, const py::kwargs& kw,
                   std::initializer_list<const char*> last_to_first)
      : op_(op), kw_(kw) {
    for (auto item : kw) {
      const std::string key = shown_text(item.first.ptr());
      static const char* known[] = {"generator", "dtype", "requires_grad", "device"};
      auto is = [&](const char* k) { return key == k; };
      bool like = key == "memory_format" && std::string_view(op) == "randint_like";
      if (!like && std::none_of(std::begin(known), std::end(known), is) &&
          std::none_of(last_to_first.begin(), last_to_first.end(), is)) {
        fail(ErrorKind::kType, op, "() got an unexpected keyword argument '", key, "'");
      }
    }
    std::vector<py::object> given;
    for (py::handle a : args) given.push_back(py::reinterpret_borrow<py::object>(a));
    for (const char* name : last_to_first) {
      if (given.empty()) break;
      if (kw_.contains(name)) continue;
      kw_[name] = given.back();
      given.pop_back();
    }
    bool complete = given.empty();
    for (const char* name : last_to_first)
      complete = complete && (std::string_view(name) == "low" || !take(name).is_none());
    if (!complete)
      fail(ErrorKind::kType, op, ": expects a ", *last_to_first.begin(), ", see help()");
  }
  py::object take(const char* name) const {
    return kw_.contains(name) ? py::object(kw_[name]) : py::none();
  }
  Generator& generator() const {
    py::object g = take("generator");
    return g.is_none() ? default_generator() : bound_object<Generator>({op_, "generator"}, g.ptr());
  }
  int64_t low(const char* op) const {
    return take("low").is_none() ? 0 : one_integer(op, take("low"));
  }
  bool requires_grad() const {
    py::object o = take("requires_grad");
    return !o.is_none() && read_bool({op_, "requires_grad"}, o.ptr());
  }

 private:
  const char* op_;
  py::dict kw_;
};

/// randint(high, size) and randint(low, high, size).
Tensor randint(const py::args& args, const py::kwargs& kw) {
  const char* op = "randint";
  IntegerArguments a(op, args, kw, {"size", "high", "low"});
  check_device(op, a.take("device"));
  Dims sizes = as_dims(op, "size", a.take("size").ptr());
  checked_numel(op, sizes);
  const int64_t low = a.low(op), high = one_integer(op, a.take("high"));
  const DType dtype = dtype_or(op, a.take("dtype"), DType::kInt64);
  check_integers(op, dtype, low, high);
  Tensor t = drawn(op, sizes, computed_in(dtype),
                   [&](const Tensor& u) { draw_integers(op, u, low, high, a.generator()); });
  return asking(op, to_dtype(t, dtype), a.requires_grad());
}

/// randint_like(input, high) and randint_like(input, low, high).
Tensor randint_like(const Tensor& x, const py::args& args, const py::kwargs& kw) {
  const char* op = "randint_like";
  IntegerArguments a(op, args, kw, {"high", "low"});
  check_device(op, a.take("device"));
  int64_t low = a.low(op), high = one_integer(op, a.take("high"));
  const DType dtype = dtype_or(op, a.take("dtype"), x.dtype());
  check_integers(op, dtype, low, high);
  Tensor t = drawn_as(op, x, computed_in(dtype), a.take("memory_format"),
                      [&](const Tensor& u) { draw_integers(op, u, low, high, a.generator()); });
  return asking(op, to_dtype(t, dtype), a.requires_grad());
}

/// Ones with the probabilities of a tensor, or with one for all elements of its shape.
Tensor bernoulli(const Tensor& x, std::optional<double> p, const OptionalGenerator& g) {
  if (p) {
    check_probability("bernoulli", *p);
    return drawn("bernoulli", x.sizes(), x.dtype(),
                 [&](const Tensor& t) { draw_bernoulli(t, *p, chosen(g)); });
  }
  if (is_floating(x.dtype()) && is_stored(x.dtype()))
    return to_dtype(bernoulli(to_dtype(x, computed_in(x.dtype())), p, g), x.dtype());
  return drawn_from("bernoulli", x, [&](const Tensor& of) {
    Tensor t = empty(of.sizes(), of.dtype());
    draw_bernoulli("bernoulli", t, of, chosen(g));
    return t;
  });
}

Tensor poisson_of(const Tensor& rates, const OptionalGenerator& g) {
  Tensor t = empty(rates.sizes(), rates.dtype());
  Tensor c = contiguous_values(rates);
  visit_floating("poisson", t.dtype(), [&]<class T>(std::type_identity<T>) {
    for (int64_t i = 0; i < c.numel(); ++i) {
      if (!(c.data<T>()[i] >= 0))
        fail(ErrorKind::kRuntime,
             "poisson: invalid Poisson rate, expected rate to be non-negative");
    }
    const Ref<Buffer> held = c.impl()->storage->buffer;  // a handler of Ctrl-C may write
    fill_poisson(chosen(g), t.data<T>(), t.numel(), c.data<T>());
  });
  return t;
}

Tensor poisson(const Tensor& rates, const OptionalGenerator& g) {
  return drawn_from("poisson", rates, [&](const Tensor& of) { return poisson_of(of, g); });
}

/// Draws of a law whose parameters are tensors, by `fill(generator, out, n, values of each)`.
template <class F, class... P>
Tensor drawn_with(const char* op, const OptionalGenerator& g, F&& fill, const P&... parameters) {
  const Tensor values[] = {contiguous_values(parameters)...};
  Tensor t = empty(values[0].sizes(), values[0].dtype());
  Ref<Buffer> held[sizeof...(P)];  // a handler of Ctrl-C may write
  for (size_t i = 0; i < sizeof...(P); ++i) held[i] = values[i].impl()->storage->buffer;
  visit_floating(op, t.dtype(), [&]<class T>(std::type_identity<T>) {
    fill(chosen(g), t.data<T>(), t.numel(), values);
  });
  return t;
}

void check_all(const char* op, const Tensor& x, const char* what, bool (*valid)(double)) {
  visit_floating(op, x.dtype(), [&]<class T>(std::type_identity<T>) {
    const Tensor c = contiguous_values(x);
    for (int64_t i = 0; i < c.numel(); ++i) {
      const auto v = static_cast<double>(c.data<T>()[i]);
      if (!valid(v)) fail(ErrorKind::kRuntime, op, ": expects ", what, ", got ", v);
    }
  });
}

/// Gamma numbers as functions of the concentration: Note [Slopes of quantiles] in kernels/math.
Tensor standard_gamma(const Tensor& concentration, const OptionalGenerator& g) {
  const char* op = "_standard_gamma";
  Tensor drawn = drawn_from(op, detach(concentration), [&](const Tensor& of) {
    return drawn_with(
        op, g,
        [](Generator& from, auto* out, int64_t n, const Tensor* values) {
          using T = std::remove_pointer_t<decltype(out)>;
          fill_gamma(from, out, n, values[0].data<T>());
        },
        of);
  });
  static const ElementwiseInfo& draw = *find_elementwise("gamma_draw");
  const Operand in[] = {concentration, drawn};
  return elementwise(draw, in);
}

/// Points of the simplex as functions of the concentrations, along the last dim.
Tensor sample_dirichlet(const Tensor& concentration, const OptionalGenerator& g) {
  const char* op = "_sample_dirichlet";
  if (concentration.dim() == 0)
    fail(ErrorKind::kShape, op, ": concentrations must have at least one dim");
  Tensor drawn = drawn_from(op, detach(concentration), [&](const Tensor& of) {
    return drawn_with(
        op, g,
        [](Generator& from, auto* out, int64_t n, const Tensor* values) {
          using T = std::remove_pointer_t<decltype(out)>;
          fill_dirichlet(from, out, n, std::max<int64_t>(values[0].size(-1), 1),
                         values[0].data<T>());
        },
        of);
  });
  return dirichlet_draw(concentration, drawn);
}

/// Successes in counts of trials.
Tensor binomial(const Tensor& count, const Tensor& prob, const OptionalGenerator& g) {
  const char* op = "binomial";
  if (count.dtype() != prob.dtype()) {
    fail(ErrorKind::kRuntime, op, ": count and prob must have one dtype, got ", count.dtype(),
         " and ", prob.dtype(), "; convert one with .to(", prob.dtype(), ")");
  }
  const Dims sizes = broadcast_sizes(op, count.sizes(), prob.sizes());
  Tensor n = expand(detach(count), sizes), p = expand(detach(prob), sizes);
  check_all(op, peek(n), "counts from 0 on", [](double v) { return v >= 0; });
  check_all(op, peek(p), "probabilities in [0, 1]", [](double v) { return v >= 0 && v <= 1; });
  // As one tensor, so that they are drawn from alike inside a batch.
  const Tensor parts[] = {n, p};
  return drawn_from(op, stack(parts, -1), [&](const Tensor& both) {
    return drawn_with(
        op, g,
        [](Generator& from, auto* out, int64_t m, const Tensor* values) {
          using T = std::remove_pointer_t<decltype(out)>;
          fill_binomial(from, out, m, values[0].data<T>(), values[1].data<T>());
        },
        select(both, -1, 0), select(both, -1, 1));
  });
}

/// Each row by inversion, with replacement.
template <class T>
Tensor choose(const Tensor& weights, const Dims& sizes, Generator& g) {
  Tensor out = empty(sizes, DType::kInt64);
  const int64_t k = weights.size(-1), rows = weights.numel() / k, count = sizes[sizes.size() - 1];
  const Ref<Buffer> held = weights.impl()->storage->buffer;  // a handler of Ctrl-C may write
  const T* w = weights.data<T>();
  auto* to = out.data<int64_t>();
  std::vector<T> scratch(static_cast<size_t>(k));
  for (int64_t r = 0; r < rows; ++r)
    fill_choices(g, to + r * count, count, w + r * k, k, scratch.data());
  return out;
}

/// Each row without replacement: the places of the largest ratios of weights to exponential
/// numbers. What has no weight comes last, whatever was drawn.
template <class T>
Tensor choose_apart(const Tensor& weights, const Tensor& drawn, int64_t count) {
  Tensor ratios = empty(weights.sizes(), weights.dtype());
  const T *w = weights.data<T>(), *q = drawn.data<T>();
  T* to = ratios.data<T>();
  {
    Unlocked unlocked(static_cast<double>(weights.numel()));
    in_pieces(weights.numel(), 1 << 20, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = w[i] > 0 ? w[i] / q[i] : T(0);
    });
  }
  return top_lines(ratios, weights.dim() - 1, count, true).places;
}

/// Of rows of weights that have been checked but for their values.
Tensor choices_of(const char* op, const Tensor& weights, int64_t count, bool replacement,
                  const OptionalGenerator& g) {
  Tensor w = contiguous_values(weights);
  Dims sizes = weights.sizes();
  const int64_t k = weights.size(-1);
  sizes[sizes.size() - 1] = count;
  checked_numel(op, sizes);
  visit_floating(op, w.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* values = w.data<T>();
    for (int64_t r = 0; r < w.numel(); r += k) {
      double sum = 0;
      for (int64_t i = 0; i < k; ++i) {
        if (!(values[r + i] >= 0) || std::isinf(values[r + i])) {
          fail(ErrorKind::kRuntime, op,
               ": probability tensor contains either `inf`, `nan` or element < 0");
        }
        sum += static_cast<double>(values[r + i]);
      }
      if (!(sum > 0)) {
        fail(ErrorKind::kRuntime, op,
             ": invalid multinomial distribution (sum of probabilities <= 0)");
      }
    }
  });
  if (replacement && count > 1) {
    return visit_floating(op, w.dtype(), [&]<class T>(std::type_identity<T>) {
      return choose<T>(w, sizes, chosen(g));
    });
  }
  Tensor drawn = contiguous_values(drawn_like(op, weights, weights.dtype(), [&](const Tensor& t) {
    draw_exponential(op, t, 1, chosen(g));
  }));
  return visit_floating(op, w.dtype(), [&]<class T>(std::type_identity<T>) {
    return choose_apart<T>(w, drawn, count);
  });
}

Tensor multinomial(const Tensor& weights, int64_t count, bool replacement,
                   const OptionalGenerator& g) {
  const char* op = "multinomial";
  if (weights.dim() != 1 && weights.dim() != 2)
    fail(ErrorKind::kRuntime, op, ": prob_dist must be 1 or 2 dim, got shape ", weights.sizes());
  if (!is_floating(weights.dtype()))
    fail(ErrorKind::kRuntime, op,
         ": only supports floating-point dtypes for input, got: ", weights.dtype());
  int64_t k = weights.size(-1);
  if (k == 0)
    fail(ErrorKind::kRuntime, op, ": there is nothing to choose from, got shape ", weights.sizes());
  if (count <= 0) fail(ErrorKind::kRuntime, op, ": cannot sample n_sample <= 0 samples");
  if (!replacement && count > k) {
    fail(ErrorKind::kRuntime, op,
         ": cannot sample n_sample > prob_dist.size(-1) samples without "
         "replacement, got ",
         count, " > ", k);
  }
  return drawn_from(op, detach(weights),
                    [&](const Tensor& of) { return choices_of(op, of, count, replacement, g); });
}

Tensor randperm(int64_t n, const OptionalGenerator& g, const py::object& dtype, bool requires_grad,
                const py::object& device) {
  check_device("randperm", device);
  if (n < 0) fail(ErrorKind::kRuntime, "randperm: n must not be negative, got ", n);
  checked_numel("randperm", Dims{n});
  const DType type = dtype_or("randperm", dtype, DType::kInt64);
  Tensor t = drawn("randperm", Dims{n}, type, [&](const Tensor& u) {
    visit_dtype(type, [&]<class T>(std::type_identity<T>) {
      constexpr int kDigits = std::numeric_limits<T>::digits;
      if (kDigits < 62 && n > (int64_t{1} << kDigits))
        fail(ErrorKind::kRange, "randperm: n = ", n, " is too large for ", type);
      for (int64_t at = 0; at < u.numel(); at += std::max<int64_t>(n, 1))
        fill_permutation(chosen(g), u.data<T>() + at, n);
    });
  });
  return asking("randperm", t, requires_grad);
}

/// A module function that is a method of Tensor as well.
template <class F, class... Extra>
void both(py::module_& m, const char* name, F&& f, const Extra&... extra) {
  Faces(m).def(name, f, py::arg("input"), extra...);
  Faces(tensor_type).def(name, f, extra...);
}

void bind_random_functions(py::module_& m) {
  Faces faces(m);
  faces.def(
      "rand",
      [](const py::args& args, const py::object& size, const OptionalGenerator& g,
         const py::object& dtype, bool requires_grad, const py::object& device) {
        check_device("rand", device);
        Tensor t =
            drawn("rand", sizes_from("rand", args, size), dtype_or("rand", dtype, default_dtype()),
                  [&](const Tensor& u) { draw_uniform("rand", u, 0, 1, chosen(g)); });
        return asking("rand", t, requires_grad);
      },
      py::kw_only(), py::arg("size") = py::none(), py::arg("generator") = py::none(),
      py::arg("dtype") = py::none(), py::arg("requires_grad") = false,
      py::arg("device") = py::none(), "Uniform numbers in [0, 1), of the given sizes.");
  faces.def(
      "randn",
      [](const py::args& args, const py::object& size, const OptionalGenerator& g,
         const py::object& dtype, bool requires_grad, const py::object& device) {
        check_device("randn", device);
        Tensor t = drawn("randn", sizes_from("randn", args, size),
                         dtype_or("randn", dtype, default_dtype()),
                         [&](const Tensor& u) { draw_normal("randn", u, 0, 1, true, chosen(g)); });
        return asking("randn", t, requires_grad);
      },
      py::kw_only(), py::arg("size") = py::none(), py::arg("generator") = py::none(),
      py::arg("dtype") = py::none(), py::arg("requires_grad") = false,
      py::arg("device") = py::none(),
      "Normal numbers of mean 0 and deviation 1, of the given sizes.");
  faces.def("randint", &randint,
            "Integers in [low, high): randint(high, size) or randint(low, high, size).");
  faces.def("randperm", &randperm, py::arg("n"), py::kw_only(), py::arg("generator") = py::none(),
            py::arg("dtype") = py::none(), py::arg("requires_grad") = false,
            py::arg("device") = py::none(), "The integers 0 ... n - 1 in random order.");
  faces.def("normal", &normal, py::arg("mean"), py::arg("std") = 1.0, py::arg("size") = py::none(),
            py::kw_only(), py::arg("generator") = py::none(), py::arg("dtype") = py::none(),
            py::arg("requires_grad") = false, py::arg("device") = py::none(),
            "Normal numbers of the given mean and deviation, which may be tensors.");
  faces.def("randint_like", &randint_like, py::arg("input"),
            "Integers of the shape and dtype of input: randint_like(input, high) or "
            "randint_like(input, low, high).");
  faces.def("rand_like", &rand_like, py::arg("input"), py::kw_only(),
            py::arg("generator") = py::none(), py::arg("dtype") = py::none(),
            py::arg("requires_grad") = false, py::arg("device") = py::none(),
            py::arg("memory_format") = py::none(),
            "Uniform numbers in [0, 1) of the shape and dtype of input.");
  faces.def("randn_like", &randn_like, py::arg("input"), py::kw_only(),
            py::arg("generator") = py::none(), py::arg("dtype") = py::none(),
            py::arg("requires_grad") = false, py::arg("device") = py::none(),
            py::arg("memory_format") = py::none(),
            "Normal numbers of the shape and dtype of input.");
  both(m, "bernoulli", &bernoulli, py::arg("p") = py::none(), py::kw_only(),
       py::arg("generator") = py::none(),
       "Ones with the probabilities in input, or all with probability p, else zeros.");
  both(m, "multinomial", &multinomial, py::arg("num_samples"), py::arg("replacement") = false,
       py::kw_only(), py::arg("generator") = py::none(),
       "Indices drawn from each row of weights, with or without replacement.");
  faces.def("_standard_gamma", &standard_gamma, py::arg("input"), py::arg("generator") = py::none(),
            "Gamma numbers of the concentrations in input, with gradients.");
  faces.def("_sample_dirichlet", &sample_dirichlet, py::arg("input"),
            py::arg("generator") = py::none(),
            "Points of the simplex of the concentrations in input, with gradients.");
  faces.def("binomial", &binomial, py::arg("count"), py::arg("prob"),
            py::arg("generator") = py::none(),
            "Numbers of successes in count trials of probability prob.");
  faces.def("poisson", &poisson, py::arg("input"), py::arg("generator") = py::none(),
            "Counts that are Poisson distributed with the rates in input.");
}

}  // namespace

void bind_random(py::module_& m) {
  bind_generator(m);
  bind_random_functions(m);
  bind_random_methods();
}

}  // namespace pyad::bind
