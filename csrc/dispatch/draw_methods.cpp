// The Python face of what draws numbers into a tensor: uniform_, normal_, bernoulli_ and the other
// laws.
#include <cfloat>
#include <cmath>
#include <optional>

#include "dispatch/inplace.hpp"
#include "kernels/strided.hpp"
#include "ops/laws.hpp"

namespace pyad {

namespace {

/// Deals new numbers to the elements of the first argument, in the order of its memory. `whole`: they
/// are integers that its dtype is known to hold, whatever it is computed in.
template <class F>
Answer redraw(Args& a, F&& draw, bool whole = false) {
  const char* op = a.op();
  const Tensor& x = a.tensor(0);
  check_writable(op, x);
  const DType dtype = whole ? computed_in(x.dtype()) : x.dtype();
  Tensor numbers = drawn_like(op, x, dtype, draw);
  if (numbers.is_batched() && !x.is_batched()) {
    fail(ErrorKind::kRuntime, "vmap: ", op,
         ": cannot put other random numbers for each example in place into a tensor that is the "
         "same for all; use randomness='same', or a tensor made inside the function");
  }
  write_inplace(op, x, numbers);
  return x;
}

/// As redraw, for floating tensors: `fill` gets elements and their number.
template <class F>
Answer refill(Args& a, F&& fill) {
  return redraw(a, [&](const Tensor& t) {
    visit_floating(a.op(), t.dtype(),
                   [&]<class T>(std::type_identity<T>) { fill(t.data<T>(), t.numel()); });
  });
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

Answer uniform(Args& a) {
  const double low = a.real(1), high = a.real(2);
  Generator* g = a.generator(3);
  if (!(low <= high)) {
    fail(ErrorKind::kRuntime,
         "uniform_: expects to return a [from, to) range, but found from=", low, " > to=", high);
  }
  check_range(a.tensor(0).dtype(), low, high);
  return redraw(a, [&](const Tensor& t) { draw_uniform("uniform_", t, low, high, chosen(g)); });
}

Answer normal(Args& a) {
  const double mean = a.real(1), deviation = a.real(2);
  Generator* g = a.generator(3);
  check_deviation("normal_", deviation);
  const bool blocks = a.tensor(0).is_contiguous();
  return redraw(
      a, [&](const Tensor& t) { draw_normal("normal_", t, mean, deviation, blocks, chosen(g)); });
}

Answer exponential(Args& a) {
  const double rate = a.real(1);
  Generator* g = a.generator(2);
  if (!(rate > 0))
    fail(ErrorKind::kRuntime, "exponential_: expects lambda > 0.0, but found lambda=", rate);
  return redraw(a, [&](const Tensor& t) { draw_exponential("exponential_", t, rate, chosen(g)); });
}

Answer log_normal(Args& a) {
  const double mean = a.real(1), deviation = a.real(2);
  Generator* g = a.generator(3);
  if (!(deviation > 0))
    fail(ErrorKind::kRuntime, "log_normal_: expects std > 0.0, but found std=", deviation);
  return refill(a, [&](auto* p, int64_t n) { fill_log_normal(chosen(g), p, n, mean, deviation); });
}

Answer cauchy(Args& a) {
  const double median = a.real(1), sigma = a.real(2);
  Generator* g = a.generator(3);
  if (!(sigma > 0))
    fail(ErrorKind::kRuntime, "cauchy_: expects sigma > 0.0, but found sigma=", sigma);
  return refill(a, [&](auto* p, int64_t n) { fill_cauchy(chosen(g), p, n, median, sigma); });
}

Answer geometric(Args& a) {
  const double p = a.real(1);
  Generator* g = a.generator(2);
  if (!(p > 0 && p < 1))
    fail(ErrorKind::kRuntime, "geometric_: expects p to be in (0, 1), but got p=", p);
  return redraw(a, [&](const Tensor& t) {
    visit_dtype(t.dtype(), [&]<class T>(std::type_identity<T>) {
      fill_geometric(chosen(g), t.data<T>(), t.numel(), p);
    });
  });
}

/// Integers in [low, high); without `high` up to the end of the dtype, and without both over all
/// that is not negative.
Answer integers(Args& a, std::optional<int64_t> low, std::optional<int64_t> high, Generator* g) {
  const char* op = a.op();
  const DType dtype = a.tensor(0).dtype();
  if (is_stored(dtype) && !high)
    fail(ErrorKind::kType, op, ": knows no end of the numbers of ", dtype, "; give from and to");
  if (is_stored(dtype)) check_integers(op, dtype, low.value_or(0), *high);
  return redraw(
      a,
      [&](const Tensor& t) {
        if (low || high) return draw_integers(op, t, low.value_or(0), high, chosen(g));
        visit_dtype(t.dtype(), [&]<class T>(std::type_identity<T>) {
          fill_natural(chosen(g), t.data<T>(), t.numel());
        });
      },
      true);
}
std::optional<int64_t> integer_or_none(const Args& a, int i) {
  return a.given(i) ? std::optional<int64_t>(a.integer(i)) : std::nullopt;
}
Answer random_to(Args& a) { return integers(a, {}, integer_or_none(a, 1), a.generator(2)); }
Answer random_between(Args& a) {
  return integers(a, integer_or_none(a, 1), integer_or_none(a, 2), a.generator(3));
}

Answer bernoulli(Args& a) {
  const char* op = a.op();
  Generator* g = a.generator(2);
  const Operand given = a.operand(1);
  if (!given.tensor) {
    const double p = given.number.as_double();
    check_probability(op, p);
    return redraw(a, [&](const Tensor& t) { draw_bernoulli(t, p, chosen(g)); }, true);
  }
  const Tensor &x = a.tensor(0), &q = *given.tensor;
  if (!broadcasts_to(q.sizes(), x.sizes()))
    fail(ErrorKind::kShape, op, ": p of shape ", q.sizes(), " does not broadcast to ", x.sizes());
  Dims strides = Dims::filled(x.dim(), 0);
  for (int i = 0; i < q.dim(); ++i)
    if (q.size(i) != 1) strides[x.dim() - q.dim() + i] = q.stride(i);
  Tensor spread = alias(q, {x.sizes(), strides, q.offset()});
  if (!x.is_contiguous()) spread = reordered(spread, memory_order(x));
  return redraw(a, [&](const Tensor& t) { draw_bernoulli(op, t, spread, chosen(g)); }, true);
}

#define PYAD_GENERATOR ", *, generator: Generator? = None"
constexpr const char* kNothing = "none";
constexpr const char* kIntegersDoc =
    R"doc(Fills with integers in [from, to); random_(to) starts at 0.)doc";

const Function kRows[] = {
    {"uniform_", "self: Tensor!, from: float = 0.0, to: float = 1.0" PYAD_GENERATOR,
     R"doc(Fills with uniform numbers in [from, to).)doc", Kind::kComposite, kMethod, uniform,
     kNothing, kNothing},
    {"normal_", "self: Tensor!, mean: float = 0.0, std: float = 1.0" PYAD_GENERATOR,
     R"doc(Fills with normal numbers of the given mean and deviation.)doc", Kind::kComposite,
     kMethod, normal, kNothing, kNothing},
    {"exponential_", "self: Tensor!, lambd: float = 1.0" PYAD_GENERATOR,
     R"doc(Fills with exponentially distributed numbers of the given rate.)doc", Kind::kComposite,
     kMethod, exponential, kNothing, kNothing},
    {"log_normal_", "self: Tensor!, mean: float = 1.0, std: float = 2.0" PYAD_GENERATOR,
     R"doc(Fills with exponentials of normal numbers of the given mean and deviation.)doc",
     Kind::kComposite, kMethod, log_normal, kNothing, kNothing},
    {"cauchy_", "self: Tensor!, median: float = 0.0, sigma: float = 1.0" PYAD_GENERATOR,
     R"doc(Fills with Cauchy distributed numbers.)doc", Kind::kComposite, kMethod, cauchy, kNothing,
     kNothing},
    {"geometric_", "self: Tensor!, p: float" PYAD_GENERATOR,
     R"doc(Fills with the numbers of trials until the first success of probability p.)doc",
     Kind::kComposite, kMethod, geometric, kNothing, kNothing},
    {"random_", "self: Tensor!, to: int? = None" PYAD_GENERATOR, kIntegersDoc, Kind::kComposite,
     kMethod, random_to, kNothing, kNothing},
    {"random_", "self: Tensor!, from: int?, to: int?" PYAD_GENERATOR, kIntegersDoc,
     Kind::kComposite, kMethod, random_between, kNothing, kNothing},
    {"bernoulli_", "self: Tensor!, p: Operand = 0.5" PYAD_GENERATOR,
     R"doc(Fills with ones of probability p (a number or a tensor), else zeros.)doc",
     Kind::kComposite, kMethod, bernoulli, kNothing, kNothing},
};
#undef PYAD_GENERATOR

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
