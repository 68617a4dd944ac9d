// The loops around elementwise formulas: contiguous or scalar operands; everything strided is
// brought to this form by the driver (elementwise_driver.hpp). Compiled for each instruction set.
#pragma once

#include "kernels/isa.hpp"
#include "kernels/kernel_types.hpp"
#include "kernels/math/trig.hpp"
#include "ops/elementwise/rule.hpp"

namespace pyad::inline PYAD_ISA {

inline constexpr int64_t kBlock = 256;

// Note [Whole steps]
// A formula that is written as a loop of any length is compiled three times: for whole registers, for
// parts of them, and for single elements, and long formulas were three fifths of the package. So
// their loops run over whole steps only: the last step of an array begins before the one before it
// has ended, and an array of less than a step is filled up to one. Scalar operands are spread over
// blocks, so that one loop serves every mixture. Formulas of a few instructions (`kLight`) have loops
// of any length: steps would cost more than they.

/// Elements of a step: as many of the smallest type as the widest register has.
template <class... T>
inline constexpr int64_t kStep = 64 / [] {
  size_t smallest = 8;
  ((smallest = sizeof(T) < smallest ? sizeof(T) : smallest), ...);
  return static_cast<int64_t>(smallest);
}();

/// The loop of a formula over `n` elements, a multiple of the step.
template <class T, class R>
using StepBody = void (*)(const void* context, const T* const* in, R* out, int64_t n);

/// `n` elements, fewer than twice `kHalf`.
template <int64_t kHalf, class T>
inline void copy_few(T* to, const T* from, int64_t n) {
  if constexpr (kHalf > 0) {
    if (n & kHalf) {
      __builtin_memcpy(to, from, kHalf * sizeof(T));
      to += kHalf;
      from += kHalf;
    }
    copy_few<kHalf / 2>(to, from, n);
  }
}

/// Calls `body` for `n` elements in blocks of no more than `block`.
template <int N, int64_t kTogether, class T, class R>
[[gnu::noinline]] void run_steps(const void* const* in, R* out, int64_t n, unsigned scalars,
                                 int64_t block, StepBody<T, R> body, const void* context) {
  T spread[N][kBlock];
  const T* p[N];
  for (int k = 0; k < N; ++k) {
    p[k] = static_cast<const T*>(in[k]);
    if (scalars >> k & 1) {
      const T v = *p[k];
      const int64_t m = n < kBlock ? (n + kTogether - 1) & -kTogether : kBlock;
      for (int64_t i = 0; i < m; ++i) spread[k][i] = v;
      p[k] = spread[k];
    }
  }
  if (scalars && block > kBlock) block = kBlock;
  const int64_t rest = n & (kTogether - 1);
  n -= rest;
  R made[kTogether];
  if (rest) {
    // Before the others, whose results may lie where the operands do.
    const T* q[N];
    T filled[N][kTogether];
    for (int k = 0; k < N; ++k) {
      q[k] = p[k];
      if (scalars >> k & 1) continue;
      q[k] += n + rest - kTogether;
      if (n) continue;
      q[k] = filled[k];
      const T last = p[k][rest - 1];
      for (int64_t i = 0; i < kTogether; ++i) filled[k][i] = last;
      copy_few<kTogether / 2>(filled[k], p[k], rest);
    }
    body(context, q, made, kTogether);
    if (n == 0) return copy_few<kTogether / 2>(out, made, rest);
  }
  R* end = out + n + rest;
  while (n > 0) {
    const int64_t m = n < block ? n : block;
    body(context, p, out, m);
    for (int k = 0; k < N; ++k)
      if (!(scalars >> k & 1)) p[k] += m;
    out += m;
    n -= m;
  }
  if (rest) __builtin_memcpy(end - kTogether, made, sizeof made);
}

template <bool kLight, int N, class T, class R, class Body>
inline void in_steps(const void* const* in, R* out, int64_t n, unsigned scalars, int64_t block,
                     Body body) {
  constexpr int64_t kTogether = kLight ? 1 : kStep<T, R>;
  run_steps<N, kTogether, T, R>(
      in, out, n, scalars, block,
      [](const void* context, const T* const* q, R* __restrict o, int64_t m) {
        (*static_cast<const Body*>(context))(q, o, m & -kTogether);
      },
      &body);
}

/// A loop over two operands in vectors by `near(i)`, then those elements that it does not hold for
/// by `f(i)`: Note [Exact remainders].
template <class T, class Near, class F>
inline void near_block(T* y, const T* a, const T* b, int64_t n, Near near, F f) {
  int far = 0;
  if (y == a || y == b) {  // operands that are overwritten cannot be read again
    for (int64_t i = 0; i < n; ++i) far |= !has_near_quotient(a[i], b[i]);
    if (far) {
      for (int64_t i = 0; i < n; ++i) y[i] = f(i);
      return;
    }
  }
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    y[i] = near(i);
    far |= !has_near_quotient(a[i], b[i]);
  }
  if (!far) return;
  for (int64_t i = 0; i < n; ++i)
    if (!has_near_quotient(a[i], b[i])) y[i] = f(i);
}

/// `attempt(i)` in vectors, and the block again by `f(i)` where one does not hold: Note [Powers].
template <class T, class Try, class F>
inline void attempt_block(T* y, const T* a, const T* b, int64_t n, Try attempt, F f) {
  T kept[kBlock];  // operands that are overwritten are read again
  bool in_place = y == a || y == b;
  T* __restrict o = in_place ? kept : y;
  decltype(attempt(0).beyond) beyond = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    auto r = attempt(i);
    o[i] = r.value;
    beyond |= r.beyond;
  }
  if (is_beyond(beyond)) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) y[i] = f(i);
  } else if (in_place) {
    for (int64_t i = 0; i < n; ++i) y[i] = kept[i];
  }
}

/// Ops with `beyond`: Note [Large angles].
template <class Op, class T>
concept OfAngles = requires(T x) { Op::beyond(x); };

/// Ops with `Slope`: Note [Saturated slopes].
template <class Op>
concept OfSlopes = requires { typename Op::Slope; };

template <class Op, class T>
bool any_beyond(const T* a, int64_t n) {
  BitsOf<T> far = 0;
  for (int64_t i = 0; i < n; ++i) far |= Op::beyond(a[i]);
  return far >= kSignBit<T>;
}

template <class Op, class T>
inline void angles_block(const T* a, T* __restrict y, int64_t n) {
  // Operands that are overwritten cannot be read again.
  BitsOf<T> far = a == y && any_beyond<Op>(a, n) ? kSignBit<T> : 0;
  if (far == 0) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      far |= Op::beyond(a[i]);
      y[i] = Op::template f<Near<T>>(a[i]);
    }
  }
  if (far >= kSignBit<T>)
    for (int64_t i = 0; i < n; ++i) y[i] = Op::template f<T>(a[i]);
}

/// Elements of which the result is computed once more where one of them is `beyond`.
template <class Op>
constexpr int64_t block_of() {
  if constexpr (requires { Op::block; }) return Op::block;
  return 1024;
}

template <bool kLight, class Op, class T>
void forward_loop(const void* const* in, void* out, int64_t n, unsigned scalars,
                  const double* params) {
  using R = decltype(apply_formula<Op, T>(T(), T(), T(), nullptr));
  R* __restrict y = static_cast<R*>(out);
  if (n > 1 && scalars == (1u << Op::arity) - 1) {  // one result for all
    forward_loop<kLight, Op, T>(in, out, 1, 0, params);
    const R v = y[0];
    for (int64_t i = 1; i < n; ++i) y[i] = v;
    return;
  }
  double p[kMaxParams] = {};
  for (int i = 0; i < Op::num_params; ++i) p[i] = params[i];
  if constexpr (Op::arity == 1) {
    if constexpr (OfAngles<Op, T>) {
      in_steps<kLight, 1, T>(
          in, y, n, 0, block_of<Op>(),
          [](const T* const* q, R* __restrict o, int64_t m) { angles_block<Op>(q[0], o, m); });
    } else {
      in_steps<kLight, 1, T>(in, y, n, 0, n, [&](const T* const* q, R* __restrict o, int64_t m) {
        const T* a = q[0];
#pragma GCC ivdep
        for (int64_t i = 0; i < m; ++i) o[i] = apply_formula<Op, T>(a[i], T(), T(), p);
      });
    }
  } else if constexpr (requires { Op::template near_f<T>(T(), T()); }) {
    in_steps<kLight, 2, T>(
        in, y, n, scalars, kBlock, [](const T* const* q, R* __restrict o, int64_t m) {
          const T *a = q[0], *b = q[1];
          near_block(
              o, a, b, m, [&](int64_t i) { return Op::template near_f<T>(a[i], b[i]); },
              [&](int64_t i) { return Op::template f<T>(a[i], b[i]); });
        });
  } else if constexpr (requires { Op::template attempt<T>(T(), T()); }) {
    if constexpr (requires { Op::template with_scalar_b<T>(T(), [](auto) {}); }) {
      const T* a = static_cast<const T*>(in[0]);
      if (scalars == 2 &&
          Op::template with_scalar_b<T>(*static_cast<const T*>(in[1]), [&](auto formula) {
#pragma GCC ivdep
            for (int64_t i = 0; i < n; ++i) y[i] = formula(a[i]);
          })) {
        return;
      }
    }
    in_steps<kLight, 2, T>(
        in, y, n, scalars, kBlock, [](const T* const* q, R* __restrict o, int64_t m) {
          const T *a = q[0], *b = q[1];
          attempt_block(
              o, a, b, m, [&](int64_t i) { return Op::template attempt<T>(a[i], b[i]); },
              [&](int64_t i) { return Op::template f<T>(a[i], b[i]); });
        });
  } else if constexpr (OfSlopes<Op> && Op::arity == 2) {
    in_steps<kLight, 2, T>(
        in, y, n, scalars, kBlock, [](const T* const* q, R* __restrict o, int64_t m) {
          if (o == q[0] || o == q[1]) {  // operands that are overwritten cannot be read again
            for (int64_t i = 0; i < m; ++i) o[i] = Op::template f<T>(q[0][i], q[1][i]);
            return;
          }
          slopes<typename Op::Slope>(q[1], q[0], m, [&](int64_t i, T d) { o[i] = d; });
        });
  } else if constexpr (Op::arity == 2 && kLight) {
    const T* a = static_cast<const T*>(in[0]);
    const T* b = static_cast<const T*>(in[1]);
    if (scalars == 0) {
#pragma GCC ivdep
      for (int64_t i = 0; i < n; ++i) y[i] = apply_formula<Op, T>(a[i], b[i], T(), p);
    } else if (scalars == 1) {
      T v = *a;
#pragma GCC ivdep
      for (int64_t i = 0; i < n; ++i) y[i] = apply_formula<Op, T>(v, b[i], T(), p);
    } else {
      T v = *b;
#pragma GCC ivdep
      for (int64_t i = 0; i < n; ++i) y[i] = apply_formula<Op, T>(a[i], v, T(), p);
    }
  } else {
    in_steps<kLight, Op::arity, T>(in, y, n, scalars, n,
                                   [&](const T* const* q, R* __restrict o, int64_t m) {
                                     const T *a = q[0], *b = q[1];
                                     [[maybe_unused]] const T* c = q[Op::arity - 1];
#pragma GCC ivdep
                                     for (int64_t i = 0; i < m; ++i) {
                                       if constexpr (Op::arity == 2)
                                         o[i] = apply_formula<Op, T>(a[i], b[i], T(), p);
                                       else
                                         o[i] = apply_formula<Op, T>(a[i], b[i], c[i], p);
                                     }
                                   });
  }
}

/// `out = pull(g, saved values)` for input I; `in` holds g and then the saved values in the order
/// a, b, c, y.
template <bool kLight, class Op, int I, class T>
void pull_loop(const void* const* in, void* out, int64_t n, unsigned scalars,
               const double* params) {
  using R = Derivative<Op, I>;
  constexpr unsigned kUsed = R::saves;
  constexpr int kCount = 1 + __builtin_popcount(kUsed);
  T* __restrict gx = static_cast<T*>(out);
  double p[kMaxParams] = {};
  for (int i = 0; i < Op::num_params; ++i) p[i] = params[i];
  constexpr int kA = 1, kB = kA + (kUsed & 1), kC = kB + (kUsed >> 1 & 1),
                kY = kC + (kUsed >> 2 & 1);
  auto run = [&](const T* const* q, T* __restrict o, int64_t m) {
    const T* g = q[0];
    [[maybe_unused]] const T* a = (kUsed & kUsesA) ? q[kA] : g;
    [[maybe_unused]] const T* b = (kUsed & kUsesB) ? q[kB] : g;
    [[maybe_unused]] const T* c = (kUsed & kUsesC) ? q[kC] : g;
    [[maybe_unused]] const T* y = (kUsed & kUsesY) ? q[kY] : g;
    if constexpr (I == 1 && requires { Op::template near_db_ab<T>(T(), T()); }) {
      near_block(
          o, a, b, m, [&](int64_t i) { return g[i] * Op::template near_db_ab<T>(a[i], b[i]); },
          [&](int64_t i) { return g[i] * Op::template db_ab<T>(a[i], b[i]); });
      return;
    }
    if constexpr (I == 0 && requires { Op::template attempt_pulla<T>(T(), T(), T()); }) {
      attempt_block(
          o, a, b, m, [&](int64_t i) { return Op::template attempt_pulla<T>(g[i], a[i], b[i]); },
          [&](int64_t i) { return Op::template pulla_ab<T>(g[i], a[i], b[i]); });
      return;
    }
    if constexpr (OfSlopes<Op> && Op::arity == 1) {
      slopes<typename Op::Slope>(a, y, m, [&](int64_t i, T d) { o[i] = g[i] * d; });
      return;
    }
    if constexpr (I == 1 && requires { Op::template attempt_pullb<T>(T(), T(), T()); }) {
      attempt_block(
          o, a, b, m, [&](int64_t i) { return Op::template attempt_pullb<T>(g[i], a[i], b[i]); },
          [&](int64_t i) { return Op::template pullb_ab<T>(g[i], a[i], b[i]); });
      return;
    }
    if constexpr (OfAngles<Op, T> && (kUsed & kUsesA)) {
      if (!any_beyond<Op>(a, m)) {
        using Small = Near<T>;
#pragma GCC ivdep
        for (int64_t i = 0; i < m; ++i)
          o[i] = R::template pull<Small>(g[i], a[i], b[i], c[i], y[i], p);
        return;
      }
    }
#pragma GCC ivdep
    for (int64_t i = 0; i < m; ++i) o[i] = R::template pull<T>(g[i], a[i], b[i], c[i], y[i], p);
  };
  if constexpr (I == 0 && requires { Op::template pulla_with_scalar_b<T>(T(), [](auto) {}); }) {
    const T* g = static_cast<const T*>(in[0]);
    const T* a = static_cast<const T*>(in[kA]);
    if (scalars == 1u << kB &&
        Op::template pulla_with_scalar_b<T>(*static_cast<const T*>(in[kB]), [&](auto formula) {
#pragma GCC ivdep
          for (int64_t i = 0; i < n; ++i) gx[i] = formula(g[i], a[i]);
        })) {
      return;
    }
  }
  constexpr bool kBlocks =
      OfAngles<Op, T> || requires { Op::template attempt_pulla<T>(T(), T(), T()); };
  in_steps<kLight, kCount, T>(in, gx, n, scalars, kBlocks ? kBlock : n, run);
}

template <class Op, class T>
constexpr bool takes() {
  constexpr bool floating = std::is_floating_point_v<T>;
  if (Op::accept == Accept::kFloating) return floating;
  if (Op::accept == Accept::kNumeric) return !std::is_same_v<T, bool>;
  if (Op::accept == Accept::kIntegral) return !floating;
  if (Op::accept == Accept::kInteger) return !floating && !std::is_same_v<T, bool>;
  return true;
}

template <bool kLight, class Op>
void fill_op(ElementwiseKernels& k) {
  if constexpr (takes<Op, bool>()) k.forward[dtype_index<bool>] = forward_loop<kLight, Op, bool>;
  if constexpr (takes<Op, uint8_t>())
    k.forward[dtype_index<uint8_t>] = forward_loop<kLight, Op, uint8_t>;
  if constexpr (takes<Op, int32_t>())
    k.forward[dtype_index<int32_t>] = forward_loop<kLight, Op, int32_t>;
  if constexpr (takes<Op, int64_t>())
    k.forward[dtype_index<int64_t>] = forward_loop<kLight, Op, int64_t>;
  if constexpr (takes<Op, float>()) k.forward[dtype_index<float>] = forward_loop<kLight, Op, float>;
  if constexpr (takes<Op, double>())
    k.forward[dtype_index<double>] = forward_loop<kLight, Op, double>;
  auto pull = [&]<int I>(std::integral_constant<int, I>) {
    if constexpr (I < Op::arity && Derivative<Op, I>::exists &&
                  Derivative<Op, I>::used != kConstant) {
      k.pull[I][0] = pull_loop<kLight, Op, I, float>;
      k.pull[I][1] = pull_loop<kLight, Op, I, double>;
    }
  };
  if constexpr (takes<Op, float>()) {
    pull(std::integral_constant<int, 0>{});
    pull(std::integral_constant<int, 1>{});
    pull(std::integral_constant<int, 2>{});
  }
}

template <class... Ops>
void fill_list(List<Ops...>, ElementwiseKernels* k) {
  (fill_op<false, Ops>(*k++), ...);
}

/// The same for formulas of a few instructions: Note [Whole steps].
template <class... Ops>
void fill_light_list(List<Ops...>, ElementwiseKernels* k) {
  (fill_op<true, Ops>(*k++), ...);
}

}  // namespace pyad::inline PYAD_ISA
