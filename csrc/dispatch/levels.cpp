// The counter of levels, and which level a tensor belongs to.
#include "dispatch/levels.hpp"

#include <algorithm>
#include <vector>

#include "core/error.hpp"

namespace pyad {

namespace {

int g_next_level = 0;
thread_local std::vector<Level> t_open;  // ascending

[[noreturn, gnu::cold]] void fail_escaped() {
  fail(ErrorKind::kRuntime,
       "vmap: a batched tensor left the function that vmap transforms (by a variable outside, a "
       "list, a global) and is used after it; return it instead");
}

}  // namespace

int enter_level(bool batch, int64_t size, Randomness randomness) {
  const int number = g_next_level;
  g_next_level = (g_next_level + 1) & 0x7fffffff;
  t_open.push_back({number, batch, size, randomness});
  ++mode.levels;
  ++(batch ? mode.batch_levels : mode.dual_levels);
  return number;
}

void exit_level(const char* op, int number) {
  if (t_open.empty() || t_open.back().number != number) {
    fail(ErrorKind::kRuntime, op,
         ": trying to exit a level that was not the last one that was entered; close levels in the "
         "reverse order of opening");
  }
  const bool batch = t_open.back().batch;
  t_open.pop_back();
  --mode.levels;
  --(batch ? mode.batch_levels : mode.dual_levels);
}

std::span<const Level> open_levels() { return t_open; }

const Level* find_level(int number) {
  for (size_t i = t_open.size(); i-- > 0;)
    if (t_open[i].number == number) return &t_open[i];
  return nullptr;
}

int level_of(const Tensor& x) {
  if (!x.defined() || !x.impl()->extra) return -1;
  x.catch_up();
  const TensorExtra& extra = *x.impl()->extra;
  int level = -1;
  if (extra.batch.all.defined()) {
    if (!is_open_level(extra.batch.level)) fail_escaped();
    level = extra.batch.level;
  }
  for (const Tangent& t : extra.tangents)
    if (t.level > level && is_open_level(t.level)) level = t.level;
  return level;
}

int level_of(std::span<const Tensor> xs) {
  int level = -1;
  for (const Tensor& x : xs) level = std::max(level, level_of(x));
  return level;
}

NoBatchLevels::NoBatchLevels() : batch_levels_(mode.batch_levels), levels_(mode.levels) {
  mode.levels -= mode.batch_levels;
  mode.batch_levels = 0;
}
NoBatchLevels::~NoBatchLevels() {
  mode.levels = levels_;
  mode.batch_levels = batch_levels_;
}

}  // namespace pyad
