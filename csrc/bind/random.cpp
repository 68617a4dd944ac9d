// Random tensors: functions (rand, randn, randint, randperm, normal, bernoulli), in-place methods
// (uniform_, normal_, ...), and the Generator class. The numbers are those of kernels/random.hpp.
#include "kernels/random.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "bind/parse.hpp"
#include "dispatch/inplace.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"

namespace pyad::bind {

namespace {

using OptionalGenerator = std::optional<Generator*>;
Generator& chosen(const OptionalGenerator& g) { return g && *g ? **g : default_generator(); }

/// A seed as PyTorch takes it: any 64-bit integer, negative ones counted from 2^64.
uint64_t seed_from(const py::object& o) {
  Owned index(checked(PyNumber_Index(o.ptr())));
  int overflow = 0;
  long long v = PyLong_AsLongLongAndOverflow(index.get(), &overflow);
  if (!overflow) return static_cast<uint64_t>(v);
  uint64_t u = overflow > 0 ? PyLong_AsUnsignedLongLong(index.get()) : 0;
  if (overflow < 0 || PyErr_Occurred()) {
    PyErr_Clear();
    fail(ErrorKind::kRuntime, "manual_seed: the seed must lie in [-2^63, 2^64)");
  }
  return u;
}

/// `rand(2, 3)` and `rand((2, 3))`.
Dims sizes_from(const char* op, const py::args& args, const py::object& size) {
  Dims sizes;
  if (!size.is_none()) {
    if (args.size() != 0) fail(ErrorKind::kType, op, "() got multiple values for argument 'size'");
    sizes = as_dims(op, "size", size.ptr());
    checked_numel(op, sizes);
    return sizes;
  }
  if (args.size() == 1) {
    sizes = as_dims(op, "size", py::object(args[0]).ptr());
  } else {
    for (py::handle a : args) {
      Dims one = as_dims(op, "size", a.ptr());
      if (one.size() != 1) fail(ErrorKind::kType, op, ": sizes must be ints, or one tuple of ints");
      sizes.push_back(one[0]);
    }
  }
  checked_numel(op, sizes);
  return sizes;
}

void check_device(const char* op, const py::object& device) {
  if (device.is_none()) return;
  auto text = py::str(device).cast<std::string>();
  if (text.rfind("cpu", 0) != 0)
    fail(ErrorKind::kRuntime, op, ": pyad computes on the CPU; there is no device '", text, "'");
}

DType dtype_or(const char* op, const py::object& dtype, DType otherwise) {
  return dtype.is_none() ? otherwise : dtype_from(op, dtype.ptr());
}

Tensor asking(const char* op, Tensor t, bool requires_grad) {
  if (requires_grad) {
    if (!is_floating(t.dtype()))
      fail(ErrorKind::kRuntime, op, ": only tensors of floating dtype can require gradients, got ",
           t.dtype());
    t.impl()->requires_grad = true;
  }
  return t;
}

/// New values for `target` in its shape: memory is drawn in the order of the target's strides, as
/// PyTorch walks it.
template <class F>
void redraw(const char* op, const Tensor& target, F&& draw) {
  check_writable(op, target);
  int n = target.dim();
  std::vector<int> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return target.stride(a) > target.stride(b); });
  Dims sizes, strides = Dims::filled(n, 0);
  for (int d : order) sizes.push_back(target.size(d));
  Tensor drawn = empty(sizes, target.dtype());
  draw(drawn);
  Dims packed = contiguous_strides(sizes);
  for (int i = 0; i < n; ++i) strides[order[static_cast<size_t>(i)]] = packed[i];
  write_inplace(op, target, alias(drawn, {target.sizes(), strides, 0}));
}

void draw_uniform(const char* op, const Tensor& t, double low, double high, Generator& g) {
  visit_floating(op, t.dtype(), [&]<class T>(std::type_identity<T>) {
    fill_uniform(g, t.data<T>(), t.numel(), low, high);
  });
}
void draw_normal(const char* op, const Tensor& t, double mean, double deviation, bool blocks,
                 Generator& g) {
  visit_floating(op, t.dtype(), [&]<class T>(std::type_identity<T>) {
    fill_normal(g, t.data<T>(), t.numel(), mean, deviation, blocks);
  });
}
void check_uniform(double low, double high) {
  if (!(low <= high))
    fail(ErrorKind::kRuntime, "uniform_: expects a range [from, to), got from=", low,
         " > to=", high);
}
void check_deviation(const char* op, double deviation) {
  if (!(deviation >= 0)) fail(ErrorKind::kRuntime, op, ": expects std >= 0.0, got ", deviation);
}

/// Integers in [low, high); for floating tensors the bounds must be exact.
void draw_integers(const char* op, const Tensor& t, int64_t low, int64_t high, Generator& g) {
  if (low >= high)
    fail(ErrorKind::kRuntime, op, ": expects 'from' to be less than 'to', got from=", low,
         " >= to=", high);
  visit_dtype(t.dtype(), [&]<class T>(std::type_identity<T>) {
    bool fits;
    if constexpr (std::is_floating_point_v<T>) {
      constexpr int64_t kExact = int64_t{1} << std::numeric_limits<T>::digits;
      fits = low >= -kExact && high - 1 <= kExact;
    } else {
      fits = low >= static_cast<int64_t>(std::numeric_limits<T>::lowest()) &&
             high - 1 <= static_cast<int64_t>(std::numeric_limits<T>::max());
    }
    if (!fits)
      fail(ErrorKind::kRuntime, op, ": the bounds ", low, " and ", high, " do not fit into ",
           t.dtype());
    fill_integers(g, t.data<T>(), t.numel(),
                  static_cast<uint64_t>(high) - static_cast<uint64_t>(low), low);
  });
}

/// Ones and zeros of `dtype` with probabilities `p` (of any shape, walked row by row).
Tensor draw_bernoulli(const char* op, const Tensor& p, DType dtype, Generator& g) {
  return visit_floating(op, p.dtype(), [&]<class T>(std::type_identity<T>) {
    Tensor c = contiguous_values(p);
    const T* values = c.data<T>();
    for (int64_t i = 0; i < c.numel(); ++i) {
      if (!(values[i] >= 0 && values[i] <= 1)) {
        fail(ErrorKind::kRuntime, op, ": expects probabilities in [0, 1], got ",
             static_cast<double>(values[i]));
      }
    }
    Tensor ones = empty(p.sizes(), DType::kBool);
    fill_bernoulli(g, reinterpret_cast<unsigned char*>(ones.bytes()), c.numel(), values, false);
    return convert(ones, dtype);
  });
}

Tensor rand_like_this(const char* op, const Tensor& x, const py::object& dtype,
                      const OptionalGenerator& g, bool requires_grad, bool normal) {
  if (!x.defined()) fail(ErrorKind::kType, op, ": expects a Tensor");
  Tensor t = empty(x.sizes(), dtype_or(op, dtype, x.dtype()));
  normal ? draw_normal(op, t, 0, 1, true, chosen(g)) : draw_uniform(op, t, 0, 1, chosen(g));
  return asking(op, t, requires_grad);
}

/// normal(mean, std): tensors of one shape, numbers, or a mixture; with numbers a size must be
/// given.
Tensor normal(const py::object& mean, const py::object& deviation, const py::object& size,
              const OptionalGenerator& g, const py::object& dtype, bool requires_grad) {
  const char* op = "normal";
  bool tensor_mean = is_tensor(mean.ptr()), tensor_deviation = is_tensor(deviation.ptr());
  if (!tensor_mean && !tensor_deviation) {
    if (size.is_none())
      fail(ErrorKind::kType,
           "normal: with numbers for mean and std a size is needed: normal(0.0, 1.0, (2, 3))");
    double d = deviation.cast<double>();
    check_deviation(op, d);
    Dims sizes = as_dims(op, "size", size.ptr());
    checked_numel(op, sizes);
    Tensor t = empty(sizes, dtype_or(op, dtype, default_dtype()));
    draw_normal(op, t, mean.cast<double>(), d, true, chosen(g));
    return asking(op, t, requires_grad);
  }
  // Operands refer to tensors, so those stand beside them.
  Tensor means = tensor_mean ? detach(tensor_of(mean.ptr())) : Tensor();
  Tensor deviations = tensor_deviation ? detach(tensor_of(deviation.ptr())) : Tensor();
  Operand m = tensor_mean ? Operand(means) : Operand(Scalar(mean.cast<double>()));
  Operand d = tensor_deviation ? Operand(deviations) : Operand(Scalar(deviation.cast<double>()));
  if (!tensor_deviation) check_deviation(op, deviation.cast<double>());
  Dims sizes = !tensor_mean        ? deviations.sizes()
               : !tensor_deviation ? means.sizes()
                                   : broadcast_sizes(op, means.sizes(), deviations.sizes());
  DType t = tensor_mean ? means.dtype() : deviations.dtype();
  if (tensor_deviation) {
    Tensor values = contiguous_values(convert(deviations, DType::kFloat64));
    for (int64_t i = 0; i < values.numel(); ++i) check_deviation(op, values.data<double>()[i]);
  }
  Tensor drawn = empty(sizes, t);
  draw_normal(op, drawn, 0, 1, true, chosen(g));
  return asking(op, add(mul(drawn, d), m), requires_grad);
}

/// randint(high, size) and randint(low, high, size).
Tensor randint(const py::args& args, const py::kwargs& kw) {
  const char* op = "randint";
  auto take = [&](const char* name) -> py::object {
    if (!kw || !kw.contains(name)) return py::none();
    return kw[name];
  };
  for (auto item : kw) {
    auto key = item.first.cast<std::string>();
    static const char* known[] = {"low",   "high",          "size",  "generator",
                                  "dtype", "requires_grad", "device"};
    if (std::none_of(std::begin(known), std::end(known), [&](const char* k) { return key == k; })) {
      fail(ErrorKind::kType, "randint() got an unexpected keyword argument '", key, "'");
    }
  }
  py::object low = take("low"), high = take("high"), size = take("size");
  std::vector<py::object> given;
  for (py::handle a : args) given.push_back(py::reinterpret_borrow<py::object>(a));
  if (size.is_none() && !given.empty()) {
    size = given.back();
    given.pop_back();
  }
  if (high.is_none() && !given.empty()) {
    high = given.back();
    given.pop_back();
  }
  if (low.is_none() && !given.empty()) {
    low = given.back();
    given.pop_back();
  }
  if (!given.empty() || high.is_none() || size.is_none()) {
    fail(ErrorKind::kType, "randint: expects (high, size) or (low, high, size)");
  }
  check_device(op, take("device"));
  py::object g = take("generator");
  Dims sizes = as_dims(op, "size", size.ptr());
  checked_numel(op, sizes);
  auto integer = [&](const py::object& o) {
    Dims d = as_dims(op, "low and high", o.ptr());
    if (d.size() != 1) fail(ErrorKind::kType, "randint: low and high must be ints");
    return d[0];
  };
  Tensor t = empty(sizes, dtype_or(op, take("dtype"), DType::kInt64));
  draw_integers(op, t, low.is_none() ? 0 : integer(low), integer(high),
                g.is_none() ? default_generator() : g.cast<Generator&>());
  py::object grad = take("requires_grad");
  return asking(op, t, !grad.is_none() && grad.cast<bool>());
}

Tensor randperm(int64_t n, const OptionalGenerator& g, const py::object& dtype, bool requires_grad,
                const py::object& device) {
  check_device("randperm", device);
  if (n < 0) fail(ErrorKind::kRuntime, "randperm: n must not be negative, got ", n);
  checked_numel("randperm", Dims{n});
  Tensor t = empty(Dims{n}, dtype_or("randperm", dtype, DType::kInt64));
  visit_dtype(t.dtype(), [&]<class T>(std::type_identity<T>) {
    constexpr int kDigits = std::numeric_limits<T>::digits;
    if (kDigits < 62 && n > (int64_t{1} << kDigits))
      fail(ErrorKind::kRuntime, "randperm: n = ", n, " is too large for ", t.dtype());
    fill_permutation(chosen(g), t.data<T>(), n);
  });
  return asking("randperm", t, requires_grad);
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

void bind_generator(py::module_& m) {
  py::class_<Generator>(m, "Generator", "A stream of random numbers of its own.")
      .def(py::init([](const py::object& device) {
             check_device("Generator", device);
             return Generator();
           }),
           py::arg("device") = py::none())
      .def(
          "manual_seed",
          [](py::object self, const py::object& seed) {
            self.cast<Generator&>().set_seed(seed_from(seed));
            return self;
          },
          py::arg("seed"), "Starts the stream that belongs to a number; returns the generator.")
      .def("seed", &Generator::seed_from_system,
           "Starts a stream chosen by the system and returns its seed.")
      .def("initial_seed", &Generator::initial_seed, "The seed of the stream.")
      .def("get_state", &get_state, "The state as a uint8 tensor.")
      .def(
          "set_state",
          [](py::object self, const Tensor& state) {
            set_state(self.cast<Generator&>(), state);
            return self;
          },
          py::arg("new_state"), "Continues from a state that get_state returned.")
      .def_property_readonly("device", [](const Generator&) { return "cpu"; });
  m.attr("default_generator") = py::cast(&default_generator(), py::return_value_policy::reference);
  m.def(
      "manual_seed",
      [](const py::object& seed) {
        default_generator().set_seed(seed_from(seed));
        return py::cast(&default_generator(), py::return_value_policy::reference);
      },
      py::arg("seed"),
      "Starts the default generator's stream that belongs to a number; the stream is PyTorch's. "
      "Returns the generator.");
  m.def(
      "seed", [] { return default_generator().seed_from_system(); },
      "Starts the default generator on a stream chosen by the system and returns its seed.");
  m.def(
      "initial_seed", [] { return default_generator().initial_seed(); },
      "The default generator's seed.");
  m.def(
      "get_rng_state", [] { return get_state(default_generator()); },
      "The default generator's state as a uint8 tensor.");
  m.def(
      "set_rng_state", [](const Tensor& s) { set_state(default_generator(), s); },
      py::arg("new_state"), "Puts the default generator into a state that get_rng_state returned.");
}

void bind_random_functions(py::module_& m) {
  m.def(
      "rand",
      [](const py::args& args, const py::object& size, const OptionalGenerator& g,
         const py::object& dtype, bool requires_grad, const py::object& device) {
        check_device("rand", device);
        Tensor t = empty(sizes_from("rand", args, size), dtype_or("rand", dtype, default_dtype()));
        draw_uniform("rand", t, 0, 1, chosen(g));
        return asking("rand", t, requires_grad);
      },
      py::kw_only(), py::arg("size") = py::none(), py::arg("generator") = py::none(),
      py::arg("dtype") = py::none(), py::arg("requires_grad") = false,
      py::arg("device") = py::none(), "Uniform numbers in [0, 1), of the given sizes.");
  m.def(
      "randn",
      [](const py::args& args, const py::object& size, const OptionalGenerator& g,
         const py::object& dtype, bool requires_grad, const py::object& device) {
        check_device("randn", device);
        Tensor t =
            empty(sizes_from("randn", args, size), dtype_or("randn", dtype, default_dtype()));
        draw_normal("randn", t, 0, 1, true, chosen(g));
        return asking("randn", t, requires_grad);
      },
      py::kw_only(), py::arg("size") = py::none(), py::arg("generator") = py::none(),
      py::arg("dtype") = py::none(), py::arg("requires_grad") = false,
      py::arg("device") = py::none(),
      "Normal numbers of mean 0 and deviation 1, of the given sizes.");
  m.def("randint", &randint,
        "Integers in [low, high): randint(high, size) or randint(low, high, size).");
  m.def("randperm", &randperm, py::arg("n"), py::kw_only(), py::arg("generator") = py::none(),
        py::arg("dtype") = py::none(), py::arg("requires_grad") = false,
        py::arg("device") = py::none(), "The integers 0 ... n - 1 in random order.");
  m.def("normal", &normal, py::arg("mean"), py::arg("std") = 1.0, py::arg("size") = py::none(),
        py::kw_only(), py::arg("generator") = py::none(), py::arg("dtype") = py::none(),
        py::arg("requires_grad") = false,
        "Normal numbers of the given mean and deviation, which may be tensors.");
  m.def(
      "bernoulli",
      [](const Tensor& p, const OptionalGenerator& g) {
        if (!p.defined()) fail(ErrorKind::kType, "bernoulli: expects a Tensor of probabilities");
        return draw_bernoulli("bernoulli", p, p.dtype(), chosen(g));
      },
      py::arg("input"), py::kw_only(), py::arg("generator") = py::none(),
      "Ones with the given probabilities, else zeros.");
  m.def(
      "rand_like",
      [](const Tensor& x, const py::object& dtype, const OptionalGenerator& g, bool requires_grad) {
        return rand_like_this("rand_like", x, dtype, g, requires_grad, false);
      },
      py::arg("input"), py::kw_only(), py::arg("dtype") = py::none(),
      py::arg("generator") = py::none(), py::arg("requires_grad") = false,
      "Uniform numbers in [0, 1) of the shape and dtype of input.");
  m.def(
      "randn_like",
      [](const Tensor& x, const py::object& dtype, const OptionalGenerator& g, bool requires_grad) {
        return rand_like_this("randn_like", x, dtype, g, requires_grad, true);
      },
      py::arg("input"), py::kw_only(), py::arg("dtype") = py::none(),
      py::arg("generator") = py::none(), py::arg("requires_grad") = false,
      "Normal numbers of the shape and dtype of input.");
}

template <class F, class... Extra>
void add_method(const char* name, F&& f, const Extra&... extra) {
  py::handle type(reinterpret_cast<PyObject*>(tensor_type));
  type.attr(name) =
      py::cpp_function(std::forward<F>(f), py::name(name), py::is_method(type), extra...);
}

void bind_random_methods() {
  auto generator = [] { return py::arg("generator") = py::none(); };
  add_method(
      "uniform_",
      [](const py::object& self, double low, double high, const OptionalGenerator& g) {
        check_uniform(low, high);
        redraw("uniform_", tensor_of(self.ptr()),
               [&](const Tensor& t) { draw_uniform("uniform_", t, low, high, chosen(g)); });
        return self;
      },
      py::arg("from") = 0.0, py::arg("to") = 1.0, py::kw_only(), generator(),
      "Fills with uniform numbers in [from, to).");
  add_method(
      "normal_",
      [](const py::object& self, double mean, double deviation, const OptionalGenerator& g) {
        check_deviation("normal_", deviation);
        const Tensor& x = tensor_of(self.ptr());
        redraw("normal_", x, [&](const Tensor& t) {
          draw_normal("normal_", t, mean, deviation, x.is_contiguous(), chosen(g));
        });
        return self;
      },
      py::arg("mean") = 0.0, py::arg("std") = 1.0, py::kw_only(), generator(),
      "Fills with normal numbers of the given mean and deviation.");
  add_method(
      "exponential_",
      [](const py::object& self, double rate, const OptionalGenerator& g) {
        if (!(rate > 0)) fail(ErrorKind::kRuntime, "exponential_: expects lambd > 0.0, got ", rate);
        redraw("exponential_", tensor_of(self.ptr()), [&](const Tensor& t) {
          visit_floating("exponential_", t.dtype(), [&]<class T>(std::type_identity<T>) {
            fill_exponential(chosen(g), t.data<T>(), t.numel(), rate);
          });
        });
        return self;
      },
      py::arg("lambd") = 1.0, py::kw_only(), generator(),
      "Fills with exponentially distributed numbers of the given rate.");
  add_method(
      "random_",
      [](const py::object& self, std::optional<int64_t> low, std::optional<int64_t> high,
         const OptionalGenerator& g) {
        const Tensor& x = tensor_of(self.ptr());
        redraw("random_", x, [&](const Tensor& t) {
          if (low || high) {
            int64_t from = high ? low.value_or(0) : 0, to = high ? *high : *low;
            draw_integers("random_", t, from, to, chosen(g));
          } else {
            visit_dtype(t.dtype(), [&]<class T>(std::type_identity<T>) {
              fill_natural(chosen(g), t.data<T>(), t.numel());
            });
          }
        });
        return self;
      },
      py::arg("from") = py::none(), py::arg("to") = py::none(), py::kw_only(), generator(),
      "Fills with integers in [from, to); random_(to) starts at 0.");
  add_method(
      "bernoulli_",
      [](const py::object& self, const py::object& p, const OptionalGenerator& g) {
        const Tensor& x = tensor_of(self.ptr());
        check_writable("bernoulli_", x);
        if (is_tensor(p.ptr())) {
          const Tensor& q = tensor_of(p.ptr());
          if (!broadcasts_to(q.sizes(), x.sizes())) {
            fail(ErrorKind::kShape, "bernoulli_: p of shape ", q.sizes(), " does not broadcast to ",
                 x.sizes());
          }
          Dims strides = Dims::filled(x.dim(), 0);
          for (int i = 0; i < q.dim(); ++i) {
            if (q.size(i) != 1) strides[x.dim() - q.dim() + i] = q.stride(i);
          }
          Tensor spread = alias(q, {x.sizes(), strides, q.offset()});
          write_inplace("bernoulli_", x,
                        draw_bernoulli("bernoulli_", spread, x.dtype(), chosen(g)));
          return self;
        }
        double v = p.cast<double>();
        if (!(v >= 0 && v <= 1))
          fail(ErrorKind::kRuntime, "bernoulli_: expects p in [0, 1], got ", v);
        redraw("bernoulli_", x, [&](const Tensor& t) {
          Tensor ones = empty(t.sizes(), DType::kBool);
          fill_bernoulli(chosen(g), reinterpret_cast<unsigned char*>(ones.bytes()), t.numel(), &v,
                         true);
          copy_into(t, convert(ones, t.dtype()));
        });
        return self;
      },
      py::arg("p") = 0.5, py::kw_only(), generator(),
      "Fills with ones of probability p (a number or a tensor), else zeros.");
}

}  // namespace

void bind_random(py::module_& m) {
  bind_generator(m);
  bind_random_functions(m);
  bind_random_methods();
}

}  // namespace pyad::bind
