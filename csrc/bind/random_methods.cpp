// In-place methods that draw numbers: uniform_, normal_, bernoulli_ and the other distributions.
#include <cfloat>
#include <cmath>
#include <limits>

#include "bind/random.hpp"
#include "dispatch/inplace.hpp"
#include "kernels/strided.hpp"

namespace pyad::bind {

namespace {

/// The tensor of a method, which may have been called as a function of anything.
const Tensor& self_of(const char* op, const py::object& self) {
  if (!is_tensor(self.ptr())) {
    fail(ErrorKind::kType, op, "(): the first argument must be a Tensor, not ",
         Py_TYPE(self.ptr())->tp_name);
  }
  return tensor_of(self.ptr());
}

/// Deals new numbers to the elements of `self`, in the order of its memory. `whole`: they are
/// integers that its dtype is known to hold, whatever it is computed in.
template <class F>
py::object redraw(const char* op, const py::object& self, F&& draw, bool whole = false) {
  const Tensor& x = self_of(op, self);
  check_writable(op, x);
  const DType dtype = whole ? computed_in(x.dtype()) : x.dtype();
  Tensor numbers = drawn_like(op, x, dtype, draw);
  if (numbers.is_batched() && !x.is_batched()) {
    fail(ErrorKind::kRuntime, "vmap: ", op,
         ": cannot put other random numbers for each example in place into a tensor that is the "
         "same "
         "for all; use randomness='same', or a tensor made inside the function");
  }
  write_inplace(op, x, numbers);
  return self;
}

/// As redraw, for floating tensors: `fill` gets elements and their number.
template <class F>
py::object refill(const char* op, const py::object& self, F&& fill) {
  return redraw(op, self, [&](const Tensor& t) {
    visit_floating(op, t.dtype(),
                   [&]<class T>(std::type_identity<T>) { fill(t.data<T>(), t.numel()); });
  });
}

py::object bernoulli(const py::object& self, const py::object& p, const OptionalGenerator& g) {
  const char* op = "bernoulli_";
  const Tensor& x = self_of(op, self);
  if (!is_tensor(p.ptr())) {
    const double v = read_double({op, "p"}, p.ptr());
    check_probability(op, v);
    return redraw(op, self, [&](const Tensor& t) { draw_bernoulli(t, v, chosen(g)); }, true);
  }
  const Tensor& q = tensor_of(p.ptr());
  if (!broadcasts_to(q.sizes(), x.sizes())) {
    fail(ErrorKind::kShape, op, ": p of shape ", q.sizes(), " does not broadcast to ", x.sizes());
  }
  Dims strides = Dims::filled(x.dim(), 0);
  for (int i = 0; i < q.dim(); ++i)
    if (q.size(i) != 1) strides[x.dim() - q.dim() + i] = q.stride(i);
  Tensor spread = alias(q, {x.sizes(), strides, q.offset()});
  if (!x.is_contiguous()) spread = reordered(spread, memory_order(x));
  return redraw(op, self, [&](const Tensor& t) { draw_bernoulli(op, t, spread, chosen(g)); }, true);
}

/// random_() over all the dtype holds, random_(to), random_(from, to); `to` of None: to the end.
py::object random(const py::object& self, const py::object& from, const py::object& to,
                  const OptionalGenerator& g) {
  const char* op = "random_";
  const bool one = to.is(py::ellipsis());
  std::optional<int64_t> low, high;
  if (!from.is_none()) low = read_argument<int64_t>({op, "from"}, from.ptr());
  if (!one && !to.is_none()) high = read_argument<int64_t>({op, "to"}, to.ptr());
  const DType dtype = self_of(op, self).dtype();
  if (is_stored(dtype) && !(one ? low : high))
    fail(ErrorKind::kType, op, ": knows no end of the numbers of ", dtype, "; give from and to");
  if (is_stored(dtype)) check_integers(op, dtype, one ? 0 : low.value_or(0), *(one ? low : high));
  return redraw(
      op, self,
      [&](const Tensor& t) {
        if (!low && !high) {
          visit_dtype(t.dtype(), [&]<class T>(std::type_identity<T>) {
            fill_natural(chosen(g), t.data<T>(), t.numel());
          });
        } else if (one) {
          draw_integers(op, t, 0, low, chosen(g));
        } else {
          draw_integers(op, t, low.value_or(0), high, chosen(g));
        }
      },
      true);
}

/// Bounds of uniform_ are numbers of the tensor, and so is what lies between them.
void check_range(DType dtype, double low, double high) {
  const double most = is_floating(dtype) ? info_of(dtype).high : DBL_MAX;
  for (double bound : {low, high})
    if (std::fabs(bound) > most)
      fail(ErrorKind::kRange, "uniform_: ", bound == low ? "from" : "to", " is out of bounds for ",
           dtype, ", got ", bound);
  if (high - low > most)
    fail(ErrorKind::kRange, "uniform_: expects to - from to be a number of ", dtype,
         ", but found from=", low, " and to=", high, "; draw from a smaller range and scale it");
}

}  // namespace

void bind_random_methods() {
  Faces methods(tensor_type);
  auto generator = [] { return py::arg("generator") = py::none(); };
  using Self = const py::object&;
  using Given = const OptionalGenerator&;
  methods.def(
      "uniform_",
      [](Self self, double low, double high, Given g) {
        if (!(low <= high)) {
          fail(ErrorKind::kRuntime,
               "uniform_: expects to return a [from, to) range, but found from=", low,
               " > to=", high);
        }
        check_range(self_of("uniform_", self).dtype(), low, high);
        return redraw("uniform_", self,
                      [&](const Tensor& t) { draw_uniform("uniform_", t, low, high, chosen(g)); });
      },
      py::arg("from") = 0.0, py::arg("to") = 1.0, py::kw_only(), generator(),
      "Fills with uniform numbers in [from, to).");
  methods.def(
      "normal_",
      [](Self self, double mean, double deviation, Given g) {
        check_deviation("normal_", deviation);
        bool blocks = self_of("normal_", self).is_contiguous();
        return redraw("normal_", self, [&](const Tensor& t) {
          draw_normal("normal_", t, mean, deviation, blocks, chosen(g));
        });
      },
      py::arg("mean") = 0.0, py::arg("std") = 1.0, py::kw_only(), generator(),
      "Fills with normal numbers of the given mean and deviation.");
  methods.def(
      "exponential_",
      [](Self self, double rate, Given g) {
        if (!(rate > 0))
          fail(ErrorKind::kRuntime, "exponential_: expects lambda > 0.0, but found lambda=", rate);
        return redraw("exponential_", self, [&](const Tensor& t) {
          draw_exponential("exponential_", t, rate, chosen(g));
        });
      },
      py::arg("lambd") = 1.0, py::kw_only(), generator(),
      "Fills with exponentially distributed numbers of the given rate.");
  methods.def(
      "log_normal_",
      [](Self self, double mean, double deviation, Given g) {
        if (!(deviation > 0))
          fail(ErrorKind::kRuntime, "log_normal_: expects std > 0.0, but found std=", deviation);
        return refill("log_normal_", self, [&](auto* p, int64_t n) {
          fill_log_normal(chosen(g), p, n, mean, deviation);
        });
      },
      py::arg("mean") = 1.0, py::arg("std") = 2.0, py::kw_only(), generator(),
      "Fills with exponentials of normal numbers of the given mean and deviation.");
  methods.def(
      "cauchy_",
      [](Self self, double median, double sigma, Given g) {
        if (!(sigma > 0))
          fail(ErrorKind::kRuntime, "cauchy_: expects sigma > 0.0, but found sigma=", sigma);
        return refill("cauchy_", self,
                      [&](auto* p, int64_t n) { fill_cauchy(chosen(g), p, n, median, sigma); });
      },
      py::arg("median") = 0.0, py::arg("sigma") = 1.0, py::kw_only(), generator(),
      "Fills with Cauchy distributed numbers.");
  methods.def(
      "geometric_",
      [](Self self, double p, Given g) {
        if (!(p > 0 && p < 1))
          fail(ErrorKind::kRuntime, "geometric_: expects p to be in (0, 1), but got p=", p);
        return redraw("geometric_", self, [&](const Tensor& t) {
          visit_dtype(t.dtype(), [&]<class T>(std::type_identity<T>) {
            fill_geometric(chosen(g), t.data<T>(), t.numel(), p);
          });
        });
      },
      py::arg("p"), py::kw_only(), generator(),
      "Fills with the numbers of trials until the first success of probability p.");
  methods.def("random_", &random, py::arg("from") = py::none(), py::arg("to") = py::ellipsis(),
              py::kw_only(), generator(),
              "Fills with integers in [from, to); random_(to) starts at 0.");
  methods.def("bernoulli_", &bernoulli, py::arg("p") = 0.5, py::kw_only(), generator(),
              "Fills with ones of probability p (a number or a tensor), else zeros.");
}

}  // namespace pyad::bind
