// `Faces`: Python functions and methods made of C++ ones, for what is in no op table.
//
// Note [Faces]
// pybind11's own functions answer a call that does not fit with the text of their C++ types, end
// the process where a keyword has no UTF-8 form, and turn an exception of an argument's `__float__`
// into "incompatible arguments". So pybind11 is left to make modules, classes and conversions of
// results; what is called is a `Face`: it matches names as `parse_arguments` does, reads each
// argument as the C++ parameter's type asks (`read_argument`), and says in one sentence which
// argument is wrong. Descriptions keep pybind11's form (`py::arg`, `py::kw_only`, a docstring), so
// a site looks as it would there. `seal_types` refuses a module in which a function of pybind11's
// is left.
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "bind/object.hpp"

namespace pyad::bind {

/// Where an argument was given, for errors.
struct Place {
  const char* op;
  const char* parameter;
};
[[noreturn]] void bad_argument(Place at, const std::string& type, PyObject* o);

/// Types that are bound with py::class_ say so: then `T&` is a parameter, and `std::optional<T*>`
/// one that may be None.
template <class T>
inline constexpr bool is_bound = false;

/// The C++ object in `o`; an error for one of another type, or that no `__init__` has begun.
void* bound_pointer(Place at, const std::type_info& type, PyObject* o);
template <class T>
T& bound_object(Place at, PyObject* o) {
  return *static_cast<T*>(bound_pointer(at, typeid(T), o));
}

bool read_bool(Place at, PyObject* o);
double read_double(Place at, PyObject* o);
int64_t read_integer(Place at, PyObject* o, int64_t smallest, int64_t largest);
uint64_t read_unsigned(Place at, PyObject* o);
std::string read_text(Place at, PyObject* o);
const Tensor& read_tensor(Place at, PyObject* o);
std::string bound_name(const std::type_info& type);

template <class T>
struct OptionalOf : std::false_type {};
template <class T>
struct OptionalOf<std::optional<T>> : std::true_type {
  using Value = T;
};

/// Of what holds others.
template <class T>
struct CompoundName {
  static std::string text() { return py::detail::make_caster<T>::name.text; }
};

/// What a parameter of type T is called in errors and stubs.
template <class T>
std::string type_name() {
  if constexpr (OptionalOf<T>::value) {
    return type_name<typename OptionalOf<T>::Value>() + " | None";
  } else if constexpr (std::is_same_v<T, bool>) {
    return "bool";
  } else if constexpr (std::is_same_v<T, double>) {
    return "float";
  } else if constexpr (std::is_integral_v<T>) {
    return "int";
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, const char*>) {
    return "str";
  } else if constexpr (std::is_same_v<T, Tensor>) {
    return "Tensor";
  } else if constexpr (std::is_same_v<T, void>) {
    return "None";
  } else if constexpr (is_bound<T>) {
    return bound_name(typeid(T));
  } else if constexpr (std::is_same_v<T, PyObject*>) {
    return "object";
  } else if constexpr (std::is_pointer_v<T>) {
    return bound_name(typeid(std::remove_pointer_t<T>));
  } else {
    return CompoundName<T>::text();
  }
}
template <class T>
struct CompoundName<std::vector<T>> {
  static std::string text() { return "Sequence[" + type_name<T>() + "]"; }
};
template <class A, class B>
struct CompoundName<std::pair<A, B>> {
  static std::string text() { return "tuple[" + type_name<A>() + ", " + type_name<B>() + "]"; }
};
template <class K, class V>
struct CompoundName<std::map<K, V>> {
  static std::string text() { return "dict[" + type_name<K>() + ", " + type_name<V>() + "]"; }
};
template <class T>
struct CompoundName<std::unique_ptr<T>> {
  static std::string text() { return bound_name(typeid(T)); }
};
template <class T>
struct CompoundName<std::shared_ptr<T>> : CompoundName<std::unique_ptr<T>> {};

template <class T>
T read_argument(Place at, PyObject* o) {
  if constexpr (OptionalOf<T>::value) {
    using V = typename OptionalOf<T>::Value;
    if (o == Py_None) return std::nullopt;
    return read_argument<V>(at, o);
  } else if constexpr (std::is_pointer_v<T>) {
    return &bound_object<std::remove_pointer_t<T>>(at, o);
  } else if constexpr (std::is_same_v<T, py::object>) {
    return py::reinterpret_borrow<py::object>(o);
  } else if constexpr (std::is_same_v<T, bool>) {
    return read_bool(at, o);
  } else if constexpr (std::is_same_v<T, double>) {
    return read_double(at, o);
  } else if constexpr (std::is_integral_v<T>) {
    using Limits = std::numeric_limits<T>;
    if constexpr (sizeof(T) == 8 && !std::is_signed_v<T>) {
      return read_unsigned(at, o);
    } else {
      return static_cast<T>(read_integer(at, o, Limits::min(), Limits::max()));
    }
  } else if constexpr (std::is_same_v<T, std::string>) {
    return read_text(at, o);
  } else if constexpr (std::is_same_v<T, Tensor>) {
    return read_tensor(at, o);
  } else {  // py::list and the like, vectors: as pybind11 converts them
    py::detail::make_caster<T> caster;
    if (!caster.load(o, true)) bad_argument(at, type_name<T>(), o);
    return py::detail::cast_op<T&&>(std::move(caster));
  }
}

/// A Python callable: its description, and how it is called.
class Face {
 public:
  enum class Kind : uint8_t { kNamed, kRest, kRestNamed };  // x, *args, **kwargs
  struct Parameter {
    std::string name, type;
    PyObject* key = nullptr;  // interned name
    py::object value;         // the default, if any
    Kind kind = Kind::kNamed;
    bool keyword_only = false;
  };
  static constexpr size_t kMaxParameters = 12;

  virtual ~Face() = default;
  /// `slots` has a borrowed object for each parameter.
  virtual PyObject* call(PyObject* const* slots) const = 0;
  PyObject* vectorcall(PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) const;
  Place place(size_t i) const { return {name.c_str(), parameters[i].name.c_str()}; }
  /// "(x, *, y=None)", and "name(x: Tensor, *, y: object = None) -> Tensor".
  std::string signature(bool typed) const;

  std::string name, qualname, doc, result;
  std::vector<Parameter> parameters;
  Py_ssize_t positional = 0;

 protected:
  // How a description is written down.
  void add(std::string type, Kind kind);
  void describe(const py::arg& a);
  void describe(const py::arg_v& a);
  void describe(const py::kw_only&) { keyword_only_ = true; }
  void describe(const char* text) { doc = text; }
  void finish(const char* self);

 private:
  Parameter& next(const char* parameter);
  size_t described_ = 0;
  bool keyword_only_ = false;
};

template <class F>
struct CallOf : CallOf<decltype(&F::operator())> {};
template <class R, class... A>
struct CallOf<R (*)(A...)> {
  using Result = R;
  using Arguments = std::tuple<A...>;
};
template <class R, class... A>
struct CallOf<R (*)(A...) noexcept> : CallOf<R (*)(A...)> {};
template <class C, class R, class... A>
struct CallOf<R (C::*)(A...) const> : CallOf<R (*)(A...)> {};
template <class C, class R, class... A>
struct CallOf<R (C::*)(A...) const noexcept> : CallOf<R (*)(A...)> {};

template <class R>
PyObject* wrap_result(R&& r) {
  using T = std::remove_cvref_t<R>;
  if constexpr (std::is_same_v<T, PyObject*>) {
    return r;
  } else if constexpr (std::is_same_v<T, Tensor>) {
    return wrap(std::forward<R>(r));
  } else if constexpr (std::is_base_of_v<py::object, T>) {
    return r.release().ptr();
  } else {
    return py::cast(std::forward<R>(r)).release().ptr();
  }
}

template <class F, class Arguments = typename CallOf<F>::Arguments>
class FaceOf;
template <class F, class... A>
class FaceOf<F, std::tuple<A...>> final : public Face {
  // What is read and held during the call: a bound object's address, anything else by value.
  template <class P>
  using Held = std::conditional_t<is_bound<std::remove_cvref_t<P>>, std::remove_cvref_t<P>*,
                                  std::remove_cvref_t<P>>;
  using Result = typename CallOf<F>::Result;

 public:
  template <class... Extra>
  FaceOf(F f, const char* n, const char* self, const Extra&... extra) : f_(std::move(f)) {
    static_assert(sizeof...(A) <= kMaxParameters);
    name = n;
    (add(type_name<std::remove_cvref_t<A>>(), kind_of<std::remove_cvref_t<A>>()), ...);
    result = type_name<std::remove_cvref_t<Result>>();
    if (self) describe(py::arg("self"));
    (describe(extra), ...);
    finish(self);
  }
  PyObject* call(PyObject* const* slots) const override {
    return call_with(slots, std::index_sequence_for<A...>{});
  }

 private:
  template <class T>
  static constexpr Kind kind_of() {
    if (std::is_same_v<T, py::args>) return Kind::kRest;
    return std::is_same_v<T, py::kwargs> ? Kind::kRestNamed : Kind::kNamed;
  }
  template <class P>
  static P pass(Held<P>& held) {
    if constexpr (is_bound<std::remove_cvref_t<P>>) {
      return *held;
    } else if constexpr (std::is_lvalue_reference_v<P>) {
      return held;
    } else {
      return std::move(held);
    }
  }
  template <size_t... I>
  PyObject* call_with([[maybe_unused]] PyObject* const* slots, std::index_sequence<I...>) const {
    [[maybe_unused]] std::tuple<Held<A>...> held{read_argument<Held<A>>(place(I), slots[I])...};
    if constexpr (std::is_void_v<Result>) {
      f_(pass<A>(std::get<I>(held))...);
      Py_RETURN_NONE;
    } else {
      return wrap_result(f_(pass<A>(std::get<I>(held))...));
    }
  }
  F f_;
};

/// Whether an object of a bound type has its C++ object, and the giving of it.
bool is_begun(Place at, const std::type_info& type, PyObject* self);
void begin(const std::type_info& type, PyObject* self, void* made);

/// Makes the types; call before the first `Faces`.
void init_face_types();

/// Defines functions in a module, or methods in a type.
class Faces {
 public:
  explicit Faces(py::module_& m) : scope_(m) {}
  explicit Faces(PyTypeObject* type)
      : scope_(py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(type))),
        self_(type->tp_name) {}
  template <class T, class... Options>
  explicit Faces(py::class_<T, Options...> type)
      : Faces(reinterpret_cast<PyTypeObject*>(type.ptr())) {}

  /// As pybind11's: `f` takes the object first where it is a method.
  template <class F, class... Extra>
  Faces& def(const char* name, F f, const Extra&... extra) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      return def_member(name, f, extra...);
    } else {
      put(name, new FaceOf<F>(std::move(f), name, self_, extra...));
      return *this;
    }
  }
  /// A property that is read by `f`.
  template <class F>
  Faces& def_property_readonly(const char* name, F f, const char* doc = "") {
    if constexpr (std::is_member_function_pointer_v<F>) {
      return def_property_readonly(name, as_function(f), doc);
    } else {
      put_property(name, new FaceOf<F>(std::move(f), name, self_), doc);
      return *this;
    }
  }
  /// A method that begins an object: `make` returns a new T of the other arguments. Once begun, an
  /// object stays as it is.
  template <class T, class F, class... Extra>
  Faces& def_begin(const char* name, F make, const Extra&... extra) {
    return def_begin_with<T>(name, std::move(make),
                             static_cast<typename CallOf<F>::Arguments*>(nullptr), extra...);
  }

 private:
  template <class R, class C, class... A>
  static auto as_function(R (C::*f)(A...)) {
    return [f](C& self, A... a) -> R { return (self.*f)(std::forward<A>(a)...); };
  }
  template <class R, class C, class... A>
  static auto as_function(R (C::*f)(A...) const) {
    return [f](C& self, A... a) -> R { return (self.*f)(std::forward<A>(a)...); };
  }
  template <class F, class... Extra>
  Faces& def_member(const char* name, F f, const Extra&... extra) {
    return def(name, as_function(f), extra...);
  }
  template <class T, class F, class... A, class... Extra>
  Faces& def_begin_with(const char* name, F make, std::tuple<A...>*, const Extra&... extra) {
    auto start = [name, make](const py::object& self, A... a) {
      const Place at{name, "self"};
      if (is_begun(at, typeid(T), self.ptr())) return;
      std::unique_ptr<T> made = make(std::forward<A>(a)...);
      // Reading the arguments may have run code that has begun it.
      if (!is_begun(at, typeid(T), self.ptr())) begin(typeid(T), self.ptr(), made.release());
    };
    return def(name, start, extra...);
  }
  void put(const char* name, Face* face);
  void put_property(const char* name, Face* face, const char* doc);

  py::object scope_;
  const char* self_ = nullptr;
};

}  // namespace pyad::bind
