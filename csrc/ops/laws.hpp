// Laws of random numbers: what fills tensors with numbers of PyTorch's streams. Functions and methods
// that draw are rows over them (draw_functions.cpp, dispatch/draw_methods.cpp).
#pragma once

#include <optional>

#include "kernels/random.hpp"
#include "ops/random.hpp"

namespace pyad {

/// The generator of an argument, or the default one.
inline Generator& chosen(Generator* g) { return g ? *g : default_generator(); }

void check_deviation(const char* op, double deviation);
void check_probability(const char* op, double p);
/// Raises where a dtype that is stored only does not hold the integers from `low` to `high` - 1,
/// which are drawn in what it is computed in.
void check_integers(const char* op, DType dtype, int64_t low, int64_t high);

// All fill contiguous tensors.
void draw_uniform(const char* op, const Tensor& t, double low, double high, Generator& g);
/// `blocks` admits the way of 16 and more.
void draw_normal(const char* op, const Tensor& t, double mean, double deviation, bool blocks,
                 Generator& g);
/// Integers in [low, high); for floating tensors the bounds must be exact. Without `high` the range
/// goes on to the dtype's largest.
void draw_integers(const char* op, const Tensor& t, int64_t low, std::optional<int64_t> high,
                   Generator& g);
void draw_exponential(const char* op, const Tensor& t, double rate, Generator& g);
/// Ones with probability p, else zeros.
void draw_bernoulli(const Tensor& t, double p, Generator& g);
/// The same with probabilities `p`, of t's shape and walked row by row.
void draw_bernoulli(const char* op, const Tensor& t, const Tensor& p, Generator& g);

/// Counts whose means are `rates`.
Tensor poisson_counts(const Tensor& rates, Generator& g);
/// `count` places in each row of weights, whose shape and dtype have been checked.
Tensor choices(const char* op, const Tensor& weights, int64_t count, bool replacement,
               Generator& g);

}  // namespace pyad
