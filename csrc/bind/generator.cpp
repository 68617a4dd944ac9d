// The Generator class, the default generator, seeds and states.
#include "bind/parse.hpp"
#include "bind/random.hpp"

#include <memory>
#include <string_view>

#include "kernels/strided.hpp"

namespace pyad::bind {

namespace {

/// A seed as PyTorch takes it: any 64-bit integer, negative ones counted from 2^64.
uint64_t seed_from(const char* op, const py::object& o) {
  if (!is_int_like(o.ptr())) bad_argument({op, "seed"}, "int", o.ptr());
  Owned index(checked(PyNumber_Index(o.ptr())));
  int overflow = 0;
  long long v = PyLong_AsLongLongAndOverflow(index.get(), &overflow);
  if (!overflow) return static_cast<uint64_t>(v);
  uint64_t u = overflow > 0 ? PyLong_AsUnsignedLongLong(index.get()) : 0;
  if (overflow < 0 || PyErr_Occurred()) {
    PyErr_Clear();
    fail(ErrorKind::kRuntime, op, ": the seed must lie in [-2^63, 2^64)");
  }
  return u;
}

Tensor get_state(const Generator& g) {
  Tensor t = empty(Dims{static_cast<int64_t>(Generator::kStateBytes)}, DType::kUInt8);
  g.get_state(t.bytes());
  return t;
}
void set_state(Generator& g, const Tensor& state) {
  if (!state.defined() || state.dtype() != DType::kUInt8 ||
      state.numel() != static_cast<int64_t>(Generator::kStateBytes)) {
    fail(ErrorKind::kRuntime, "set_state: expects a uint8 tensor of ", Generator::kStateBytes,
         " elements, as get_state returns it");
  }
  if (!g.set_state(contiguous_values(state).bytes()))
    fail(ErrorKind::kRuntime, "set_state: these bytes are no state of a generator");
}

py::bytes bytes_of(const Generator& g) {
  char state[Generator::kStateBytes];
  g.get_state(state);
  return {state, sizeof state};
}
std::unique_ptr<Generator> generator_from(const py::bytes& bytes) {
  auto state = static_cast<std::string_view>(bytes);
  auto g = std::make_unique<Generator>();
  if (state.size() != Generator::kStateBytes || !g->set_state(state.data()))
    fail(ErrorKind::kRuntime, "Generator: these bytes are no state of a generator");
  return g;
}

/// Type, state and attributes (of a subclass): enough for any protocol, and none needs an object
/// that was made but not begun.
py::tuple reduce(const py::object& self, const py::object&) {
  const auto& g = bound_object<Generator>({"__reduce_ex__", "self"}, self.ptr());
  py::object rebuild = py::module_::import("pyad._core").attr("rebuild_generator");
  return py::make_tuple(rebuild, py::make_tuple(py::type::of(self), bytes_of(g),
                                                py::getattr(self, "__dict__", py::none())));
}
py::object rebuild(const py::object& type, const py::bytes& state, const py::object& attributes) {
  if (!PyType_Check(type.ptr()) ||
      !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(type.ptr()),
                        reinterpret_cast<PyTypeObject*>(py::type::of<Generator>().ptr()))) {
    fail(ErrorKind::kType, "rebuild_generator: expects a subclass of Generator");
  }
  py::object made = type.attr("__new__")(type);
  made.attr("__setstate__")(state);
  if (!attributes.is_none()) made.attr("__dict__").attr("update")(attributes);
  return made;
}

/// The default generator, which is nobody's to free.
py::object the_default() {
  return py::cast(&default_generator(), py::return_value_policy::reference);
}

}  // namespace

void bind_random(py::module_& m) {
  Faces(py::class_<Generator>(m, "Generator", "A stream of random numbers of its own."))
      .def_begin<Generator>(
          "__init__",
          [](const py::object& device) {
            check_device("Generator", device.ptr());
            return std::make_unique<Generator>();
          },
          py::arg("device") = py::none())
      .def(
          "manual_seed",
          [](const py::object& self, const py::object& seed) {
            auto& g = bound_object<Generator>({"manual_seed", "self"}, self.ptr());
            g.set_seed(seed_from("manual_seed", seed));
            return self;
          },
          py::arg("seed"), "Starts the stream that belongs to a number; returns the generator.")
      .def("seed", &Generator::seed_from_system,
           "Starts a stream chosen by the system and returns its seed.")
      .def("initial_seed", &Generator::initial_seed, "The seed of the stream.")
      .def("get_state", &get_state, "The state as a uint8 tensor.")
      .def(
          "set_state",
          [](const py::object& self, const Tensor& state) {
            set_state(bound_object<Generator>({"set_state", "self"}, self.ptr()), state);
            return self;
          },
          py::arg("new_state"), "Continues from a state that get_state returned.")
      .def(
          "clone_state", [](const Generator& g) { return std::make_unique<Generator>(g); },
          "A generator of its own at the same place of the same stream.")
      .def_property_readonly(
          "device", [](const Generator&) { return std::string("cpu"); },
          "Where the numbers come from: cpu.")
      .def("__reduce_ex__", &reduce, py::arg("protocol"),
           "Its state, for copies and every protocol of pickle.")
      // What files of earlier releases ask for.
      .def("__getstate__", &bytes_of)
      .def_begin<Generator>("__setstate__", &generator_from, py::arg("state"));
  Faces faces(m);
  faces.def("rebuild_generator", &rebuild, py::arg("type"), py::arg("state"), py::arg("attributes"),
            "A generator of a type at a place of a stream; what pickle calls.");
  m.attr("default_generator") = the_default();
  faces.def(
      "manual_seed",
      [](const py::object& seed) {
        // As in PyTorch, this function alone takes floats.
        const bool real = PyFloat_Check(seed.ptr());
        default_generator().set_seed(
            seed_from("manual_seed", real ? py::object(py::int_(seed)) : seed));
        return the_default();
      },
      py::arg("seed"),
      "Starts the default generator's stream that belongs to a number; the stream is PyTorch's. "
      "Returns the generator.");
  faces.def(
      "seed", [] { return default_generator().seed_from_system(); },
      "Starts the default generator on a stream chosen by the system and returns its seed.");
  faces.def(
      "initial_seed", [] { return default_generator().initial_seed(); },
      "The default generator's seed.");
  faces.def(
      "seed_thread", [](const py::object& seed) { seed_thread(seed_from("seed_thread", seed)); },
      py::arg("seed"),
      "Gives the calling thread a default generator of its own until it ends; no other thread "
      "sees it.");
  faces.def(
      "get_rng_state", [] { return get_state(default_generator()); },
      "The default generator's state as a uint8 tensor.");
  faces.def(
      "set_rng_state", [](const Tensor& s) { set_state(default_generator(), s); },
      py::arg("new_state"), "Puts the default generator into a state that get_rng_state returned.");
}

}  // namespace pyad::bind
