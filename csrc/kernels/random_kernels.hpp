// The table of random kernels that are compiled per instruction set.
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

/// Word pairs below it count as one: a probability p of doubles as p * 2^53, split into the 21 high
/// and 32 low bits that a uniform double takes from its two words.
struct PairThreshold {
  uint32_t high, low;
};

struct RandomKernels {
  /// The next 624 words of the twister, in place; `out` gets them tempered.
  void (*refill)(uint32_t* words, uint32_t* out);
  /// Uniforms from words, one each (float32) or two each (float64, the high word first).
  void (*uniform[2])(const uint32_t* words, void* out, int64_t n);
  /// Each 16 uniforms become 16 normals; n is a multiple of 16.
  void (*box_muller)(float* p, int64_t n, float mean, float deviation);
  /// p <- p * range + low, rounded once; `high` is excluded and becomes low.
  void (*stretch[2])(void* p, int64_t n, double low, double high);  // float32, float64
  /// out[i] = (pair i of words) < t.
  void (*below)(const uint32_t* words, uint8_t* out, int64_t n, PairThreshold t);
  /// y = x * (keep ? scale : 0).
  void (*masked[2])(const void* x, const uint8_t* keep, void* y, int64_t n, double scale);
};

PYAD_DECLARE_ISA_FILL(fill_random, RandomKernels)

}  // namespace pyad
