// What the functions (random.cpp) and in-place methods (random_methods.cpp) that draw numbers
// share.
#pragma once

#include <pybind11/stl.h>

#include <optional>

#include "bind/face.hpp"
#include "bind/parse.hpp"
#include "kernels/random.hpp"
#include "ops/random.hpp"

namespace pyad::bind {

template <>
inline constexpr bool is_bound<Generator> = true;
using OptionalGenerator = std::optional<Generator*>;
inline Generator& chosen(const OptionalGenerator& g) { return g && *g ? **g : default_generator(); }

inline void check_device(const char* op, const py::object& device) {
  check_device(op, device.ptr());
}
void check_deviation(const char* op, double deviation);
void check_probability(const char* op, double p);

void draw_uniform(const char* op, const Tensor& t, double low, double high, Generator& g);
/// `blocks` admits the way of 16 and more.
void draw_normal(const char* op, const Tensor& t, double mean, double deviation, bool blocks,
                 Generator& g);
/// Integers in [low, high); for floating tensors the bounds must be exact. Without `high` the
/// range goes on to the dtype's largest.
void draw_integers(const char* op, const Tensor& t, int64_t low, std::optional<int64_t> high,
                   Generator& g);
/// Raises where a dtype that is stored only does not hold the integers from `low` to `high` - 1, which
/// are drawn in what it is computed in.
void check_integers(const char* op, DType dtype, int64_t low, int64_t high);
void draw_exponential(const char* op, const Tensor& t, double rate, Generator& g);
/// Ones and zeros of t's dtype, into contiguous `t`.
void draw_bernoulli(const Tensor& t, double p, Generator& g);
/// The same with probabilities `p`, of t's shape and walked row by row.
void draw_bernoulli(const char* op, const Tensor& t, const Tensor& p, Generator& g);

void bind_generator(py::module_& m);
void bind_random_methods();

}  // namespace pyad::bind
