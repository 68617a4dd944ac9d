// The counter of levels, and which level a tensor belongs to.
#include "graph/levels.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/error.hpp"

namespace pyad {

namespace {

constexpr int kLastLevel = std::numeric_limits<int>::max();
int g_next_level = 0;
thread_local std::vector<Level> t_open;  // ascending

}  // namespace

int enter_level(bool batch, int64_t size, Randomness randomness) {
  if (g_next_level == kLastLevel) g_next_level = 0;  // of the old numbers hardly one is left
  if (!t_open.empty() && t_open.back().number >= g_next_level) {
    fail(ErrorKind::kRuntime,
         "vmap, jvp: 2^31 levels were opened since the one that is open here; leave it, and begin "
         "again");
  }
  const int number = g_next_level++;
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

void skip_levels(int next) { g_next_level = std::max(g_next_level, next); }

std::span<const Level> open_levels() { return t_open; }

const Level* find_level(int number) {
  for (size_t i = t_open.size(); i-- > 0;)
    if (t_open[i].number == number) return &t_open[i];
  return nullptr;
}

OuterLevels::OuterLevels(int number)
    : kept_(t_open),
      levels_(mode.levels),
      dual_levels_(mode.dual_levels),
      batch_levels_(mode.batch_levels) {
  while (!t_open.empty() && t_open.back().number >= number) {
    --mode.levels;
    --(t_open.back().batch ? mode.batch_levels : mode.dual_levels);
    t_open.pop_back();
  }
}
OuterLevels::~OuterLevels() {
  t_open = std::move(kept_);
  mode.levels = levels_;
  mode.dual_levels = dual_levels_;
  mode.batch_levels = batch_levels_;
}

NoBatchLevels::NoBatchLevels() : batch_levels_(mode.batch_levels), levels_(mode.levels) {
  mode.levels -= mode.batch_levels;
  mode.batch_levels = 0;
}
NoBatchLevels::~NoBatchLevels() {
  mode.levels = levels_;
  mode.batch_levels = batch_levels_;
}

LevelCounts resume_levels() {
  LevelCounts before{mode.levels, mode.batch_levels};
  mode.batch_levels = 0;
  for (const Level& l : t_open) mode.batch_levels += l.batch;
  mode.levels = mode.dual_levels + mode.batch_levels;
  return before;
}
void restore_levels(LevelCounts counts) {
  mode.levels = counts.levels;
  mode.batch_levels = counts.batch_levels;
}

}  // namespace pyad
