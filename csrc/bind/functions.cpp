// Binds the op table: one loop makes module functions, methods, in-place methods and the exported
// description from its rows.
#include <pybind11/stl.h>
#include <map>

#include <cfloat>
#include <charconv>
#include <cmath>
#include <sstream>

#include "bind/face.hpp"
#include "bind/function_object.hpp"
#include "bind/tensor_type.hpp"
#include "ops/random.hpp"

namespace pyad::bind {

namespace {

std::vector<std::string> words(const char* text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string w; in >> w;) out.push_back(w);
  return out;
}

std::string number_text(double v) {
  if (v == HUGE_VAL) return "inf";
  if (v == -HUGE_VAL) return "-inf";
  char digits[32];  // the shortest text that reads back as the same number
  std::string s(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
  return s.find_first_of(".e") == std::string::npos ? s + ".0" : s;
}

/// Signature of an elementwise op, from its record.
std::string elementwise_signature(const ElementwiseInfo& op) {
  static const char* kNames[4][3] = {
      {}, {"input"}, {"input", "other"}, {"input", "tensor1", "tensor2"}};
  std::string s;
  for (int i = 0; i < op.arity; ++i) {
    if (i) s += ", ";
    std::string name = kNames[op.arity][i];
    if (std::string_view(op.name) == "pow" && i == 1) name = "exponent";
    if (std::string_view(op.name) == "lerp") name = i == 1 ? "end" : i == 2 ? "weight" : name;
    if (std::string_view(op.name) == "where")
      name = i == 0 ? "condition" : i == 1 ? "input" : "other";
    s += name + ": Operand";
  }
  for (int k = 0; k < op.num_params; ++k) {
    const Param& p = op.params[k];
    s += ", ";
    if (op.arity == 3 && k == 0) s += "*, ";
    s += p.name;
    // Ops that take integers take integer parameters, which travel as such.
    s += op.accept == Accept::kNumeric ? ": Number" : ": float";
    if (!p.required) {
      s += p.optional ? "?=" : "=";
      s += std::fabs(p.value) >= DBL_MAX ? "None" : number_text(p.value);
    }
  }
  return s;
}

const char* accept_name(Accept a) {
  switch (a) {
    case Accept::kFloating:
      return "floating";
    case Accept::kNumeric:
      return "numeric";
    case Accept::kAny:
      return "any";
    default:
      return "integral";
  }
}

const char* use_name(Use u) {
  return u == Use::kPublic ? "public" : u == Use::kComposites ? "composites" : "rules";
}

std::string elementwise_doc(const ElementwiseInfo& op) {
  std::string s = op.doc.summary;
  s += "\n\nElementwise, with broadcasting and type promotion.";
  s += cat("\n\nDerivative: ", op.doc.derivative, "\nKinks: ", op.doc.kinks);
  return s;
}

void set_attribute(PyObject* where, const std::string& name, PyObject* callable) {
  if (PyObject_SetAttrString(where, name.c_str(), callable) < 0) throw_python_error();
}

/// Beside FunctionFlags: an op that users have no name for, in `pyad._core.steps`.
constexpr unsigned kInSteps = 1u << 31;

struct Binder {
  py::module_& m;
  py::module_ nn;
  py::module_ steps;
  py::list table;
  PyObject* type = reinterpret_cast<PyObject*>(tensor_type);

  void add(const std::string& name, const std::string& text, const std::string& doc, unsigned flags,
           const Function* row, const ElementwiseInfo* op) {
    auto make = [&](const std::string& called, bool inplace) {
      auto c = std::make_unique<Callable>(called.c_str(), text.c_str());
      c->row = row;
      c->elementwise = op;
      if (!inplace) c->scalar = op ? op : find_elementwise(name);
      c->inplace = inplace;
      c->doc = doc;
      return Owned(make_callable(std::move(c)));
    };
    Owned f = make(name, false);
    if (flags & kInModule) set_attribute(m.ptr(), name, f.get());
    if (flags & kInNN) set_attribute(nn.ptr(), name, f.get());
    if (flags & kInSteps) set_attribute(steps.ptr(), name, f.get());
    if (flags & kMethod) set_attribute(type, name, f.get());
    if (flags & kInPlace) {
      Owned g = make(name + "_", true);
      set_attribute(type, name + "_", g.get());
      if (flags & kInModule) set_attribute(m.ptr(), name + "_", g.get());
    }
  }

  py::dict entry(const std::string& name, const std::string& signature, const char* kind,
                 const std::string& doc, unsigned flags) {
    py::dict d;
    d["name"] = name;
    d["signature"] = signature;
    d["kind"] = kind;
    d["doc"] = doc;
    d["module"] = (flags & kInModule) != 0;
    d["method"] = (flags & kMethod) != 0;
    d["inplace"] = (flags & kInPlace) != 0;
    d["nn"] = (flags & kInNN) != 0;
    d["steps"] = (flags & kInSteps) != 0;
    table.append(d);
    return d;
  }
};

/// Rows that stand before their elementwise op: add with alpha, div with a rounding mode ... The op
/// keeps the plain calls.
bool shadowed(std::string_view name) {
  for (const Function& f : composite_functions())
    if (f.name == name) return true;
  return false;
}

void bind_elementwise(Binder& b) {
  static const char* kKinds[] = {"", "unary", "binary", "ternary"};
  for (const ElementwiseInfo& op : elementwise_ops()) {
    const unsigned places = op.use != Use::kPublic ? kInSteps
                            : op.method            ? kInModule | kMethod | kInPlace
                                                   : kInModule;
    const unsigned flags = shadowed(op.name) ? 0 : places;
    std::string signature = elementwise_signature(op);
    std::string doc = elementwise_doc(op);
    if (flags) b.add(op.name, signature, doc, flags, nullptr, &op);
    std::vector<std::string> aliases = words(op.aliases);
    for (const std::string& alias : aliases)
      if (!shadowed(alias)) b.add(alias, signature, doc, places, nullptr, &op);
    py::dict d = b.entry(op.name, signature, kKinds[op.arity], doc, flags);
    d["aliases"] = aliases;
    d["arity"] = op.arity;
    d["accept"] = accept_name(op.accept);
    d["result"] = op.result == Result::kBool ? "bool" : "same";
    d["scalar"] = op.scalar;
    d["use"] = use_name(op.use);
    d["id"] = op.id;
    d["derivative"] = op.doc.derivative;
    d["kinks"] = op.doc.kinks;
    py::list domain, differentiable, saves, params;
    for (int i = 0; i < op.arity; ++i) {
      domain.append(py::make_tuple(op.domain[i].low, op.domain[i].high));
      differentiable.append(op.rules[i].exists);
      saves.append(op.rules[i].saves);
    }
    for (int k = 0; k < op.num_params; ++k)
      params.append(py::make_tuple(op.params[k].name, op.params[k].value));
    d["domain"] = domain;
    d["differentiable"] = differentiable;
    d["saves"] = saves;
    d["params"] = params;
  }
}

void bind_rows(Binder& b, std::span<const Function> rows) {
  for (const Function& f : rows) {
    // A plain call of a row whose operands are its op's operands goes to the op directly.
    const ElementwiseInfo* op =
        f.kind == Kind::kComposite && (f.flags & kInModule) ? find_elementwise(f.name) : nullptr;
    if (op && (std::string_view(f.name) == "where" || std::string_view(f.name) == "square" ||
               std::string_view(f.name) == "polygamma" || op->num_params > 0))
      op = nullptr;
    const unsigned flags = f.flags ? f.flags : kInSteps;  // of pyad.linalg alone
    b.add(f.name, f.signature, f.doc, flags, &f, op);
    py::dict d = b.entry(f.name, f.signature, kind_name(f.kind), f.doc, flags);
    // A row that says nothing inherits: a linear op is its own derivative, a composite has those of
    // its parts.
    bool linear = f.kind == Kind::kLinear || f.kind == Kind::kBilinear;
    d["derivative"] = *f.derivative ? f.derivative : linear ? "linear" : "that of its parts";
    d["kinks"] = *f.kinks ? f.kinks : linear ? "smooth" : "those of its parts";
  }
}

}  // namespace

void bind_functions(py::module_& m) {
  Binder b{m, m.def_submodule("nn", "Functions of the table that belong to pyad.nn.functional."),
           m.def_submodule("steps", "Ops that rules and other ops are made of."), py::list()};
  bind_elementwise(b);
  for (auto rows : {reduce_functions(),    scan_functions(),          shape_functions(),
                    index_functions(),     product_functions(),       loss_functions(),
                    layer_functions(),     convolution_functions(),   pooling_functions(),
                    resample_functions(),  normalization_functions(), recurrent_functions(),
                    attention_functions(), sort_functions(),          search_functions(),
                    pairs_functions(),     linalg_functions(),        creation_functions(),
                    composite_functions(), random_functions()}) {
    bind_rows(b, rows);
  }
  py::object table = b.table;
  Faces(m).def(
      "op_table", [table] { return table; },
      "The op table: a list of dicts with name, signature, kind, doc, derivative, kinks, and for "
      "elementwise ops arity, domain, "
      "dtypes, which operands are differentiable and what is saved.");
}

}  // namespace pyad::bind
