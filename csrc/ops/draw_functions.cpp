// The Python face of what draws new tensors: rand, randn, randint, randperm, normal, bernoulli,
// multinomial, poisson and their kin.
#include <algorithm>
#include <limits>

#include "kernels/strided.hpp"
#include "ops/creation.hpp"
#include "ops/functions.hpp"
#include "ops/join.hpp"
#include "ops/laws.hpp"

namespace pyad {

namespace {

// rand and randn: size, generator, dtype, requires_grad.
template <class F>
Answer drawn_row(Args& a, F&& draw) {
  Generator* g = a.generator(1);
  return finished(a, 3,
                  drawn(a.op(), checked_sizes(a, 0), dtype_or(a, 2, default_dtype()),
                        [&](const Tensor& t) { draw(t, chosen(g)); }));
}
Answer rand(Args& a) {
  return drawn_row(a, [&](const Tensor& t, Generator& g) { draw_uniform(a.op(), t, 0, 1, g); });
}
Answer randn(Args& a) {
  return drawn_row(a,
                   [&](const Tensor& t, Generator& g) { draw_normal(a.op(), t, 0, 1, true, g); });
}

/// A tensor of the shape of `x`, in its layout unless parameter `format` says otherwise.
template <class F>
Tensor drawn_as(Args& a, int format, const Tensor& x, DType dtype, F&& draw) {
  return keeps_layout(a, format) ? drawn_like(a.op(), x, dtype, draw)
                                 : drawn(a.op(), x.sizes(), dtype, draw);
}

// rand_like and randn_like: input, generator, dtype, requires_grad, memory_format.
Answer rand_like(Args& a) {
  const Tensor& x = a.tensor(0);
  Generator* g = a.generator(1);
  return finished(a, 3, drawn_as(a, 4, x, dtype_or(a, 2, x.dtype()), [&](const Tensor& t) {
                    draw_uniform(a.op(), t, 0, 1, chosen(g));
                  }));
}
Answer randn_like(Args& a) {
  const Tensor& x = a.tensor(0);
  Generator* g = a.generator(1);
  // Blocks of 16 are for results whose memory runs in the order of the dims.
  bool blocks = x.is_contiguous() || !keeps_layout(a, 4);
  if (!blocks) {
    Dims wide;
    for (int64_t d : memory_order(x))
      if (x.size(static_cast<int>(d)) != 1) wide.push_back(d);
    blocks = std::is_sorted(wide.begin(), wide.end());
  }
  return finished(a, 3, drawn_as(a, 4, x, dtype_or(a, 2, x.dtype()), [&](const Tensor& t) {
                    draw_normal(a.op(), t, 0, 1, blocks, chosen(g));
                  }));
}

/// randint(high, size) and randint(low, high, size); `at` is where high stands.
template <int AT>
Answer randint(Args& a) {
  const int64_t low = AT ? a.integer(0) : 0, high = a.integer(AT);
  Generator* g = a.generator(AT + 2);
  const DType dtype = dtype_or(a, AT + 3, DType::kInt64);
  const Dims sizes = checked_sizes(a, AT + 1);
  check_integers(a.op(), dtype, low, high);
  Tensor t = drawn(a.op(), sizes, computed_in(dtype),
                   [&](const Tensor& u) { draw_integers(a.op(), u, low, high, chosen(g)); });
  return finished(a, AT + 4, to_dtype(t, dtype));
}
/// randint_like(input, high) and randint_like(input, low, high).
template <int AT>
Answer randint_like(Args& a) {
  const Tensor& x = a.tensor(0);
  const int64_t low = AT == 2 ? a.integer(1) : 0, high = a.integer(AT);
  Generator* g = a.generator(AT + 1);
  const DType dtype = dtype_or(a, AT + 2, x.dtype());
  check_integers(a.op(), dtype, low, high);
  Tensor t = drawn_as(a, AT + 4, x, computed_in(dtype),
                      [&](const Tensor& u) { draw_integers(a.op(), u, low, high, chosen(g)); });
  return finished(a, AT + 3, to_dtype(t, dtype));
}

/// Numbers for mean and std with a size, tensors of one shape, or a mixture.
Answer normal(Args& a) {
  const char* op = a.op();
  const Operand mean = a.operand(0), deviation = a.operand(1);
  Generator* g = a.generator(3);
  if (!deviation.tensor) check_deviation(op, deviation.number.as_double());
  if (!mean.tensor && !deviation.tensor) {
    if (!a.given(2)) {
      fail(ErrorKind::kType, op,
           ": with numbers for mean and std a size is needed: normal(0.0, 1.0, (2, 3))");
    }
    const double m = mean.number.as_double(), d = deviation.number.as_double();
    return finished(a, 5,
                    drawn(op, checked_sizes(a, 2), dtype_or(a, 4, default_dtype()),
                          [&](const Tensor& t) { draw_normal(op, t, m, d, true, chosen(g)); }));
  }
  // Operands refer to tensors, so those stand beside them.
  const Tensor means = mean.tensor ? detach(*mean.tensor) : Tensor();
  const Tensor deviations = deviation.tensor ? detach(*deviation.tensor) : Tensor();
  if (deviation.tensor) {
    Tensor values = contiguous_values(convert(peek(deviations), DType::kFloat64));
    for (int64_t i = 0; i < values.numel(); ++i) check_deviation(op, values.data<double>()[i]);
  }
  const Dims sizes = !mean.tensor        ? deviations.sizes()
                     : !deviation.tensor ? means.sizes()
                                         : broadcast_sizes(op, means.sizes(), deviations.sizes());
  const DType dtype = mean.tensor ? means.dtype() : deviations.dtype();
  Tensor noise =
      drawn(op, sizes, dtype, [&](const Tensor& t) { draw_normal(op, t, 0, 1, true, chosen(g)); });
  const Operand m = mean.tensor ? Operand(means) : mean;
  const Operand d = deviation.tensor ? Operand(deviations) : deviation;
  return finished(a, 5, add(mul(noise, d), m));
}

/// Ones with the probabilities of a tensor, or with one for all elements of its shape.
Tensor bernoulli_of(const char* op, const Tensor& x, std::optional<double> p, Generator* g) {
  if (p) {
    check_probability(op, *p);
    return drawn(op, x.sizes(), x.dtype(),
                 [&](const Tensor& t) { draw_bernoulli(t, *p, chosen(g)); });
  }
  if (is_floating(x.dtype()) && is_stored(x.dtype()))
    return to_dtype(bernoulli_of(op, to_dtype(x, computed_in(x.dtype())), p, g), x.dtype());
  return drawn_from(op, x, [&](const Tensor& of) {
    Tensor t = empty(of.sizes(), of.dtype());
    draw_bernoulli(op, t, of, chosen(g));
    return t;
  });
}
Answer bernoulli(Args& a) {
  std::optional<double> p;
  if (a.given(1)) p = a.real(1);
  return bernoulli_of(a.op(), a.tensor(0), p, a.generator(2));
}

Answer poisson(Args& a) {
  Generator* g = a.generator(1);
  return drawn_from(a.op(), a.tensor(0),
                    [&](const Tensor& of) { return poisson_counts(of, chosen(g)); });
}

/// How many of `count` trials succeed, of probability `prob` each.
Answer binomial(Args& a) {
  const char* op = a.op();
  const Tensor count = detach(a.tensor(0)), share = detach(a.tensor(1));
  Generator* g = a.generator(2);
  if (!is_floating(count.dtype()) || count.dtype() != share.dtype())
    fail(ErrorKind::kType, op, ": expects count and prob of one floating dtype, got ",
         count.dtype(), " and ", share.dtype());
  (void)broadcast_sizes(op, count.sizes(), share.sizes());  // which names this op
  // One tensor of parameters, so that there is one of the parameters of all examples.
  const Tensor both = stack(broadcast_tensors(Tensors{count, share}), -1);
  return drawn_from(op, both, [&](const Tensor& of) {
    const Tensor values = contiguous_values(of);
    Dims sizes = of.sizes();
    sizes.erase(sizes.size() - 1);
    Tensor t = empty(sizes, of.dtype());
    visit_floating(op, t.dtype(), [&]<class T>(std::type_identity<T>) {
      const T* v = values.data<T>();
      for (int64_t i = 0; i < t.numel(); ++i) {
        const double p = static_cast<double>(v[2 * i + 1]);
        if (p == p) check_probability(op, p);
        if (v[2 * i] < 0) fail(ErrorKind::kRuntime, op, ": expects count >= 0, got ", v[2 * i]);
      }
      const Ref<Buffer> held = values.impl()->storage->buffer;  // a handler of Ctrl-C may write
      fill_binomial(chosen(g), t.data<T>(), t.numel(), v);
    });
    return t;
  });
}

/// Draws of a law of one parameter, by `fill(generator, out, values)`.
template <class F>
Tensor drawn_with(const char* op, const Tensor& parameters, F&& fill) {
  return drawn_from(op, detach(parameters), [&](const Tensor& of) {
    const Tensor values = contiguous_values(of);
    Tensor t = empty(values.sizes(), values.dtype());
    const Ref<Buffer> held = values.impl()->storage->buffer;  // a handler of Ctrl-C may write
    visit_floating(op, t.dtype(),
                   [&]<class T>(std::type_identity<T>) { fill(t.data<T>(), t.numel(), values); });
    return t;
  });
}

/// Gamma numbers as functions of the concentration: Note [Slopes of quantiles] in kernels/math.
Answer standard_gamma(Args& a) {
  const Tensor& concentration = a.tensor(0);
  Generator* g = a.generator(1);
  const Tensor drawn =
      drawn_with(a.op(), concentration, [&](auto* out, int64_t n, const Tensor& values) {
        fill_gamma(chosen(g), out, n, values.data<std::remove_pointer_t<decltype(out)>>());
      });
  static const ElementwiseInfo& draw = *find_elementwise("gamma_draw");
  const Operand in[] = {concentration, drawn};
  return elementwise(draw, in);
}

/// Points of the simplex as functions of the concentrations, along the last dim.
Answer sample_dirichlet(Args& a) {
  const Tensor& concentration = a.tensor(0);
  Generator* g = a.generator(1);
  if (concentration.dim() == 0)
    fail(ErrorKind::kShape, a.op(), ": concentrations must have at least one dim");
  const Tensor drawn =
      drawn_with(a.op(), concentration, [&](auto* out, int64_t n, const Tensor& values) {
        fill_dirichlet(chosen(g), out, n, std::max<int64_t>(values.size(-1), 1),
                       values.data<std::remove_pointer_t<decltype(out)>>());
      });
  return dirichlet_draw(concentration, drawn);
}

Answer multinomial(Args& a) {
  const char* op = a.op();
  const Tensor weights = detach(a.tensor(0));
  const int64_t count = a.integer(1);
  const bool replacement = a.flag(2);
  Generator* g = a.generator(3);
  if (weights.dim() != 1 && weights.dim() != 2)
    fail(ErrorKind::kRuntime, op, ": prob_dist must be 1 or 2 dim, got shape ", weights.sizes());
  if (!is_floating(weights.dtype()))
    fail(ErrorKind::kRuntime, op,
         ": only supports floating-point dtypes for input, got: ", weights.dtype());
  const int64_t k = weights.size(-1);
  if (k == 0)
    fail(ErrorKind::kRuntime, op, ": there is nothing to choose from, got shape ", weights.sizes());
  if (count <= 0) fail(ErrorKind::kRuntime, op, ": cannot sample n_sample <= 0 samples");
  if (!replacement && count > k) {
    fail(ErrorKind::kRuntime, op,
         ": cannot sample n_sample > prob_dist.size(-1) samples without replacement, got ", count,
         " > ", k);
  }
  return drawn_from(op, weights, [&](const Tensor& of) {
    return choices(op, of, count, replacement, chosen(g));
  });
}

Answer randperm(Args& a) {
  const int64_t n = a.integer(0);
  Generator* g = a.generator(1);
  if (n < 0) fail(ErrorKind::kRuntime, "randperm: n must not be negative, got ", n);
  checked_numel("randperm", Dims{n});
  const DType dtype = dtype_or(a, 2, DType::kInt64);
  return finished(a, 3, drawn("randperm", Dims{n}, dtype, [&](const Tensor& t) {
                    visit_dtype(dtype, [&]<class T>(std::type_identity<T>) {
                      constexpr int kDigits = std::numeric_limits<T>::digits;
                      if (kDigits < 62 && n > (int64_t{1} << kDigits))
                        fail(ErrorKind::kRange, "randperm: n = ", n, " is too large for ", dtype);
                      for (int64_t at = 0; at < t.numel(); at += std::max<int64_t>(n, 1))
                        fill_permutation(chosen(g), t.data<T>() + at, n);
                    });
                  }));
}

#define PYAD_GENERATOR "generator: Generator? = None"
#define PYAD_DRAWN PYAD_GENERATOR ", " PYAD_TENSOR_OPTIONS
#define PYAD_DRAWN_LIKE PYAD_GENERATOR ", " PYAD_LIKE_OPTIONS
constexpr const char* kIntegersDoc =
    R"doc(Integers in [low, high): randint(high, size) or randint(low, high, size).)doc";
constexpr const char* kIntegersLikeDoc =
    R"doc(Integers of the shape and dtype of input: randint_like(input, high) or randint_like(input, low, high).)doc";

constexpr const char* kNothing = "none";

const Function kRows[] = {
    {"rand", "size: sizes, *, " PYAD_DRAWN,
     R"doc(Uniform numbers in [0, 1), of the given sizes.)doc", Kind::kComposite, kInModule, rand,
     kNothing, kNothing},
    {"randn", "size: sizes, *, " PYAD_DRAWN,
     R"doc(Normal numbers of mean 0 and deviation 1, of the given sizes.)doc", Kind::kComposite,
     kInModule, randn, kNothing, kNothing},
    {"rand_like", "input: Tensor, *, " PYAD_DRAWN_LIKE,
     R"doc(Uniform numbers in [0, 1) of the shape and dtype of input.)doc", Kind::kComposite,
     kInModule, rand_like, kNothing, kNothing},
    {"randn_like", "input: Tensor, *, " PYAD_DRAWN_LIKE,
     R"doc(Normal numbers of the shape and dtype of input.)doc", Kind::kComposite, kInModule,
     randn_like, kNothing, kNothing},
    {"randint", "high: int, size: dims, *, " PYAD_DRAWN, kIntegersDoc, Kind::kComposite, kInModule,
     randint<0>, kNothing, kNothing},
    {"randint", "low: int, high: int, size: dims, *, " PYAD_DRAWN, kIntegersDoc, Kind::kComposite,
     kInModule, randint<1>, kNothing, kNothing},
    {"randint_like", "input: Tensor, high: int, *, " PYAD_DRAWN_LIKE, kIntegersLikeDoc,
     Kind::kComposite, kInModule, randint_like<1>, kNothing, kNothing},
    {"randint_like", "input: Tensor, low: int, high: int, *, " PYAD_DRAWN_LIKE, kIntegersLikeDoc,
     Kind::kComposite, kInModule, randint_like<2>, kNothing, kNothing},
    {"randperm", "n: int, *, " PYAD_DRAWN, R"doc(The integers 0 ... n - 1 in random order.)doc",
     Kind::kComposite, kInModule, randperm, kNothing, kNothing},
    {"normal", "mean: Operand, std: Operand = 1.0, size: dims? = None, *, " PYAD_DRAWN,
     R"doc(Normal numbers of the given mean and deviation, which may be tensors.)doc",
     Kind::kComposite, kInModule, normal, kNothing, kNothing},
    {"bernoulli", "input: Tensor, p: float? = None, *, " PYAD_GENERATOR,
     R"doc(Ones with the probabilities in input, or all with probability p, else zeros.)doc",
     Kind::kComposite, kEverywhere, bernoulli, kNothing, kNothing},
    {"multinomial",
     "input: Tensor, num_samples: int, replacement: bool = False, *, " PYAD_GENERATOR,
     R"doc(Indices drawn from each row of weights, with or without replacement.)doc",
     Kind::kComposite, kEverywhere, multinomial, kNothing, kNothing},
    {"binomial", "count: Tensor, prob: Tensor, " PYAD_GENERATOR,
     R"doc(Numbers of successes among `count` trials of probability `prob`.

Args:
  count: numbers of trials, floating.
  prob: probabilities, of count's dtype; broadcast against it.
  generator: what is drawn from. Default: the default generator.

Returns:
  A tensor of the broadcast shape; NaN where prob is NaN.

Raises:
  RuntimeError: a count is negative, or a probability not in [0, 1].
  TypeError: the dtypes are not one floating dtype.)doc",
     Kind::kComposite, kInModule, binomial, kNothing, kNothing},
    {"_standard_gamma", "input: Tensor, " PYAD_GENERATOR,
     R"doc(Gamma numbers of the concentrations in input, with gradients.)doc", Kind::kComposite,
     kInModule, standard_gamma, "by the implicit function", "smooth"},
    {"_sample_dirichlet", "input: Tensor, " PYAD_GENERATOR,
     R"doc(Points of the simplex of the concentrations in input, with gradients.)doc",
     Kind::kComposite, kInModule, sample_dirichlet, "by the implicit function", "smooth"},
    {"poisson", "input: Tensor, " PYAD_GENERATOR,
     R"doc(Counts that are Poisson distributed with the rates in input.)doc", Kind::kComposite,
     kInModule, poisson, kNothing, kNothing},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
