// Binds the op table: one loop makes module functions, methods, in-place methods and the exported
// description from its rows.
#include <pybind11/stl.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "bind/face.hpp"
#include "bind/function_object.hpp"
#include "bind/tensor_type.hpp"
#include "core/words.hpp"

namespace pyad::bind {

namespace {

std::string number_text(double v) {
  if (v == HUGE_VAL) return "inf";
  if (v == -HUGE_VAL) return "-inf";
  char digits[32];  // the shortest text that reads back as the same number
  std::string s(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
  return s.find_first_of(".e") == std::string::npos ? s + ".0" : s;
}

/// Signature of an elementwise op, from its record.
std::string elementwise_signature(const ElementwiseInfo& op) {
  std::string s;
  for (int i = 0; i < op.inputs; ++i) s += cat(i ? ", " : "", op.operands[i], ": Operand");
  for (int k = 0; k < op.num_params; ++k) {
    const Param& p = op.params[k];
    s += ", ";
    if (op.inputs == 3 && k == 0) s += "*, ";
    s += p.name;
    // Ops that take integers take integer parameters, which travel as such.
    s += op.accept == Accept::kNumeric ? ": Number" : ": float";
    if (p.shown == Default::kRequired) continue;
    s += p.shown == Default::kValue ? "=" : "?=";
    s += p.shown == Default::kNone ? "None" : number_text(p.value);
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

/// How all examples of a batch run at once.
const char* batching_name(const OpInfo& op) {
  if (op.is_elementwise()) return "lined up";
  if (op.batch) return op.compose ? "rule or expression" : "rule";
  return op.compose ? "expression" : "example by example";
}

py::dict record_dict(const OpInfo& op) {
  auto bits = [](unsigned mask, int first, int count) {
    py::list found;
    for (int i = 0; i < count; ++i)
      if (mask >> (first + i) & 1) found.append(i);
    return found;
  };
  py::dict d;
  d["name"] = op.name;
  d["part"] = op.part;
  d["kind"] = kind_name(op.kind);
  d["inputs"] = op.inputs == kAny ? py::object(py::none()) : py::object(py::int_(op.inputs));
  d["outputs"] = op.outputs == kAny ? py::object(py::none()) : py::object(py::int_(op.outputs));
  d["saved_inputs"] = bits(op.save, 0, 8);
  d["saved_outputs"] = bits(op.save, 8, 8);
  const bool many = op.outputs == kAny;
  d["differentiable_outputs"] = many || op.kind == Kind::kPlain
                                    ? py::list()
                                    : bits(op.diff_outputs, 0, std::min(op.outputs, 31));
  d["view"] = op.view;
  d["moves"] = op.moves;
  d["random"] = op.random;
  d["writes"] = bits(op.writes, 0, 31);
  d["batch"] = batching_name(op);
  return d;
}

/// Where a name stands: in the module (""), in a namespace, or in the type ("Tensor").
struct Spot {
  std::string space, name;
};

/// What a row, or the struct of an elementwise op, says of one function.
struct Said {
  std::string name, signature, doc;
  const Function* row = nullptr;
  const ElementwiseInfo* op = nullptr;
};

constexpr const char* kType = "Tensor";
/// Of ops that users have no name for.
constexpr const char* kSteps = "steps";

class Binder {
 public:
  explicit Binder(py::module_& m) : m_(m) {}
  py::list table;

  /// Makes a function and puts it in its places.
  void put(const Said& said, const Places& places) {
    std::vector<Spot> at;
    if (places.flags & kInModule) at.push_back({"", said.name});
    for (std::string_view space : words(places.namespaces))
      at.push_back({std::string(space), said.name});
    if (places.flags & kMethod) at.push_back({kType, said.name});
    make(said, at, false);
    if (!(places.flags & kInPlace)) return;
    at.clear();
    if (places.flags & kInModule) at.push_back({"", said.name + "_"});
    at.push_back({kType, said.name + "_"});
    make(said, at, true);
  }
  /// The same under a further name: with a dot in a namespace, without beside the function itself.
  void put_alias(Said said, std::string_view alias, unsigned flags) {
    const size_t dot = alias.rfind('.');
    said.name = alias.substr(dot + 1);  // all of it where there is no dot
    if (dot == alias.npos) return put(said, flags);
    put(said, in(std::string(alias.substr(0, dot)).c_str()));
  }

  py::dict entry(const Said& said, const char* kind, const Places& places) {
    const std::string& text = said.signature;
    const size_t end = text.find(" -> ");
    auto says = [&](const char* what) { return text.find(what) != text.npos; };
    py::dict d;
    d["name"] = said.name;
    d["signature"] = text.substr(0, end);
    d["returns"] = end == text.npos ? "Tensor" : text.substr(end + 4);
    d["kind"] = kind;
    d["doc"] = said.doc;
    py::list namespaces;
    if (places.flags & kInModule) namespaces.append("");
    for (std::string_view space : words(places.namespaces)) namespaces.append(space);
    d["namespaces"] = namespaces;
    d["aliases"] = words(places.aliases);
    d["method"] = (places.flags & kMethod) != 0;
    d["inplace"] = (places.flags & kInPlace) != 0;
    d["face"] = places.flags & kOwnFace ? "own" : "row";
    d["writes"] = says("!");
    d["generator"] = says(": Generator");
    d["device"] = says(": device");
    table.append(d);
    return d;
  }

  /// Gives every namespace its `__all__`.
  void finish() {
    for (auto& [space, names] : names_) {
      py::list all(names);
      all.attr("sort")();
      namespace_of(space).attr("__all__") = all;
    }
  }

 private:
  void make(const Said& said, const std::vector<Spot>& at, bool inplace) {
    if (at.empty()) return;
    auto c = std::make_unique<Callable>(at[0].name.c_str(), said.signature.c_str());
    c->row = said.row;
    c->elementwise = said.op;
    if (!inplace) c->scalar = said.op ? said.op : find_elementwise(said.name);
    c->inplace = inplace;
    const std::vector<Parameter>& parameters = c->signature.parameters;
    c->writes = inplace || (!parameters.empty() && parameters[0].written);
    c->doc = said.doc;
    c->method = std::ranges::any_of(at, [](const Spot& s) { return s.space == kType; });
    c->home = at[0].space.empty() ? at[0].name : at[0].space + "." + at[0].name;
    PyObject*& known = made_[c->home];
    if (known) return add_overload(known, std::move(c));
    const Owned f(make_callable(std::move(c)));
    known = f.get();
    for (const Spot& place : at) {
      const py::object where = place.space.empty()    ? py::object(m_)
                               : place.space == kType ? type()
                                                      : py::object(namespace_of(place.space));
      if (PyObject_SetAttrString(where.ptr(), place.name.c_str(), f.get()) < 0)
        throw_python_error();
      if (!place.space.empty() && place.space != kType)
        names_.try_emplace(place.space).first->second.append(place.name);
    }
  }

  static py::object type() {
    return py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(tensor_type));
  }

  /// The module `pyad._core.a.b`, which Python can import.
  py::module_ namespace_of(std::string_view dotted) {
    py::module_ at = m_;
    while (!dotted.empty()) {
      const size_t dot = std::min(dotted.find('.'), dotted.size());
      const std::string name(dotted.substr(0, dot));
      dotted.remove_prefix(std::min(dot + 1, dotted.size()));
      at = py::hasattr(at, name.c_str())
               ? py::reinterpret_borrow<py::module_>(at.attr(name.c_str()))
               : at.def_submodule(name.c_str(), "Functions of the op table in this namespace.");
    }
    return at;
  }

  py::module_& m_;
  std::map<std::string, PyObject*> made_;  // by home
  std::map<std::string, py::list> names_;  // of namespaces
};

/// Gives rows the records of the ops that they are the faces of, by name; those of what is made of
/// others have none.
void add_records(const py::list& table) {
  std::map<std::string_view, const OpInfo*> records;
  for (const OpInfo* op : op_infos())
    if (!*op->part) records.try_emplace(op->name, op);
  for (py::handle row : table) {
    const auto name = row["name"].cast<std::string>();
    const bool composite = row["kind"].cast<std::string_view>() == kind_name(Kind::kComposite);
    const auto found = composite ? records.end() : records.find(name);
    row.attr("__setitem__")("record", found == records.end()
                                          ? py::object(py::none())
                                          : py::object(record_dict(*found->second)));
  }
}

/// Names that rows have taken.
std::set<std::string_view> row_names() {
  std::set<std::string_view> names;
  for (std::span<const Function> rows : row_tables()) {
    for (const Function& f : rows) {
      names.insert(f.name);
      for (std::string_view alias : words(f.places.aliases)) names.insert(alias);
    }
  }
  return names;
}

void bind_elementwise(Binder& b) {
  static const char* kKinds[] = {"", "unary", "binary", "ternary"};
  const std::set<std::string_view> taken = row_names();
  for (const ElementwiseInfo& op : elementwise_ops()) {
    Places places = in(op.use != Use::kPublic ? kSteps : op.namespaces) | called(op.aliases);
    if (op.use == Use::kPublic) places.flags = op.method ? kEverywhere | kInPlace : kInModule;
    const Said said{op.name, elementwise_signature(op), elementwise_doc(op), nullptr, &op};
    // Rows may stand before the op or an alias: add with alpha, div with a rounding mode ... They leave
    // it the plain calls.
    for (std::string_view alias : words(op.aliases))
      if (!taken.contains(alias)) b.put_alias(said, alias, places.flags);
    if (taken.contains(op.name)) {
      places = called(op.aliases);
    } else {
      b.put(said, places);
    }
    py::dict d = b.entry(said, kKinds[op.inputs], places);
    d["arity"] = op.inputs;
    d["accept"] = accept_name(op.accept);
    d["result"] = op.result == Result::kBool ? "bool" : "same";
    d["scalar"] = op.scalar;
    d["use"] = use_name(op.use);
    d["id"] = op.id;
    d["derivative"] = op.doc.derivative;
    d["kinks"] = op.doc.kinks;
    py::list domain, differentiable, saves, params;
    for (int i = 0; i < op.inputs; ++i) {
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
    const ElementwiseInfo* op = f.places.flags & kOverOp ? find_elementwise(f.name) : nullptr;
    const Said said{f.name, f.signature, f.doc, &f, op};
    if (!(f.places.flags & kOwnFace)) b.put(said, f.places);
    for (std::string_view alias : words(f.places.aliases)) b.put_alias(said, alias, f.places.flags);
    py::dict d = b.entry(said, kind_name(f.kind), f.places);
    // A row that says nothing inherits: a linear op is its own derivative, a composite has those of
    // its parts.
    bool linear = f.kind == Kind::kLinear || f.kind == Kind::kBilinear;
    d["derivative"] = *f.derivative ? f.derivative : linear ? "linear" : "that of its parts";
    d["kinks"] = *f.kinks ? f.kinks : linear ? "smooth" : "those of its parts";
  }
}

}  // namespace

void bind_functions(py::module_& m) {
  Binder b(m);
  bind_elementwise(b);
  for (std::span<const Function> rows : row_tables()) bind_rows(b, rows);
  b.finish();
  py::list table = b.table;
  Faces(m).def(
      "op_table",
      [table] {
        if (!table.empty() && !table[0].contains("record")) add_records(table);
        return table;
      },
      "The op table: a list of dicts with name, signature, result, kind, doc, derivative, kinks, "
      "the "
      "places where a function stands (namespaces, method, inplace, aliases), what it does beside "
      "computing (writes, generator, device), the record of its op, and for elementwise ops arity, "
      "domain, dtypes, which operands are differentiable and what is saved.");
  Faces(m).def(
      "op_records",
      [] {
        py::list all;
        for (const OpInfo* op : op_infos()) all.append(record_dict(*op));
        return all;
      },
      "The records of all ops, as dicts: kind, inputs and outputs, what a node saves, which "
      "outputs "
      "have derivatives, whether the result is a view, only moves elements, draws, or writes, and "
      "how a batch runs.");
}

}  // namespace pyad::bind
