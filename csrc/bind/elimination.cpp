// The graph of a captured function whose vertices are eliminated, as Python sees it; the public
// face is pyad.jacobian_plan (pyad/_jacobian.py).
#include "bind/elimination.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bind/face.hpp"
#include "bind/scalar_program.hpp"
#include "bind/text.hpp"
#include "core/error.hpp"
#include "scalar/jacobian.hpp"
#include "scalar/rule.hpp"

namespace pyad::bind {

namespace {
class GraphFace;
}
template <>
inline constexpr bool is_bound<GraphFace> = true;

namespace {

using Order = std::vector<Elimination>;

/// Vertices have the names of the program's text: inputs x0, x1 ..., steps v0, v1 ...
class GraphFace {
 public:
  explicit GraphFace(py::object program)
      : program_(std::move(program)),
        captured_(captured_program(program_)),
        jacobian_(captured_.program, captured_.arguments),
        graph_(jacobian_.graph()) {}

  std::string name(uint32_t v) const {
    return v < graph_.inputs() ? cat("x", v) : cat("v", graph_.step(v));
  }
  py::tuple vertices() const {
    py::list names;
    for (const uint32_t v : graph_.order()) names.append(name(v));
    return py::tuple(names);
  }

  py::tuple named(const std::string& how, uint64_t budget, uint64_t seed, bool exact,
                  bool edges) const {
    constexpr uint32_t kExactUpTo = 12;
    Order order;
    if (how == "forward") {
      order = forward_order(graph_);
    } else if (how == "reverse") {
      order = reverse_order(graph_);
    } else if (how == "markowitz") {
      order = markowitz_order(graph_);
    } else if (how == "exact") {
      order = exact_order(graph_);
    } else {
      order = searched_order(graph_, {budget, seed, exact ? kExactUpTo : 0, edges});
    }
    py::list items;
    for (const Elimination& e : order) items.append(item(e));
    return py::tuple(items);
  }

  uint64_t cost(const py::tuple& order) const { return graph_.cost(read(order)); }
  /// The program of an order, or with a budget the shortest that is found, but not a longer one.
  py::object program(const py::tuple& order, uint64_t budget, uint64_t seed) const {
    const Order literal = read(order);
    const bool edges = std::any_of(literal.begin(), literal.end(), [](const Elimination& e) {
      return e.kind != Elimination::kVertex;
    });
    if (edges && budget == 0)
      return program_called_like(program_, jacobian_.literal_program(literal));
    ScalarProgram p = jacobian_.program(budget ? jacobian_.shortest(literal, budget, seed)
                                               : jacobian_.projected(literal));
    if (edges) {
      ScalarProgram other = jacobian_.literal_program(literal);
      if (other.steps.size() < p.steps.size()) p = std::move(other);
    }
    return program_called_like(program_, std::move(p));
  }

  /// The vertices that are left, with the op of each, and the edges between, after `order`.
  py::tuple left(const py::tuple& order) const {
    EliminationState state(graph_);
    for (const Elimination& e : read(order))
      state.eliminate(e, [](uint32_t, uint32_t, uint32_t, bool) {});
    py::list vertices, edges;
    for (uint32_t v = 0; v < graph_.size(); ++v) {
      const bool input = v < graph_.inputs();
      const bool gone = graph_.inner(v) && (state.enter(v).empty() || state.leave(v).empty());
      if (gone) continue;
      const bool result = !input && !graph_.inner(v);
      const std::string mark = result && is_sink(v) ? "'" : "";
      const char* op = input ? "" : scalar_rules()[captured_.program.steps[graph_.step(v)].op].name;
      vertices.append(py::make_tuple(name(v) + mark, op, result));
      for (const uint32_t u : state.enter(v)) edges.append(py::make_tuple(name(u), name(v) + mark));
    }
    return py::make_tuple(vertices, edges);
  }

 private:
  bool is_sink(uint32_t v) const {
    return v >= graph_.inputs() && graph_.vertex_of_step(graph_.step(v)) != v;
  }
  py::object item(const Elimination& e) const {
    if (e.kind == Elimination::kVertex) return py::str(name(e.vertex));
    const std::string to = name(e.to) + (is_sink(e.to) ? "'" : "");
    return py::make_tuple(name(e.vertex), to, e.kind == Elimination::kEdgeAtEnd ? "end" : "start");
  }

  /// Of a name; empty for what is none, or has no UTF-8 form.
  static std::string text_of(py::handle o) {
    if (!py::isinstance<py::str>(o)) return {};
    const char* utf8 = PyUnicode_AsUTF8(o.ptr());
    if (!utf8) PyErr_Clear();
    return utf8 ? utf8 : "";
  }
  /// The vertex of a name.
  uint32_t vertex(py::handle o) const {
    if (std::string text = text_of(o); !text.empty()) {
      const bool sink = text.ends_with("'");
      if (sink) text.pop_back();
      uint32_t n = 0;
      if (text.size() > 1) std::from_chars(text.data() + 1, text.data() + text.size(), n);
      const bool number = text.size() > 1 && text == cat(text[0], n);
      if (number && text[0] == 'x' && n < graph_.inputs()) return n;
      if (number && text[0] == 'v' && n < captured_.program.steps.size()) {
        const uint32_t v = graph_.vertex_of_step(n);
        if (v < graph_.size() && !sink) return v;
        if (v < graph_.size() && graph_.sink(v)) return graph_.sink(v);
      }
    }
    fail(ErrorKind::kValue, "jacobian_plan: order names ", shown_text(py::repr(o).ptr()),
         ", which is no vertex of this function's graph; order is a permutation of plan.vertices, "
         "made for the function as it is now");
  }

  Order read(const py::tuple& order) const {
    Order read;
    EliminationState state(graph_);
    std::vector<uint8_t> gone(graph_.size());
    for (const py::handle o : order) {
      Elimination e;
      if (py::isinstance<py::tuple>(o)) {
        const auto t = py::reinterpret_borrow<py::tuple>(o);
        const std::string at = t.size() == 3 ? text_of(t[2]) : std::string();
        if (at != "end" && at != "start") {
          fail(ErrorKind::kValue,
               "jacobian_plan: an edge in order is (from, to, \"end\" or \"start\"), got ",
               shown_text(py::repr(o).ptr()));
        }
        e = {at == "end" ? Elimination::kEdgeAtEnd : Elimination::kEdgeAtStart, vertex(t[0]),
             vertex(t[1])};
        if (!graph_.inner(at == "end" ? e.to : e.vertex) || !state.has(e.vertex, e.to)) {
          fail(ErrorKind::kValue, "jacobian_plan: order eliminates the edge ",
               shown_text(py::repr(o).ptr()), ", which cannot go there");
        }
      } else {
        e.vertex = vertex(o);
        if (!graph_.inner(e.vertex)) {
          fail(ErrorKind::kValue, "jacobian_plan: order eliminates ", shown_text(py::repr(o).ptr()),
               ", which is an input or a result; order is a permutation of plan.vertices");
        }
        if (gone[e.vertex]++) {
          fail(ErrorKind::kValue, "jacobian_plan: order eliminates ", shown_text(py::repr(o).ptr()),
               " twice; order is a permutation of plan.vertices");
        }
      }
      state.eliminate(e, [](uint32_t, uint32_t, uint32_t, bool) {});
      read.push_back(e);
    }
    return read;
  }

  /// What the program knows of Python may hold the plan that holds this.
  friend int traverse_graph(PyObject* self, visitproc visit, void* arg);

  py::object program_;
  CapturedProgram captured_;
  JacobianGraph jacobian_;
  const EliminationGraph& graph_;
};

int traverse_graph(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (!py::detail::is_holder_constructed(self)) return 0;
  Py_VISIT(py::cast<GraphFace&>(py::handle(self)).program_.ptr());
  return 0;
}
/// Collected like a tuple: the plan, which has a dict, breaks a cycle.
void make_collected(PyHeapTypeObject* heap_type) {
  heap_type->ht_type.tp_flags |= Py_TPFLAGS_HAVE_GC;
  heap_type->ht_type.tp_traverse = traverse_graph;
}

/// How often a program applies each op.
std::map<std::string, size_t> operations(const py::object& program) {
  std::map<std::string, size_t> counts;
  for (const ScalarProgram::Step& s : captured_program(program).program.steps)
    ++counts[scalar_rules()[s.op].name];
  return counts;
}

}  // namespace

void bind_elimination(py::module_& m) {
  Faces(py::class_<GraphFace>(m, "_EliminationGraph",
                              "The linearised graph of a captured function.",
                              py::custom_type_setup(make_collected)))
      .def_begin<GraphFace>(
          "__init__",
          [](py::object program) { return std::make_unique<GraphFace>(std::move(program)); },
          py::arg("program"))
      .def_property_readonly("vertices", &GraphFace::vertices)
      .def("named", &GraphFace::named, py::arg("how"), py::arg("budget"), py::arg("seed"),
           py::arg("exact"), py::arg("edges"))
      .def("cost", &GraphFace::cost, py::arg("order"))
      .def("program", &GraphFace::program, py::arg("order"), py::arg("budget"), py::arg("seed"))
      .def("left", &GraphFace::left, py::arg("order"));
  Faces(m).def("_scalar_operations", &operations, py::arg("program"));
}

}  // namespace pyad::bind
