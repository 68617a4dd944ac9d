// The functions of the op table applied to `Value`: one method each (`v.tanh()`, `v.pow(w)`), and
// the calls behind `pyad.tanh(v)`.
#include <cstdio>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bind/number.hpp"
#include "bind/value_object.hpp"
#include "core/words.hpp"
#include "scalar/record.hpp"

namespace pyad::bind {

namespace {

constexpr size_t kOps = pyad::detail::AllElementwise::size;
constexpr int kMaxArity = 3;

const ScalarRule& rule_of(int id) { return scalar_rules()[static_cast<size_t>(id)]; }

/// What an op gives back to Python: a Value, or True or False.
PyObject* apply(int id, const ScalarOperand* in, const double* params) {
  const ScalarRule& rule = rule_of(id);
  if (rule.truth && !scalar_trace()) {
    const double x[kMaxArity] = {in[0].value, in[1].value, in[2].value};
    return PyBool_FromLong(rule.apply(x, params, 0, nullptr) != 0);
  }
  return guarded([&] { return adopt_node(record(static_cast<uint16_t>(id), in, params)); });
}

/// The arguments of a call of an op: operands, then parameters; all of them by position or name, as
/// in the tensor functions.
class ValueArguments {
 public:
  explicit ValueArguments(const ScalarRule& rule) : rule_(rule) {
    for (int i = 0; i < rule.num_params; ++i) params_[i] = rule.params[i].value;
  }
  bool put(int i, PyObject* o) {
    if (i < rule_.arity) {
      given_ |= 1u << i;
      return put_operand(i, o);
    }
    if (o == Py_None) return true;  // the default
    given_ |= 1u << i;
    const double v = as_double(o);
    if (v == -1 && PyErr_Occurred()) {
      if (PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Format(PyExc_TypeError, "%s: %s must be a real number, got '%.100s'", rule_.name,
                     name_of(i), Py_TYPE(o)->tp_name);
      }
      return false;
    }
    params_[i - rule_.arity] = v;
    return true;
  }
  /// Reads positional arguments from the one at `first` on, then named ones.
  bool read(int first, PyObject* const* args, Py_ssize_t n, PyObject* names) {
    const int most = rule_.arity + rule_.num_params;
    if (first + n > most) {
      PyErr_Format(PyExc_TypeError, "%s: takes at most %d arguments, got %zd", rule_.name,
                   most - first, n);
      return false;
    }
    for (int i = 0; i < n; ++i)
      if (!put(first + i, args[i])) return false;
    const Py_ssize_t named = names ? PyTuple_GET_SIZE(names) : 0;
    for (Py_ssize_t k = 0; k < named; ++k) {
      PyObject* name = PyTuple_GET_ITEM(names, k);
      int i = 0;
      while (i < most && PyUnicode_CompareWithASCIIString(name, name_of(i)) != 0) ++i;
      if (i == most || given_ >> i & 1) {
        PyErr_Format(PyExc_TypeError, "%s: argument '%U' is %s", rule_.name, name,
                     i == most ? "unknown" : "given twice");
        return false;
      }
      if (!put(i, args[n + k])) return false;
    }
    for (int i = 0; i < most; ++i) {
      if (given_ >> i & 1 ||
          (i >= rule_.arity && rule_.params[i - rule_.arity].shown != Default::kRequired))
        continue;
      PyErr_Format(PyExc_TypeError, "%s: argument '%s' is missing", rule_.name, name_of(i));
      return false;
    }
    for (int i = 0; i < rule_.arity; ++i) read_again(from_[i], in_[i]);
    return true;
  }
  const ScalarOperand* in() const { return in_; }
  const double* params() const { return params_; }

  /// Name of argument `i`, operands first.
  static const char* name_of(const ScalarRule& rule, int i) {
    return i < rule.arity ? rule.operands[i] : rule.params[i - rule.arity].name;
  }

 private:
  const char* name_of(int i) const { return name_of(rule_, i); }
  bool put_operand(int i, PyObject* o) {
    from_[i] = o;
    switch (read_operand(o, in_[i])) {
      case Operandness::kNode:
      case Operandness::kNumber:
        return true;
      case Operandness::kForeign:
        PyErr_Format(
            PyExc_TypeError,
            "%s: a Value combines with Values and real numbers, and %s is '%.100s'; convert "
            "it with float()",
            rule_.name, name_of(i), Py_TYPE(o)->tp_name);
        return false;
      default:
        return false;
    }
  }

  const ScalarRule& rule_;
  unsigned given_ = 0;
  ScalarOperand in_[kMaxArity];
  PyObject* from_[kMaxArity] = {};  // borrowed
  double params_[kMaxParams] = {};
};

template <int ID>
PyObject* method(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  ValueArguments arguments(rule_of(ID));
  if (!arguments.put(0, self) || !arguments.read(1, args, n, names)) return nullptr;
  return apply(ID, arguments.in(), arguments.params());
}

template <int ID>
PyObject* plain_method(PyObject* self, PyObject*) {
  ScalarOperand in[kMaxArity];
  in[0].node = node_of(self);
  in[0].value = in[0].node->value;
  return apply(ID, in, nullptr);
}

struct Methods {
  PyCFunction plain[kOps];
  PyObject* (*general[kOps])(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
};
template <int... ID>
constexpr Methods methods_of(std::integer_sequence<int, ID...>) {
  return {{plain_method<ID>...}, {method<ID>...}};
}
constexpr Methods kMethods = methods_of(std::make_integer_sequence<int, static_cast<int>(kOps)>{});

/// Signature line and documentation, as Python's help shows them.
std::string document(const ScalarRule& rule, std::string_view name) {
  std::string text(name);
  text += "($self";
  for (int i = 1; i < rule.arity + rule.num_params; ++i) {
    text += std::string(", ") + ValueArguments::name_of(rule, i);
    if (i < rule.arity || rule.params[i - rule.arity].shown == Default::kRequired) continue;
    const Param& p = rule.params[i - rule.arity];
    char number[32];
    std::snprintf(number, sizeof number, "=%.17g", p.value);
    text += p.shown == Default::kNone ? "=None" : number;
  }
  if (rule.arity + rule.num_params == 1) text += ", /";
  text += ")\n--\n\n";
  text += rule.doc.summary;
  if (!rule.truth) {
    text +=
        std::string("\n\nDerivative: ") + rule.doc.derivative + "; kinks: " + rule.doc.kinks + ".";
  }
  return text;
}

std::vector<PyMethodDef> make_methods() {
  static std::deque<std::string> texts;  // what the records point to
  std::vector<PyMethodDef> methods;
  for (size_t id = 0; id < kOps; ++id) {
    const ScalarRule& rule = rule_of(static_cast<int>(id));
    if (!rule.scalar || !rule.named) continue;
    const bool plain = rule.arity + rule.num_params == 1;
    auto general =
        reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(kMethods.general[id]));
    std::vector<std::string_view> names = words(rule.aliases);
    names.push_back(rule.name);
    for (std::string_view name : names) {
      if (name.find('.') != std::string_view::npos) continue;  // a function's alone
      const char* stored = texts.emplace_back(name).c_str();
      const char* text = texts.emplace_back(document(rule, name)).c_str();
      methods.push_back({stored, plain ? kMethods.plain[id] : general,
                         plain ? METH_NOARGS : METH_FASTCALL | METH_KEYWORDS, text});
    }
  }
  methods.push_back({nullptr, nullptr, 0, nullptr});
  return methods;
}

bool refuse_if_not_scalar(const ScalarRule& rule) {
  if (rule.scalar) return false;
  PyErr_Format(PyExc_TypeError, "%s: not defined for a Value, which is a real number", rule.name);
  return true;
}

}  // namespace

PyMethodDef* value_table_methods() {
  static std::vector<PyMethodDef> methods = make_methods();
  return methods.data();
}

}  // namespace pyad::bind

namespace pyad {

PyObject* value_call(int id, PyObject* const* args, Py_ssize_t n, const double* params) {
  if (!params) return value_function(id, args, n, nullptr);
  const ScalarRule& rule = bind::rule_of(id);
  if (bind::refuse_if_not_scalar(rule)) return nullptr;
  bind::ValueArguments arguments(rule);
  for (int i = 0; i < rule.arity; ++i)
    if (!arguments.put(i, args[i])) return nullptr;
  return bind::apply(id, arguments.in(), params);
}

PyObject* value_function(int id, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  const ScalarRule& rule = bind::rule_of(id);
  if (bind::refuse_if_not_scalar(rule)) return nullptr;
  bind::ValueArguments arguments(rule);
  if (!arguments.read(0, args, n, names)) return nullptr;
  return bind::apply(id, arguments.in(), arguments.params());
}

}  // namespace pyad
