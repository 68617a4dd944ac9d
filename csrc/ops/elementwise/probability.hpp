// Functions that distributions are made of: incomplete gamma functions, the normal law's quantiles
// and logarithms, entropies, and what draws with gradients have as derivatives.
#pragma once

#include "kernels/math/incomplete_gamma.hpp"
#include "kernels/math/normal.hpp"
#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

/// The density of Gamma(a, 1).
template <class T>
inline T gamma_density(const T& a, const T& x) {
  return exp(xlogy(a - T(1.0), x) - x - lgamma(a));
}

// By a, the density times the slope of a quantile: Note [Slopes of quantiles].
struct Igamma : Binary<"igamma"> {
  static constexpr Doc doc{"Lower incomplete gamma function of order a over gamma(a).",
                           "by b: exp(-b) b^(a - 1) / gamma(a)", "smooth"};
  static constexpr Domain sample{0.3, 6};
  static constexpr Domain sample_b{0.3, 6};
  static constexpr double cost = 2000;
  static constexpr const char* aliases = "special.gammainc";
  template <class T> static T f(T a, T x) { return incomplete_gamma(a, x, false); }
  template <class T> static T da_ab(T a, T x) { return -(gamma_slope(a, x) * gamma_density(a, x)); }
  template <class T> static T db_ab(T a, T x) { return gamma_density(a, x); }
};

struct Igammac : Binary<"igammac"> {
  static constexpr Doc doc{"Upper incomplete gamma function of order a over gamma(a).",
                           "by b: -exp(-b) b^(a - 1) / gamma(a)", "smooth"};
  static constexpr Domain sample{0.3, 6};
  static constexpr Domain sample_b{0.3, 6};
  static constexpr double cost = 2000;
  static constexpr const char* aliases = "special.gammaincc";
  template <class T> static T f(T a, T x) { return incomplete_gamma(a, x, true); }
  template <class T> static T da_ab(T a, T x) { return gamma_slope(a, x) * gamma_density(a, x); }
  template <class T> static T db_ab(T a, T x) { return -gamma_density(a, x); }
};

struct Ndtri : Unary<"ndtri"> {
  static constexpr Doc doc{"Quantile of the standard normal law; NaN outside [0, 1].",
                           "sqrt(2 pi) exp(y^2 / 2)", "infinite at 0 and 1"};
  static constexpr Domain sample{0.1, 0.9};
  static constexpr const char* aliases = "special.ndtri";
  static constexpr Use use = Use::kComposites;
  static constexpr bool method = false;
  static constexpr double cost = 64;
  template <class T> static T f(T x) { return ndtri(x); }
  template <class T> static T df_y(T y) {
    return T(2.50662827463100050242) * exp(T(0.5) * (y * y));
  }
};

// The slope is the density over the probability, from -100 on in Mills' series.
struct LogNdtr : Unary<"log_ndtr"> {
  static constexpr Doc doc{"Logarithm of the standard normal law's distribution function.",
                           "exp(-x^2 / 2 - y) / sqrt(2 pi)", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr const char* aliases = "special.log_ndtr";
  static constexpr Use use = Use::kComposites;
  static constexpr bool method = false;
  static constexpr double cost = 64;
  template <class T> static T f(T x) { return log_ndtr(x); }
  template <class T> static T df_xy(T x, T y) {
    T far = x < T(-100.0), low = select(far, x, T(-100.0)),
      inside = select(far, T(0.0), at_most(x, T(64.0)));
    T inverse = T(1.0) / low;
    T tail = inverse * (T(2.0) * (inverse * inverse) - T(1.0)) - low;
    T near = exp(T(-0.5) * (inside * inside) - select(far, T(0.0), y) - T(kLogOfRootOf2Pi));
    return select(far, tail, near);
  }
};

struct Entr : Unary<"entr"> {
  static constexpr Doc doc{"-x log(x); 0 at 0, and -inf below.", "-log(x) - 1",
                           "infinite at 0, NaN below"};
  static constexpr Domain sample{0.2, 3};
  static constexpr const char* aliases = "special.entr";
  static constexpr Use use = Use::kComposites;
  static constexpr bool method = false;
  template <class T> static T f(T x) {
    return select(x < T(0), T(-HUGE_VAL), select(x == T(0), T(0), -x * log(x)));
  }
  template <class T> static T df_x(T x) { return -log(x) - T(1.0); }
};

struct Xlog1py : Binary<"xlog1py"> {
  static constexpr Doc doc{"a log(1 + b), and 0 where a = 0 unless b is NaN.",
                           "log(1 + b), a / (1 + b)", "by a: 0 where a = 0 and b <= -1"};
  static constexpr Domain sample{-3, 3};
  static constexpr Domain sample_b{-0.6, 3};
  static constexpr const char* aliases = "special.xlog1py";
  static constexpr Use use = Use::kComposites;
  static constexpr bool method = false;
  template <class T> static T f(T a, T b) {
    return select((a == T(0)) & !is_nan(b), T(0), a * log1p(b));
  }
  template <class T> static T pulla_ab(T g, T a, T b) {
    // In place of a b that has no logarithm stands a 0 of g's dtype: b may be a number.
    T idle = select(a == T(0.0), select(b <= T(-1.0), T(1.0), T(0.0)), T(0.0));
    return select(idle == T(1.0), T(0.0), g * log1p(select(idle == T(1.0), g * T(0.0), b)));
  }
  template <class T> static T pullb_ab(T g, T a, T b) { return g * (a / (T(1.0) + b)); }
};

// What a draw is for derivatives: b itself, which moves with a.
struct GammaDraw : Binary<"gamma_draw"> {
  static constexpr Doc doc{"b, a draw of the gamma law with concentration a.",
                           "gamma_slope(a, y), none", "smooth"};
  static constexpr Domain sample{0.3, 6};
  static constexpr Domain sample_b{0.3, 6};
  static constexpr Use use = Use::kComposites;
  static constexpr bool method = false;
  template <class T> static T f(T, T x) { return x; }
  template <class T> static T da_ay(T a, T y) { return gamma_slope(a, y); }
};

struct GammaSlope : Binary<"gamma_slope"> {
  static constexpr Doc doc{"How a draw b of the gamma law moves with its concentration a.",
                           "gamma_curve(a, b), digamma(a) - log(b) - y ((a - 1) / b - 1)",
                           "smooth"};
  static constexpr Domain sample{0.3, 6};
  static constexpr Domain sample_b{0.3, 6};
  static constexpr Use use = Use::kRules;
  static constexpr bool method = false;
  static constexpr double cost = 2000;
  template <class T> static T f(T a, T x) { return gamma_slope(a, x); }
  template <class T> static T da_ab(T a, T x) { return gamma_curve(a, x); }
  template <class T> static T db_aby(T a, T x, T y) {
    return digamma(a) - log(x) - y * ((a - T(1.0)) / x - T(1.0));
  }
};

// Its own derivative is not known: NaN says so, where none would be taken for 0.
struct GammaCurve : Binary<"gamma_curve"> {
  static constexpr Doc doc{"The derivative of gamma_slope by a.", "NaN, NaN", "unknown"};
  static constexpr Domain sample{0.3, 6};
  static constexpr Domain sample_b{0.3, 6};
  static constexpr Use use = Use::kRules;
  static constexpr bool method = false;
  static constexpr double cost = 4000;
  template <class T> static T f(T a, T x) { return gamma_curve(a, x); }
  template <class T> static T da() { return T(__builtin_nan("")); }
  template <class T> static T db() { return T(__builtin_nan("")); }
};

struct DirichletSlope : Ternary<"dirichlet_slope"> {
  static constexpr Doc doc{
      "How a component a of a Dirichlet draw moves with its concentration b, over 1 - a; c is the "
      "sum of concentrations.",
      "none", "none"};
  static constexpr Domain sample{0.1, 0.9};
  static constexpr Domain sample_b{0.3, 3};
  static constexpr Domain sample_c{4, 6};
  static constexpr Use use = Use::kRules;
  static constexpr bool method = false;
  static constexpr double cost = 2000;
  template <class T> static T f(T x, T a, T total) { return dirichlet_slope(x, a, total); }
};

using ProbabilityOps = List<Igamma, Igammac, Ndtri, LogNdtr, Entr, Xlog1py, GammaDraw, GammaSlope,
                            GammaCurve, DirichletSlope>;

}  // namespace pyad::inline PYAD_ISA
