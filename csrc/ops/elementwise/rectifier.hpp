// Activations in pieces: rectifiers, their exponential kin, and hard versions of smooth
// activations.
//
// At a kink the derivative is that of one side, always the one PyTorch takes. A piece that is not
// taken must not overflow: its derivative, differentiated again, would say `inf * 0`.
#pragma once

#include "ops/elementwise/integer.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

struct Relu : Unary<"relu"> {
  static constexpr Doc doc{"max(x, 0).", "1 where x > 0, else 0", "0 at 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  template <class T> static T f(T x) { return at_least(x, T(0)); }
  template <class T> static T pullf_y(T g, T y) { return select(y <= T(0.0), T(0.0), g); }
};

struct Relu6 : Unary<"relu6"> {
  static constexpr Doc doc{"min(max(x, 0), 6).", "1 where 0 < x < 6, else 0", "0 at 0 and 6"};
  static constexpr Domain sample{-3, 9};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr bool method = false;
  template <class T> static T f(T x) { return at_most(at_least(x, T(0)), T(6)); }
  template <class T> static T pullf_y(T g, T y) {
    return select(y <= T(0.0), T(0.0), select(y >= T(6.0), T(0.0), g));
  }
};

struct LeakyRelu : Unary<"leaky_relu"> {
  static constexpr Doc doc{"x where x > 0, else negative_slope x.", "1 or negative_slope",
                           "negative_slope at 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr int num_params = 1;
  static constexpr Param params[] = {{"negative_slope", 0.01}};
  static constexpr bool method = false;
  template <class T> static T f(T x, const double* p) { return select(x > T(0), x, x * T(p[0])); }
  template <class T> static T pullf_x(T g, T x, const double* p) {
    return select(x > T(0.0), g, g * T(p[0]));
  }
};

/// prelu's formula: the slope is an operand.
struct Leaky : Binary<"leaky"> {
  static constexpr Doc doc{"x where x > 0, else slope x.", "1 or slope; by the slope 0 or x",
                           "slope, and x, at 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr Domain sample_b{0.1, 0.9};
  static constexpr Use use = Use::kComposites;
  template <class T> static T f(T a, T b) { return select(a > T(0), a, b * a); }
  template <class T> static T pulla_ab(T g, T a, T b) { return select(a > T(0.0), g, g * b); }
  template <class T> static T pullb_a(T g, T a) { return select(a > T(0.0), T(0.0), g * a); }
};

/// The term of huber_loss and, divided by beta, of smooth_l1_loss.
struct Huber : Unary<"huber"> {
  static constexpr Doc doc{"x^2 / 2 where |x| < delta, else delta (|x| - delta / 2).",
                           "x, but no further from 0 than delta",
                           "smooth but for the second derivative, 0 at delta"};
  static constexpr Domain sample{-3, 3};
  static constexpr int num_params = 1;
  static constexpr Param params[] = {{"delta", 1}};
  static constexpr bool method = false;
  template <class T> static T f(T x, const double* p) {
    T size = abs(x);
    return select(size < T(p[0]), T(0.5) * x * x, T(p[0]) * (size - T(0.5 * p[0])));
  }
  template <class T> static T df_x(T x, const double* p) {
    return select(abs(x) < T(p[0]), x, select(is_nan(x), T(__builtin_nan("")), T(p[0]) * sign(x)));
  }
};

/// The exponential side of elu and its kin; keeps NaN. The first derivative at 0 is that of this side,
/// the second PyTorch's 0: there it is the constant.
template <class T> T below_kink(T x) { return select(x >= T(0.0), T(0.0), x); }

struct Elu : Unary<"elu"> {
  static constexpr Doc doc{"scale x where x > 0, else scale alpha (exp(input_scale x) - 1).",
                           "scale, or scale alpha input_scale exp(input_scale x)",
                           "the exponential side at 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr int num_params = 3;
  static constexpr Param params[] = {{"alpha", 1}, {"scale", 1}, {"input_scale", 1}};
  static constexpr bool method = false;
  template <class T> static T f(T x, const double* p) {
    T low = select(x < T(0), x, T(0)) * T(p[2]);
    return select(x <= T(0), T(p[0] * p[1]) * expm1(low), x * T(p[1]));
  }
  template <class T> static T df_x(T x, const double* p) {
    T low = below_kink(x) * T(p[2]);
    return select(x > T(0.0), T(p[1]), T(p[0] * p[1] * p[2]) * exp(low));
  }
};

struct Selu : Unary<"selu"> {
  static constexpr Doc doc{"elu with the alpha and scale that keep mean 0 and variance 1.",
                           "scale, or scale alpha exp(x)", "the exponential side at 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr bool method = false;
  static constexpr double kAlpha = 1.6732632423543772848170429916717;
  static constexpr double kScale = 1.0507009873554804934193349852946;
  template <class T> static T f(T x) {
    T low = expm1(select(x < T(0), x, T(0)));
    return select(x <= T(0), T(kAlpha * kScale) * low, x * T(kScale));
  }
  template <class T> static T df_x(T x) {
    T low = exp(below_kink(x));
    return select(x > T(0.0), T(kScale), T(kAlpha * kScale) * low);
  }
};

struct Celu : Unary<"celu"> {
  static constexpr Doc doc{"x where x > 0, else alpha (exp(x / alpha) - 1).",
                           "1, or exp(x / alpha)", "1 at 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr int num_params = 1;
  static constexpr Param params[] = {{"alpha", 1}};
  static constexpr bool method = false;
  template <class T> static T f(T x, const double* p) {
    T low = expm1(select(x < T(0), x, T(0)) * T(1 / p[0]));
    return select(x <= T(0), T(p[0]) * low, x);
  }
  template <class T> static T df_x(T x, const double* p) {
    T low = exp(below_kink(x) * T(1 / p[0]));
    return select(x > T(0.0), T(1.0), low);
  }
};

struct Hardtanh : Unary<"hardtanh"> {
  static constexpr Doc doc{"x, clamped to [min_val, max_val].", "1 strictly between, else 0",
                           "0 at both ends"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr int num_params = 2;
  static constexpr Param params[] = {{"min_val", -1}, {"max_val", 1}};
  static constexpr bool method = false;
  template <class T> static T f(T x, const double* p) { return between(x, p); }
  template <class T> static T pullf_x(T g, T x, const double* p) {
    return select(x <= T(p[0]), T(0.0), select(x >= T(p[1]), T(0.0), g));
  }
};

struct Hardsigmoid : Unary<"hardsigmoid"> {
  static constexpr Doc doc{"min(max(x + 3, 0), 6) / 6.", "1 / 6 where -3 < x < 3, else 0",
                           "0 at -3 and 3"};
  static constexpr Domain sample{-5, 5};
  static constexpr bool method = false;
  template <class T> static T f(T x) { return at_most(at_least(x + T(3), T(0)), T(6)) / T(6); }
  template <class T> static T pullf_x(T g, T x) {
    return select(x > T(-3.0), select(x < T(3.0), g / T(6.0), T(0.0)), T(0.0));
  }
};

struct Hardswish : Unary<"hardswish"> {
  static constexpr Doc doc{"x min(max(x + 3, 0), 6) / 6.", "0, x / 3 + 1 / 2, or 1",
                           "the outer side at -3 and 3"};
  static constexpr Domain sample{-5, 5};
  static constexpr bool method = false;
  template <class T> static T f(T x) {
    T u = at_least(x, T(-3));
    return u * (at_most(u + T(3), T(6)) / T(6));
  }
  template <class T> static T pullf_x(T g, T x) {
    T inner = select(x >= T(3.0), T(1.0), x / T(3.0) + T(0.5));
    inner = select(is_nan(x), T(__builtin_nan("")), inner);  // a constant: it has no slope
    T slope = select(x <= T(-3.0), T(0.0), inner);  // finite, for g * slope is differentiated too
    return select(x <= T(-3.0), T(0.0), g * slope);
  }
};

struct Threshold : Unary<"threshold"> {
  static constexpr Doc doc{"x where x > threshold, else value.", "1 where x > threshold, else 0",
                           "0 at the threshold"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr int num_params = 2;
  static constexpr Param params[] = {{"threshold", 0, Default::kRequired},
                                     {"value", 0, Default::kRequired}};
  static constexpr bool method = false;
  template <class T> static T f(T x, const double* p) {
    return select(x <= bound<T>(p[0]), bound<T>(p[1]), x);
  }
  template <class T> static T pullf_x(T g, T x, const double* p) {
    return select(x <= T(p[0]), T(0.0), g);
  }
};

struct Hardshrink : Unary<"hardshrink"> {
  static constexpr Doc doc{"x where |x| > lambd, else 0.", "1 where |x| > lambd, else 0",
                           "0 at lambd and -lambd"};
  static constexpr Domain sample{-3, 3};
  static constexpr int num_params = 1;
  static constexpr Param params[] = {{"lambd", 0.5}};
  template <class T> static T f(T x, const double* p) {
    return select(x >= T(-p[0]), select(x <= T(p[0]), T(0), x), x);
  }
  template <class T> static T pullf_x(T g, T x, const double* p) {
    return select(x >= T(-p[0]), select(x <= T(p[0]), T(0.0), g), g);
  }
};

struct Softshrink : Unary<"softshrink"> {
  static constexpr Doc doc{"x moved towards 0 by lambd, and 0 where |x| <= lambd.",
                           "1 where |x| > lambd, else 0", "0 at lambd and -lambd"};
  static constexpr Domain sample{-3, 3};
  static constexpr int num_params = 1;
  static constexpr Param params[] = {{"lambd", 0.5}};
  static constexpr bool method = false;
  template <class T> static T f(T x, const double* p) {
    return select(x > T(p[0]), x - T(p[0]), select(x < T(-p[0]), x + T(p[0]), T(0) * x));
  }
  template <class T> static T pullf_x(T g, T x, const double* p) {
    return select(x >= T(-p[0]), select(x <= T(p[0]), T(0.0), g), g);
  }
};

using RectifierOps = List<Relu, Relu6, LeakyRelu, Leaky, Huber, Elu, Selu, Celu, Hardtanh,
                          Hardsigmoid, Hardswish, Threshold, Hardshrink, Softshrink>;

}  // namespace pyad::inline PYAD_ISA
