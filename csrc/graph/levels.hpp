// Levels: what is open around a call, forward mode and batches, counted together.
//
// Note [Levels]
// `dual_level()` opens a level at which tensors may carry tangents, `vmap` one at which they may be
// one example of a batch. One counter numbers both: a number is never used again, and a higher one
// is a more inner level, so a tangent or a batch that outlives its level is told for good. A call
// takes off one level of its operands, runs again on what remains and puts the level on the results,
// so what belongs to other levels passes through untouched. Batches go first, the innermost one
// before the others, then tangents alike: examples are independent, so a batch commutes with every
// derivative. Hence tangents are kept with the tensor of all examples, never with a batched handle,
// and whatever the nesting of `vmap`, `jvp` and `grad` in the program, the graph and its rules see
// plain tensors and their tangents.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/tensor.hpp"
#include "graph/mode.hpp"

namespace pyad {

/// What random functions do inside a batch level.
enum class Randomness : uint8_t { kError, kSame, kDifferent };

struct Level {
  int number;
  bool batch;
  int64_t size = 0;  // of a batch level: how many examples
  Randomness randomness = Randomness::kError;
};

/// Opens a level on this thread; of a batch if `size` says of how many examples.
int enter_level(bool batch, int64_t size = 0, Randomness randomness = Randomness::kError);
/// Closes the innermost level, which must be this one.
void exit_level(const char* op, int number);
/// Numbers below `next` count as used, for tests.
void skip_levels(int next);
/// The open levels of this thread, outermost first.
std::span<const Level> open_levels();
/// Null if there is none open of this number.
const Level* find_level(int number);
inline bool is_open_level(int number) { return find_level(number) != nullptr; }

inline bool levels_possible() { return mode.levels > 0; }
/// The levels outside `number` alone while it lives: what is drawn for all examples of a batch.
class OuterLevels {
 public:
  explicit OuterLevels(int number);
  ~OuterLevels();
  OuterLevels(const OuterLevels&) = delete;
  OuterLevels& operator=(const OuterLevels&) = delete;

 private:
  std::vector<Level> kept_;
  int levels_, dual_levels_, batch_levels_;
};

/// No levels while it lives: for a sweep over the tensors of all examples.
class NoBatchLevels {
 public:
  NoBatchLevels();
  ~NoBatchLevels();
  NoBatchLevels(const NoBatchLevels&) = delete;
  NoBatchLevels& operator=(const NoBatchLevels&) = delete;

 private:
  int batch_levels_, levels_;
};

/// What `NoBatchLevels` keeps out, in again: for a callable of the host within such a sweep.
struct LevelCounts {
  int levels, batch_levels;
};
LevelCounts resume_levels();
void restore_levels(LevelCounts counts);

}  // namespace pyad
