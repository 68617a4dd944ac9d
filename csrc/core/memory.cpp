// Limits of memory, from the system.
#include "core/memory.hpp"

#include <sys/sysinfo.h>

#include "core/error.hpp"

namespace pyad {

size_t machine_bytes() noexcept {
  struct sysinfo s{};
  if (sysinfo(&s) != 0) return SIZE_MAX;
  return (size_t{s.totalram} + s.totalswap) * s.mem_unit;
}

void fail_room(const Dims& sizes, DType dtype) {
  fail(ErrorKind::kMemory, "out of memory: a tensor of shape ", sizes, " and dtype ", dtype,
       " needs ", static_cast<size_t>(numel_of(sizes)) * item_size(dtype), " bytes");
}

void check_room(const char* op, const Dims& sizes, DType dtype) {
  const auto n = static_cast<size_t>(checked_numel(op, sizes));
  if (n * item_size(dtype) > machine_bytes()) fail_room(sizes, dtype);
}

}  // namespace pyad
