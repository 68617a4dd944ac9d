// Functions over elementwise ops whose Python signature says more than operands and numbers:
// rounding modes, alpha, tensor bounds, `where` with one argument, the two gelus. Each resolves to
// ops of the table.
#include <cmath>

#include "core/host.hpp"
#include "ops/function.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

template <OpName NAME>
Tensor apply(std::initializer_list<Operand> in, const double* params = nullptr) {
  static const ElementwiseInfo& op = *find_elementwise(NAME.text);
  return elementwise(op, std::span<const Operand>(in.begin(), in.size()), params);
}

void need_tensor(const Args& a, int n) {
  for (int i = 0; i < n; ++i)
    if (a.operand(i).tensor) return;
  fail(ErrorKind::kType, a.op(),
       "(): at least one operand must be a Tensor; wrap numbers with pyad.tensor(...)");
}

/// `b` times alpha, in the dtype of the result of `op`.
Operand scaled(const ElementwiseInfo& op, const char* name, const Operand& a, const Operand& b,
               Scalar alpha, Tensor& held) {
  const Operand in[] = {a, b};
  DType dtype = compute_dtype(op, in);
  if (alpha.category == Category::kFloating && !is_floating(dtype)) {
    fail(ErrorKind::kRuntime, name,
         ": for integer operands alpha must not be a floating point number, got ",
         alpha.as_double());
  }
  if (alpha.category == Category::kBool && dtype != DType::kBool)
    fail(ErrorKind::kRuntime, name, ": a bool alpha is for bool results only, not for ", dtype);
  alpha = alpha.in(dtype, name, Door::kWrite);
  held = mul(b.tensor ? to_dtype(*b.tensor, dtype) : scalar_tensor(b.number, dtype, name), alpha);
  return held;
}

/// a + alpha b, or a - alpha b.
template <OpName NAME, bool SWAPPED = false>
Answer with_alpha(Args& a) {
  static const ElementwiseInfo& op = *find_elementwise(NAME.text);
  need_tensor(a, 2);
  Operand in[] = {a.operand(SWAPPED), a.operand(!SWAPPED)};
  Tensor held;
  if (a.number(2).category == Category::kBool || a.number(2).as_double() != 1)
    in[1] = scaled(op, a.op(), in[0], in[1], a.number(2), held);
  return elementwise(op, in);
}

Answer divide(Args& a) {
  need_tensor(a, 2);
  if (!a.given(2)) return div(a.operand(0), a.operand(1));
  const std::string& mode = a.text(2);
  if (mode == "floor") return floor_divide(a.operand(0), a.operand(1));
  if (mode == "trunc") return apply<"trunc_divide">({a.operand(0), a.operand(1)});
  fail(ErrorKind::kValue, "div: rounding_mode must be None, 'trunc' or 'floor', got '", mode, "'");
}

/// The ends of a dtype.
Scalar least(DType t) {
  return is_floating(t)       ? Scalar(-HUGE_VAL)
         : t != DType::kInt64 ? Scalar(static_cast<int64_t>(info_of(t).low))
                              : Scalar(INT64_MIN);
}
Scalar most(DType t) {
  return is_floating(t)       ? Scalar(HUGE_VAL)
         : t != DType::kInt64 ? Scalar(static_cast<int64_t>(info_of(t).high))
                              : Scalar(INT64_MAX);
}

/// Bounds as numbers are a kernel of their own; a tensor bound is an op for each side.
Tensor clamp_with(const Tensor& x_in, const Operand* low, const Operand* high) {
  bool numbers = (!low || !low->tensor) && (!high || !high->tensor);
  if (numbers) {
    auto truth = [](const Operand* b) { return !b || b->number.category == Category::kBool; };
    const bool is_bool = x_in.dtype() == DType::kBool;
    Tensor x = is_bool ? to_dtype(x_in, DType::kInt64) : x_in;
    auto floats = [](const Operand* b) { return b && b->number.category == Category::kFloating; };
    if (!is_floating(x.dtype()) && (floats(low) || floats(high))) x = to_dtype(x, default_dtype());
    static const ElementwiseInfo& op = *find_elementwise("clamp");
    const Operand in[] = {x};
    const Scalar params[] = {low ? low->number : least(x.dtype()),
                             high ? high->number : most(x.dtype())};
    Tensor y = elementwise_with(op, in, params);
    return is_bool && truth(low) && truth(high) ? to_dtype(y, DType::kBool) : y;
  }
  for (const Operand* bound : {low, high})
    if (bound && bound->tensor) broadcast_sizes("clamp", x_in.sizes(), bound->tensor->sizes());
  Tensor y = x_in;
  if (low) y = apply<"clamp_min">({y, *low});
  if (high) y = apply<"clamp_max">({y, *high});
  return y;
}

Answer clamp(Args& a) {
  Operand low = a.operand(1), high = a.operand(2);
  if (!a.given(1) && !a.given(2))
    fail(ErrorKind::kValue, "clamp: at least one of min and max must not be None");
  return clamp_with(a.tensor(0), a.given(1) ? &low : nullptr, a.given(2) ? &high : nullptr);
}
Answer clamp_min(Args& a) {
  Operand low = a.operand(1);
  return clamp_with(a.tensor(0), &low, nullptr);
}
Answer clamp_max(Args& a) {
  Operand high = a.operand(1);
  return clamp_with(a.tensor(0), nullptr, &high);
}

void check_condition(const Tensor& c) {
  if (c.dtype() != DType::kBool && c.dtype() != DType::kUInt8) {
    fail(ErrorKind::kType, "where: the condition must be a bool tensor, got ", c.dtype(),
         "; compare it with something first");
  }
}

Answer where_any(Args& a) {
  if (!a.given(1) && !a.given(2)) return Answer(nonzero_tuple(a.tensor(0)));
  if (!a.given(1) || !a.given(2))
    fail(ErrorKind::kType, "where: takes a condition alone, or a condition and two operands");
  check_condition(a.tensor(0));
  return where(a.tensor(0), a.operand(1), a.operand(2));
}
/// As a method: `x.where(condition, other)`.
Answer where_method(Args& a) {
  check_condition(a.tensor(1));
  return where(a.tensor(1), a.tensor(0), a.operand(2));
}

Answer gelu(Args& a) {
  if (a.text(1) == "none") return apply<"gelu">({a.tensor(0)});
  if (a.text(1) == "tanh") return apply<"gelu_tanh">({a.tensor(0)});
  fail(ErrorKind::kValue, "gelu: approximate must be 'none' or 'tanh', got '", a.text(1), "'");
}

Answer square_any(Args& a) {
  return apply<"square">(
      {a.tensor(0).dtype() == DType::kBool ? to_dtype(a.tensor(0), DType::kInt64) : a.tensor(0)});
}

Tensor polygamma_of(const Operand& n, const Tensor& x) {
  if (!n.tensor) {
    if (n.number.category == Category::kFloating)
      fail(ErrorKind::kType, "polygamma: n must be an int, got ", n.number.as_double());
    if (n.number.as_double() < 0)
      fail(ErrorKind::kRuntime, "polygamma: n must not be negative, got ", n.number.as_double());
  }
  return apply<"polygamma">({n, x});
}
Answer polygamma(Args& a) { return polygamma_of(a.operand(0), a.tensor(1)); }
Answer polygamma_method(Args& a) { return polygamma_of(a.operand(1), a.tensor(0)); }

/// The logarithm of a product of gamma functions, half a unit apart.
Answer mvlgamma(Args& a) {
  constexpr double kLogPi = 1.14472988584940017414;
  const int64_t p = a.integer(1);
  constexpr int64_t kMost = 1'000'000;  // rows of a matrix; each is a term
  if (p < 1 || p > kMost)
    fail(ErrorKind::kRuntime, "mvlgamma: p must be at least 1 and at most ", kMost, ", got ", p);
  const Tensor& x = a.tensor(0);
  Tensor y = apply<"lgamma">({x});
  for (int64_t k = 1; k < p; ++k) {
    poll_interrupt();
    y = add(y, apply<"lgamma">({sub(x, 0.5 * static_cast<double>(k))}));
  }
  const double d = static_cast<double>(p);
  return contiguous(p == 1 ? y : add(y, 0.25 * d * (d - 1) * kLogPi));  // as PyTorch's sum
}

constexpr unsigned kOperator = kEverywhere | kInPlace;
constexpr const char* kAlpha = "input: Operand, other: Operand, *, alpha: Number = 1";
constexpr const char* kRounded = "input: Operand, other: Operand, *, rounding_mode: str? = None";
constexpr const char* kBounds = "input: Tensor, min: Operand? = None, max: Operand? = None";

constexpr const char* kAddDoc =
    R"doc(Sum of the operands, the second times alpha.

Args:
  input, other: tensors or numbers, broadcast against each other.
  alpha: factor of other; must be an int for integer operands.

Returns:
  a tensor of the broadcast shape and the promoted dtype.

Raises:
  ShapeError if the shapes do not broadcast.)doc";
constexpr const char* kSubDoc =
    R"doc(Difference of the operands, the second times alpha.

Args, Returns, Raises: as for add; bool tensors are rejected (TypeError).)doc";
constexpr const char* kDivDoc =
    R"doc(Quotient of the operands, rounded if asked.

Args:
  input, other: tensors or numbers.
  rounding_mode: None (true division; integers give floats), 'trunc' or 'floor'.

Returns:
  a tensor of the broadcast shape.

Raises:
  ValueError for another mode; RuntimeError for an integer divided by zero.)doc";
constexpr const char* kClampDoc =
    R"doc(The input limited to [min, max]; max where min > max.

Args:
  input: tensor.
  min, max: numbers or tensors; None leaves that side open.

Returns:
  a tensor of the broadcast shape.

Raises:
  ValueError if both bounds are None.)doc";
constexpr const char* kWhereDoc =
    R"doc(Elements of input where the condition holds, else of other.

Args:
  condition: bool tensor.
  input, other: tensors or numbers; without them, the indices of True as by nonzero.

Returns:
  a tensor of the broadcast shape, or a tuple of index tensors.

Raises:
  TypeError if the condition is not bool.)doc";

const Function kRows[] = {
    {"add", kAlpha, kAddDoc, Kind::kComposite, kOperator | kOverOp, with_alpha<"add">, "1, alpha",
     "smooth"},
    {"sub", kAlpha, kSubDoc, Kind::kComposite, kOperator | kOverOp | called("subtract"),
     with_alpha<"sub">, "1, -alpha", "smooth"},
    {"rsub", kAlpha, "other minus alpha times input.", Kind::kComposite, kInModule,
     with_alpha<"sub", true>, "-alpha, 1", "smooth"},
    {"div", kRounded, kDivDoc, Kind::kComposite, kOperator | kOverOp | called("divide"), divide,
     "1 / b, -y / b; 0 when rounded", "smooth except b = 0"},
    {"clamp", kBounds, kClampDoc, Kind::kComposite, kOperator | called("clip"), clamp,
     "1 in [min, max], else 0", "1 at both ends"},
    {"clamp_min", "input: Tensor, min: Operand", "The input, at least min.", Kind::kComposite,
     kOperator | kOverOp, clamp_min, "1 where x >= min, else 0", "1 at the bound"},
    {"clamp_max", "input: Tensor, max: Operand", "The input, at most max.", Kind::kComposite,
     kOperator | kOverOp, clamp_max, "1 where x <= max, else 0", "1 at the bound"},
    {"where",
     "condition: Tensor, input: Operand? = None, other: Operand? = None -> Tensors | Tensor if "
     "input",
     kWhereDoc, Kind::kComposite, kInModule, where_any, "1 for the operand taken, else 0",
     "the operand not taken gets exactly 0"},
    {"where", "input: Tensor, condition: Tensor, other: Operand", kWhereDoc, Kind::kComposite,
     kMethod, where_method, "1 for the operand taken, else 0",
     "the operand not taken gets exactly 0"},
    {"gelu", "input: Tensor, approximate: str = 'none'",
     R"doc(Gaussian error linear unit x * Phi(x), by erf or by its tanh approximation.

Args:
  input: floating tensor.
  approximate: 'none' or 'tanh'.

Returns:
  a tensor of input's shape.

Raises:
  ValueError for another approximation.)doc",
     Kind::kComposite, kInModule | kOverOp | in("nn.functional"), gelu, "Phi(x) + x phi(x)",
     "smooth"},
    {"polygamma", "n: Operand, input: Tensor",
     R"doc(Derivative of order n of digamma; digamma itself for n = 0.

Args:
  n: order, an int from 0 on, or a tensor of such.
  input: tensor; integers become the default floating type.

Returns:
  a tensor of input's shape.

Raises:
  RuntimeError for a negative n.)doc",
     Kind::kComposite, kInModule | in("special"), polygamma, "polygamma(n + 1, x)",
     "infinite at the poles"},
    {"polygamma", "input: Tensor, n: Operand", "Derivative of order n of digamma.",
     Kind::kComposite, kMethod | kInPlace, polygamma_method, "polygamma(n + 1, x)",
     "infinite at the poles"},
    {"mvlgamma", "input: Tensor, p: int",
     R"doc(Logarithm of the multivariate gamma function of dimension p.

Args:
  input: tensor, its elements greater than (p - 1) / 2.
  p: dimension, from 1 on.

Returns:
  a tensor of input's shape.

Raises:
  RuntimeError for p < 1.)doc",
     Kind::kComposite, kOperator | called("special.multigammaln"), mvlgamma,
     "the sum of digamma(x - k / 2), k from 0 to p - 1", "NaN at the poles"},
    {"square", "input: Tensor", "Square of the input; bool becomes int64.", Kind::kComposite,
     kOperator, square_any, "2 x", "smooth"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
