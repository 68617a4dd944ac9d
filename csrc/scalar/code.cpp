// The functions behind instructions, instantiated from the op structs, and the assembly of code.
// See Note [Threaded code].
#include "scalar/code.hpp"

#include <array>

#include "scalar/rule.hpp"

namespace pyad {

namespace {

using Instruction = ScalarInstruction;
using Run = decltype(Instruction::run);

constexpr size_t kStretch = 1024;

#define PYAD_NEXT(RESULT) return i[1].run(i + 1, v, g, RESULT)

double stop(const Instruction*, double*, double*, double passed) { return passed; }

enum Arrives { kFromMemory, kFirst, kSecond };  // which operand is the result just computed

template <class Op, int ARRIVES>
double forward(const Instruction* i, double* v, double* g, double passed) {
  double a = 0, b = 0, c = 0;
  a = ARRIVES == kFirst ? passed : v[i->a];
  if constexpr (Op::arity > 1) b = ARRIVES == kSecond ? passed : v[i->b];
  if constexpr (Op::arity > 2) c = v[i->c];
  const auto y = static_cast<double>(apply_formula<Op, double>(a, b, c, v + i->p));
  v[i->y] = y;
  PYAD_NEXT(y);
}

/// Two ops of one operand; a compiler that sees both together shares what they have in common.
template <class First, class Second, int ARRIVES>
double forward_both(const Instruction* i, double* v, double* g, double passed) {
  const double a = ARRIVES == kFirst ? passed : v[i->a];
  const double y = apply_formula<First, double>(a, 0, 0, nullptr);
  v[i->b] = apply_formula<Second, double>(a, 0, 0, nullptr);
  v[i->y] = y;
  PYAD_NEXT(y);
}

template <class Op, int I, Put PUT>
inline void contribute(const Instruction* i, const double* v, double* g, double gy, double& out) {
  if constexpr (PUT != Put::kNone && I < Op::arity && Derivative<Op, I>::exists) {
    constexpr unsigned kUsed = Derivative<Op, I>::saves;
    const double a = kUsed & kUsesA ? v[i->a] : 0;
    const double b = kUsed & kUsesB ? v[i->b] : 0;
    const double c = kUsed & kUsesC ? v[i->c] : 0;
    const double y = kUsed & kUsesY ? v[i->y] : 0;
    const double d = Derivative<Op, I>::template pull<double>(gy, a, b, c, y, v + i->p);
    double& to = g[I == 0 ? i->a : I == 1 ? i->b : i->c];
    if constexpr (PUT == Put::kStore) to = d;
    if constexpr (PUT == Put::kAdd) to += d;
    if constexpr (PUT == Put::kPass) out = d;
  }
}

/// For the ops that programs are mostly made of: one function for each way.
template <class Op, bool PASSED, Put A, Put B>
double reverse(const Instruction* i, double* v, double* g, double passed) {
  const double gy = PASSED ? passed : g[i->y];
  double out = 0;
  contribute<Op, 0, A>(i, v, g, gy, out);
  contribute<Op, 1, B>(i, v, g, gy, out);
  PYAD_NEXT(out);
}

constexpr uint32_t kPassed = 1u << 6;  // in `put`, above two bits for each operand

template <class Op, int I>
inline void contribute_any(const Instruction* i, double* v, double* g, double gy, double& out) {
  switch (static_cast<Put>(i->put >> 2 * I & 3)) {
    case Put::kNone:
      break;
    case Put::kStore:
      contribute<Op, I, Put::kStore>(i, v, g, gy, out);
      break;
    case Put::kAdd:
      contribute<Op, I, Put::kAdd>(i, v, g, gy, out);
      break;
    case Put::kPass:
      contribute<Op, I, Put::kPass>(i, v, g, gy, out);
  }
}
template <class Op>
double reverse_any(const Instruction* i, double* v, double* g, double passed) {
  const double gy = i->put & kPassed ? passed : g[i->y];
  double out = 0;
  contribute_any<Op, 0>(i, v, g, gy, out);
  contribute_any<Op, 1>(i, v, g, gy, out);
  contribute_any<Op, 2>(i, v, g, gy, out);
  PYAD_NEXT(out);
}

/// See Note [Adjoints behind choices].
template <class Op, int I>
inline void contribute_behind(const Instruction* i, const double* v, double* g, double gy,
                              double& out) {
  const Put put = static_cast<Put>(i->put >> 2 * I & 3);
  if (put == Put::kNone) return;
  if constexpr (I < Op::arity && Derivative<Op, I>::exists) {
    double d = 0;
    if (is_idle(gy)) {
      d = gy;
    } else if constexpr (Op::selects) {
      d = (v[i->a] != 0) == (I == 1) ? gy : -0.0;
    } else {
      contribute<Op, I, Put::kPass>(i, v, g, gy, d);
      d += 0.0;
    }
    double& to = g[I == 0 ? i->a : I == 1 ? i->b : i->c];
    (put == Put::kPass ? out : to) = put == Put::kAdd ? to + d : d;
  }
}
template <class Op>
double reverse_behind(const Instruction* i, double* v, double* g, double passed) {
  const double gy = i->put & kPassed ? passed : g[i->y];
  double out = 0;
  contribute_behind<Op, 0>(i, v, g, gy, out);
  contribute_behind<Op, 1>(i, v, g, gy, out);
  contribute_behind<Op, 2>(i, v, g, gy, out);
  PYAD_NEXT(out);
}

struct Functions {
  Run forward[3];
  Run behind;
  Run reverse[2][4][4];  // by whether the adjoint is passed, and by the operands' Put
};

template <class Op, class... Ops>
constexpr bool is_among(List<Ops...>) {
  return (std::is_same_v<Op, Ops> || ...);
}

template <class Op, bool PASSED, size_t... AB>
constexpr void fill_reverse(Functions& f, std::index_sequence<AB...>) {
  ((f.reverse[PASSED][AB / 4][AB % 4] =
        reverse<Op, PASSED, static_cast<Put>(AB / 4), static_cast<Put>(AB % 4)>),
   ...);
}

template <class Op>
constexpr Functions make_functions() {
  Functions f{};
  if constexpr (Op::scalar && Op::accept != Accept::kIntegral && Op::accept != Accept::kInteger) {
    f.forward[kFromMemory] = forward<Op, kFromMemory>;
    f.forward[kFirst] = forward<Op, kFirst>;
    f.forward[kSecond] = forward < Op, Op::arity == 1 ? kFirst : kSecond > ;
    if constexpr (Op::result == Result::kSame) {
      f.behind = reverse_behind<Op>;
      if constexpr (Op::arity == 2 && is_among<Op>(ArithmeticOps{})) {
        fill_reverse<Op, false>(f, std::make_index_sequence<16>{});
        fill_reverse<Op, true>(f, std::make_index_sequence<16>{});
      } else if constexpr (Op::arity == 1) {
        auto fill = [&]<int A>(std::integral_constant<int, A>) {
          for (int b = 0; b < 4; ++b) {
            f.reverse[0][A][b] = reverse<Op, false, static_cast<Put>(A), Put::kNone>;
            f.reverse[1][A][b] = reverse<Op, true, static_cast<Put>(A), Put::kNone>;
          }
        };
        fill(std::integral_constant<int, 1>{});
        fill(std::integral_constant<int, 2>{});
        fill(std::integral_constant<int, 3>{});
      } else {
        for (auto& by_a : f.reverse)
          for (auto& by_b : by_a)
            for (Run& r : by_b) r = reverse_any<Op>;
      }
    }
  }
  return f;
}

template <class... Ops>
constexpr std::array<Functions, sizeof...(Ops)> make_all(List<Ops...>) {
  return {make_functions<Ops>()...};
}
constexpr auto kFunctions = make_all(detail::AllElementwise{});

#undef PYAD_NEXT

}  // namespace

void ScalarCode::append(const Instruction& i) {
  if (code_.size() - (starts_.empty() ? 0 : starts_.back()) >= kStretch || starts_.empty()) {
    finish();
    starts_.push_back(code_.size());
  }
  code_.push_back(i);
}
void ScalarCode::finish() {
  if (!starts_.empty()) code_.push_back({stop, 0, 0, 0, 0, 0, 0});
}

ScalarCode ScalarCode::forward(const ScalarProgram& p, std::span<const uint32_t> slot) {
  ScalarCode code;
  using Sin = OpNamed<"sin">;
  using Cos = OpNamed<"cos">;
  static constexpr Run kBoth[2][2] = {
      {forward_both<Sin, Cos, kFromMemory>, forward_both<Sin, Cos, kFirst>},
      {forward_both<Cos, Sin, kFromMemory>, forward_both<Cos, Sin, kFirst>}};
  const StepPairs pairs = pair_steps(p);
  auto at = [&](uint32_t s) { return slot.empty() ? s : slot[s]; };
  for (size_t k = 0; k < p.steps.size(); ++k) {
    if (pairs.done[k]) continue;
    const ScalarProgram::Step& s = p.steps[k];
    const uint32_t y = p.first_result() + static_cast<uint32_t>(k);
    const int arity = scalar_rules()[s.op].arity;
    // The result before this one; of the first step there is none.
    const Arrives arrives = k == 0 || pairs.done[k - 1]      ? kFromMemory
                            : s.in[0] == y - 1               ? kFirst
                            : arity == 2 && s.in[1] == y - 1 ? kSecond
                                                             : kFromMemory;
    if (const uint32_t second = pairs.second[k]; second != StepPairs::kNone) {
      const Run run = kBoth[s.op == kOpId<"cos">][arrives];
      code.append({run, at(s.in[0]), at(p.first_result() + second), 0, at(y), 0, 0});
      continue;
    }
    code.append({kFunctions[s.op].forward[arrives], at(s.in[0]), at(s.in[1]), at(s.in[2]), at(y),
                 s.params, 0});
  }
  code.finish();
  return code;
}

ScalarCode ScalarCode::reverse(const ScalarProgram& p, const ReversePlan& plan) {
  ScalarCode code;
  for (const ReversePlan::Step& r : plan.steps) {
    const ScalarProgram::Step& s = p.steps[r.step];
    uint32_t put = r.passed ? kPassed : 0;
    for (int i = 0; i < 3; ++i) put |= static_cast<uint32_t>(r.put[i]) << 2 * i;
    const Functions& functions = kFunctions[s.op];
    const Run run =
        r.behind ? functions.behind : functions.reverse[r.passed][put & 3][put >> 2 & 3];
    code.append({run, s.in[0], s.in[1], s.in[2], p.first_result() + r.step, s.params, put});
  }
  code.finish();
  return code;
}

}  // namespace pyad
