// A row of the op table as Python sees it: name, signature, documentation, and the call that turns
// parsed arguments into results.
//
// bind makes functions, methods and in-place methods from these rows by one loop; stubs,
// documentation and test parameters read them through `pyad._core.op_table()`.
//
// Note [Signatures]
// A signature is the Python one, with these types; `?` after a type admits None, `!` after the first
// says that it is written to. Defaults are Python literals.
//   Tensor      a tensor (numbers and NumPy arrays are converted)
//   Operand     a tensor or a number, not converted
//   Tensors     a list or tuple of tensors (or, as last positional parameter, the tensors
//               themselves)
//   Number      int, float or bool
//   Number|str  a number or a str
//   int float bool str dtype Generator; object, which only rows with a face of their own read
//   dims        an int or several: `sum(x, 1)`, `sum(x, (0, 1))`
//   sizes       as dims, or spread over the remaining positions: `x.reshape(2, 3)`
//   ints        an int or a sequence of ints
//   ints|str    as ints, or a str
//   ints|None   as ints, where items may be None (kNone)
//   floats      a number or a sequence of numbers, read by `reals`
//   device      the CPU; layout: strided. Checked when arguments are read, never seen by rows; so
//               they stand last
// After the parameters `-> result`, if it is no Tensor: Tensors (a tuple of any length),
// (Tensor, Tensor), (values: Tensor, indices: Tensor) with names, bool, int, float, None; `A | B if p`
// is B where parameter p is given. Several rows of one name in one place are overloads: a call goes to
// the first whose parameters its arguments are.
//
// Note [Namespaces]
// A row says the places where users find it: in pyad itself, as a method, and in namespaces
// (`in("nn.functional special")`), which are modules of that name under `pyad` and `pyad._core`, made
// from the rows. Further names are aliases: "special.gammaln" in a namespace, "absolute" wherever the
// row itself is outside of namespaces. Op structs of elementwise ops say the same in `namespaces` and
// `aliases`. A new namespace is a word in the rows, and a page under pyad/ that takes its names.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/tensor.hpp"
#include "ops/elementwise/info.hpp"
#include "ops/op.hpp"

namespace pyad {

/// What stands for None among the items of `ints|None`.
inline constexpr int64_t kNone = INT64_MIN;

class Generator;

/// One parsed argument. Most are tensors, numbers, dims or None; the others share one room, so that
/// an argument costs little to make and to end.
class Arg {
 public:
  enum class Is : uint8_t {
    kNone,
    kTensor,
    kNumber,
    kDims,
    kDType,
    kGenerator,
    // What the room holds.
    kText,
    kTensors,
    kReals
  };
  Is is = Is::kNone;
  bool bare = false;  // of lists: one item, without a list around it
  DType dtype = DType::kFloat32;
  Scalar number;
  Tensor tensor;
  Dims dims;

  Arg() {}
  Arg(const Arg& o)
      : bare(o.bare), dtype(o.dtype), number(o.number), tensor(o.tensor), dims(o.dims) {
    take_room(o);
  }
  Arg& operator=(const Arg& o) {
    if (this == &o) return *this;
    if (is >= Is::kText) end_room();
    is = Is::kNone;
    bare = o.bare;
    dtype = o.dtype;
    number = o.number;
    tensor = o.tensor;
    dims = o.dims;
    take_room(o);
    return *this;
  }
  ~Arg() {
    if (is >= Is::kText) [[unlikely]]
      end_room();
  }

  // Empty, or null, of an argument of another type.
  const std::string& text() const { return is == Is::kText ? text_ : kNoText; }
  std::span<Tensor> tensors() {
    return is == Is::kTensors ? std::span<Tensor>(tensors_) : std::span<Tensor>();
  }
  std::span<const Tensor> tensors() const {
    return is == Is::kTensors ? std::span<const Tensor>(tensors_) : std::span<const Tensor>();
  }
  const std::vector<Tensor>& tensor_list() const {
    return is == Is::kTensors ? tensors_ : kNoTensors;
  }
  std::span<double> reals() {
    return is == Is::kReals ? std::span<double>(reals_) : std::span<double>();
  }
  const std::vector<double>& real_list() const { return is == Is::kReals ? reals_ : kNoReals; }
  Generator* generator() const { return is == Is::kGenerator ? generator_ : nullptr; }

  // Of an argument that is none yet.
  void set(std::string text) {
    is = Is::kText;
    std::construct_at(&text_, std::move(text));
  }
  void set(Generator* generator) {
    is = Is::kGenerator;
    generator_ = generator;
  }
  std::vector<Tensor>& start_tensors() {
    is = Is::kTensors;
    return *std::construct_at(&tensors_);
  }
  std::vector<double>& start_reals() {
    is = Is::kReals;
    return *std::construct_at(&reals_);
  }

 private:
  void take_room(const Arg& o);  // what it holds, and its type
  void end_room();
  static const std::string kNoText;
  static const std::vector<Tensor> kNoTensors;
  static const std::vector<double> kNoReals;
  union {
    std::string text_;
    std::vector<Tensor> tensors_;
    std::vector<double> reals_;
    Generator* generator_;
  };
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
  /// Of an argument of type floats.
  const std::vector<double>& reals(int i) const { return at(i).real_list(); }
  const std::string& text(int i) const { return at(i).text(); }
  DType dtype(int i) const { return at(i).dtype; }
  /// Whether an argument of type ints or floats came as one number, or one of type Tensors as
  /// tensors without a list around them.
  bool bare(int i) const { return at(i).bare; }
  /// Null for the default generator.
  Generator* generator(int i) const { return at(i).generator(); }
  const std::vector<Tensor>& tensors(int i) const { return at(i).tensor_list(); }
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

/// What a call returns: a tensor, several (a tuple, which has names if the signature has), a plain
/// bool or None.
struct Answer {
  enum class Is : uint8_t { kTensor, kTuple, kBool, kNone };
  Is is;
  Tensor tensor;
  std::vector<Tensor> tensors;
  bool flag = false;
  Answer(Tensor t) : is(Is::kTensor), tensor(std::move(t)) {}
  Answer(std::vector<Tensor> t) : is(Is::kTuple), tensors(std::move(t)) {}
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
  kOwnFace = 64,        // called by a function of bind's own, not by this row
  kOverOp = 8,          // called with operands alone it is the elementwise op of its name
  kShapeOfValues = 16,  // the shape of the result depends on values, so it has no batch
  kUnspecified = 32,    // its values are whatever the memory held
  kEverywhere = kInModule | kMethod,
};

/// Where users find a row, and what else there is to say of it: Note [Namespaces].
struct Places {
  unsigned flags = 0;
  const char* namespaces = "";
  const char* aliases = "";
  constexpr Places(unsigned f) : flags(f) {}
  constexpr Places(const char* spaces, const char* names) : namespaces(spaces), aliases(names) {}
};
constexpr Places in(const char* namespaces) { return {namespaces, ""}; }
constexpr Places called(const char* aliases) { return {"", aliases}; }
constexpr Places operator|(Places a, Places b) {
  a.flags |= b.flags;
  if (*b.namespaces) a.namespaces = b.namespaces;
  if (*b.aliases) a.aliases = b.aliases;
  return a;
}

struct Function {
  const char* name;
  const char* signature;
  const char* doc;  // one line; then what the reader of the reference needs
  Kind kind;
  Places places;
  Answer (*call)(Args& args);
  const char* derivative = "";  // for the documentation's op table
  const char* kinks = "";
};

/// Enters the rows of a family into the table, from its own file: `const Rows rows(kRows);`. Rows of
/// elementwise ops are derived from their structs.
class Rows {
 public:
  explicit Rows(std::span<const Function> rows);
};
/// All of them, in no order that means anything.
std::span<const std::span<const Function>> row_tables();

}  // namespace pyad
