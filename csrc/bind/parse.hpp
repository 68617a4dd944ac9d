// Signatures of the op table (Note [Signatures] in ops/function.hpp) and the parser that fills
// `Arg`s from a Python call.
#pragma once

#include <string>
#include <vector>

#include "bind/number.hpp"
#include "bind/object.hpp"
#include "bind/sequence.hpp"
#include "bind/text.hpp"
#include "ops/function.hpp"

namespace pyad::bind {

struct Parameter {
  enum class Type : uint8_t {
    kTensor,
    kOperand,
    kTensors,
    kNumber,
    kNumberOrText,
    kInt,
    kFloat,
    kBool,
    kText,
    kDType,
    kDims,
    kSizes,
    kInts,
    kIntsOrText,
    kIntsOrNone,
    kFloats,
    kGenerator,
    kDevice,
    kLayout,
    kObject
  };
  std::string name;
  PyObject* key = nullptr;        // interned name
  PyObject* key_alias = nullptr;  // NumPy's spelling of the same: axis, keepdims
  Type type;
  bool optional = false;  // None is welcome
  bool written = false;   // in place
  bool keyword_only = false;
  bool has_default = false;
  Arg value;  // the default
  std::string default_text;
};

struct Signature {
  std::string name;
  std::string text;
  std::string result;  // its type, as the table writes it
  std::string fields;  // names of the parts of a tuple: "values indices"
  std::vector<Parameter> parameters;
  int positional = 0;
  int seen = 0;  // by the row: all but device and layout, which stand last

  /// Reads `text`; raises on a malformed signature, so that a typo in the table fails at import.
  Signature(const char* name, const char* text);
};

inline constexpr int kMaxParameters = 16;

/// Fills `out`, of `seen` arguments, from those of a vectorcall; throws TypeError as Python would word
/// it.
void parse_arguments(const Signature& s, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames,
                     Arg* out);

/// Whether the arguments of a call are of these parameters, by number, names and types: what chooses
/// among overloads.
bool fits(const Signature& s, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames);

/// A tensor for an argument: tensors as they are, numbers and NumPy arrays converted; throws
/// TypeError for others.
Tensor as_tensor_argument(const char* op, const char* parameter, PyObject* o);
/// Raises for another device than the CPU, or None.
void check_device(const char* op, PyObject* device);
/// Whether a memory_format, or None, leaves the layout of the input as it is.
bool keeps_layout(PyObject* format);

/// Conversion of array-likes (NumPy arrays, nested lists) to a tensor, of the dtype they have or
/// the one wished for; defined in creation.cpp.
Tensor tensor_from_object(const char* op, PyObject* o, const DType* wish = nullptr);

}  // namespace pyad::bind
