// How much memory there can be: results beyond it are refused before anything is computed. Apart
// from buffer.hpp, which every file includes.
#pragma once

#include <cstddef>

#include "core/dims.hpp"
#include "core/dtype.hpp"

namespace pyad {

/// Bytes of memory of the machine, with what it may swap. The system may promise more than that,
/// and end the process when it is used.
size_t machine_bytes() noexcept;

/// Raises Error(kMemory) unless a tensor of these sizes could be held; for ops that work for long
/// before they ask for their result's memory.
void check_room(const char* op, const Dims& sizes, DType dtype);

/// The same words for an allocation that failed.
[[noreturn]] void fail_room(const Dims& sizes, DType dtype);

}  // namespace pyad
