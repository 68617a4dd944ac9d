// A row of the op table as Python sees it: name, signature, documentation, and the call that turns
// parsed arguments into results.
//
// bind makes the module functions, Tensor methods and in-place methods from these rows by one loop;
// stubs, documentation and test parameters read them through `pyad._core.op_table()`.
//
// Note [Signatures]
// A signature is the Python one, with these types; `?` after a type admits None. Defaults are
// Python literals.
//   Tensor      a tensor (numbers and NumPy arrays are converted)
//   Operand     a tensor or a number, not converted
//   Tensors     a list or tuple of tensors (or, as last positional parameter, the tensors
//               themselves)
//   Number      int, float or bool
//   Number|str  a number or a str
//   int float bool str dtype
//   dims        an int or several: `sum(x, 1)`, `sum(x, (0, 1))`
//   sizes       as dims, or spread over the remaining positions: `x.reshape(2, 3)`
//   ints        an int or a sequence of ints
//   ints|str    as ints, or a str
//   ints|None   as ints, where items may be None (kNone)
//   floats      a number or a sequence of numbers, read by `reals`
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor.hpp"
#include "ops/elementwise/info.hpp"
#include "ops/op.hpp"

namespace pyad {

/// What stands for None among the items of `ints|None`.
inline constexpr int64_t kNone = INT64_MIN;

/// One parsed argument.
struct Arg {
  enum class Is : uint8_t { kNone, kTensor, kNumber, kDims, kText, kDType, kTensors };
  Is is = Is::kNone;
  DType dtype = DType::kFloat32;
  Scalar number;
  Tensor tensor;
  Dims dims;
  std::string text;
  std::vector<Tensor> tensors;
};

class Args {
 public:
  Args(const char* op, std::span<Arg> args) : op_(op), args_(args) {}
  const char* op() const { return op_; }
  bool given(int i) const { return at(i).is != Arg::Is::kNone; }
  const Tensor& tensor(int i) const { return at(i).tensor; }
  /// Undefined when the argument is None.
  const Tensor& tensor_or_none(int i) const { return at(i).tensor; }
  Operand operand(int i) const {
    return at(i).is == Arg::Is::kTensor ? Operand(at(i).tensor) : Operand(at(i).number);
  }
  Scalar number(int i) const { return at(i).number; }
  int64_t integer(int i) const { return at(i).number.as_int(); }
  double real(int i) const { return at(i).number.as_double(); }
  bool flag(int i) const { return at(i).number.as_bool(); }
  const Dims& dims(int i) const { return at(i).dims; }
  /// Of an argument of type floats; its numbers travel as the bits of doubles.
  std::vector<double> reals(int i) const {
    std::vector<double> v;
    for (int64_t bits : at(i).dims) v.push_back(std::bit_cast<double>(bits));
    return v;
  }
  const std::string& text(int i) const { return at(i).text; }
  DType dtype(int i) const { return at(i).dtype; }
  /// Whether an argument of type ints or floats came as one number, or one of type Tensors as
  /// tensors without a list around them.
  bool bare(int i) const { return at(i).number.category == Category::kBool && at(i).number.i; }
  const std::vector<Tensor>& tensors(int i) const { return at(i).tensors; }
  std::span<const Arg> all() const { return args_; }

 private:
  Arg& at(int i) const { return args_[static_cast<size_t>(i)]; }
  const char* op_;
  std::span<Arg> args_;
};

/// Whether parameter `i`, a memory_format, leaves the layout of the input as it is.
inline bool keeps_layout(const Args& a, int i) {
  return !a.given(i) || a.text(i) == "preserve_format";
}

/// What a call returns: a tensor, several (a tuple, or a named tuple), or a plain bool.
struct Answer {
  enum class Is : uint8_t { kTensor, kTuple, kBool, kNone };
  Is is;
  Tensor tensor;
  std::vector<Tensor> tensors;
  const char* fields = nullptr;  // names of a named tuple, e.g. "values indices"
  bool flag = false;
  Answer(Tensor t) : is(Is::kTensor), tensor(std::move(t)) {}
  Answer(std::vector<Tensor> t, const char* names = nullptr)
      : is(Is::kTuple), tensors(std::move(t)), fields(names) {}
  static Answer boolean(bool v) {
    Answer a{Tensor()};
    a.is = Is::kBool;
    a.flag = v;
    return a;
  }
};

enum FunctionFlags : unsigned {
  kInModule = 1,        // pyad.name
  kMethod = 2,          // Tensor.name; the first parameter is self
  kInPlace = 4,         // Tensor.name_ as well: the result is written into self
  kInNN = 8,            // pyad.nn.functional.name
  kShapeOfValues = 16,  // the shape of the result depends on values, so it has no batch
  kEverywhere = kInModule | kMethod,
};

struct Function {
  const char* name;
  const char* signature;
  const char* doc;  // one line; then what the reader of the reference needs
  Kind kind;
  unsigned flags;
  Answer (*call)(Args& args);
  const char* derivative = "";  // for the documentation's op table
  const char* kinks = "";
};

/// The rows that families contribute (reduce.cpp, shape.cpp ...); elementwise rows are derived from
/// their structs.
std::span<const Function> reduce_functions();
std::span<const Function> scan_functions();
std::span<const Function> shape_functions();
std::span<const Function> index_functions();
std::span<const Function> product_functions();
std::span<const Function> loss_functions();
std::span<const Function> layer_functions();
std::span<const Function> convolution_functions();
std::span<const Function> pooling_functions();
std::span<const Function> resample_functions();
std::span<const Function> normalization_functions();
std::span<const Function> recurrent_functions();
std::span<const Function> attention_functions();
std::span<const Function> sort_functions();
std::span<const Function> search_functions();
std::span<const Function> pairs_functions();
std::span<const Function> linalg_functions();
std::span<const Function> creation_functions();
/// Composites over elementwise ops: div with a rounding mode, clamp with tensor bounds, where
/// without branches, gelu ...
std::span<const Function> composite_functions();

}  // namespace pyad
