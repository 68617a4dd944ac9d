// Conversions around ops on stored dtypes. See stored.hpp.
#include "dispatch/stored.hpp"

#include <array>
#include <utility>
#include <vector>

#include "dispatch/inplace.hpp"
#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

/// What results are converted to: for a dtype that is computed in, the stored dtype that the operands
/// computed in it meet in. Wider operands do not count: with them a result of that dtype has nothing
/// to do, they are places.
class Back {
 public:
  void add(DType t) {
    if (category(t) == Category::kBool || item_size(t) == 8) return;
    Seen& seen = seen_[static_cast<size_t>(category(t))];
    seen.dtype = seen.any ? promote(seen.dtype, t) : t;
    seen.any = true;
  }
  void add(const Tensor& x) {
    if (x.defined()) add(x.dtype());
  }
  /// The stored dtype that was asked for by name.
  void ask(DType t) { seen_[static_cast<size_t>(category(t))] = {true, t}; }

  Tensor operator()(const Tensor& y) const {
    if (!y.defined()) return y;
    const Seen& seen = seen_[static_cast<size_t>(category(y.dtype()))];
    const bool back = seen.any && is_stored(seen.dtype) && computed_in(seen.dtype) == y.dtype();
    return back ? to_dtype(y, seen.dtype) : y;
  }

 private:
  struct Seen {
    bool any = false;
    DType dtype = DType::kBool;
  };
  std::array<Seen, 3> seen_;
};

/// What `call` gives; a complaint about a dtype says where it comes from, if it is not the caller's.
template <class F>
auto told(DType stored, F&& call) {
  try {
    return call();
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kType) throw;
    fail(ErrorKind::kType, e.what(), " (", stored, " is computed in ", computed_in(stored), ")");
  }
}

/// Raises unless integers that were made of numbers (a range ...) have a place in the dtype asked for.
void check_fit(const char* op, const Tensor& computed, const Tensor& y) {
  if (is_floating(y.dtype()) || !is_stored(y.dtype())) return;
  const Tensor values = contiguous_values(peek(computed));
  for (int64_t i = 0; i < values.numel(); ++i)
    (void)Scalar(int64_t{values.data<int32_t>()[i]}).in(y.dtype(), op, Door::kOperator);
}

Tensor to_computed(const Tensor& x) {
  return x.defined() ? to_dtype(x, computed_in(x.dtype())) : x;
}

}  // namespace

Tensors call_stored(const OpInfo& op, const void* attr, Inputs in) {
  Back back;
  Tensors converted;
  converted.reserve(in.size());
  for (const Tensor& x : in) {
    back.add(x);
    converted.push_back(to_computed(x));
  }
  const auto first = std::find_if(
      in.begin(), in.end(), [](const Tensor& x) { return x.defined() && is_stored(x.dtype()); });
  Tensors out = told(first->dtype(), [&] { return call_op(op, attr, converted); });
  for (size_t k = 0; k < out.size(); ++k)
    if (op.diff_outputs >> std::min<size_t>(k, 31) & 1) out[k] = back(out[k]);
  return out;
}

Tensor elementwise_stored(const ElementwiseInfo& op, DType dtype, std::span<const Operand> in,
                          const double* params) {
  const DType computed = computed_in(dtype);
  std::array<Tensor, 3> tensors;
  std::array<Operand, 3> operands;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i].tensor) {
      // By way of the common dtype, which may hold less than the one computed in.
      tensors[i] = to_dtype(to_dtype(*in[i].tensor, dtype), computed);
      operands[i] = Operand(tensors[i]);
      continue;
    }
    operands[i] = in[i];
    // Comparisons know integers of any size, powers refuse all that are negative.
    const bool exact =
        op.compares || (op.rejects_negative_exponent && in[i].number.as_double() < 0);
    if (exact && !is_floating(dtype)) continue;
    const Scalar n =
        in[i].number.in(dtype, op.name, op.writes_operands ? Door::kWrite : Door::kOperator);
    // Only answers that hang on equality see a number as an element; others round the result alone.
    operands[i] = op.compares ? Operand(scalar_tensor(n, dtype).item()) : Operand(n);
  }
  const Tensor y = told(dtype, [&] {
    return elementwise_in(op, computed, std::span(operands).first(in.size()), params);
  });
  return op.result == Result::kBool ? y : to_dtype(y, dtype);
}

bool any_stored(const Args& args) {
  return std::any_of(args.all().begin(), args.all().end(), [](const Arg& a) {
    if (a.is == Arg::Is::kDType) return is_stored(a.dtype);
    return (a.tensor.defined() && is_stored(a.tensor.dtype())) || any_stored(a.tensors());
  });
}

Answer call_row_stored(const Function& row, std::span<const Arg> args,
                       Answer (*call)(const Function& row, Args& args)) {
  std::vector<Arg> own(args.begin(), args.end());
  Back back;
  // What was converted, and how often its memory had been written to then: rows that write to their
  // arguments write to the copies.
  struct Copy {
    Tensor original, copy;
    uint64_t version;
  };
  std::vector<Copy> copies;
  DType stored = DType::kFloat32;  // one of those there are
  bool asked = false;              // for it, by name
  auto convert = [&](Tensor& x) {
    if (!x.defined()) return;
    back.add(x);
    if (!is_stored(x.dtype())) return;
    stored = x.dtype();
    Tensor y = to_computed(x);
    copies.push_back({x, y, y.impl()->storage->version});
    x = std::move(y);
  };
  for (Arg& a : own) {
    convert(a.tensor);
    for (Tensor& x : a.tensors()) convert(x);
  }
  for (Arg& a : own) {
    if (a.is != Arg::Is::kDType || !is_stored(a.dtype)) continue;
    back.ask(a.dtype);
    asked = true;
    stored = a.dtype;
    a.dtype = computed_in(a.dtype);
  }
  Args converted(row.name, own);
  Answer answer = told(stored, [&] { return call(row, converted); });
  for (const Copy& c : copies) {
    if (c.copy.is_batched() || c.copy.impl()->storage->version == c.version) continue;
    write_inplace(row.name, c.original, c.copy);
    if (answer.is == Answer::Is::kTensor && answer.tensor.is(c.copy)) return c.original;
  }
  if (answer.is == Answer::Is::kTensor) {
    const Tensor y = back(answer.tensor);
    if (asked) check_fit(row.name, answer.tensor, y);
    answer.tensor = y;
  }
  if (answer.is == Answer::Is::kTuple)
    for (Tensor& y : answer.tensors) y = back(y);
  return answer;
}

}  // namespace pyad
