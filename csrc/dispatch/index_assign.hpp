// Assignment to an index expression.
#pragma once

#include <span>

#include "ops/index.hpp"

namespace pyad {

/// `x[items] = value`, with history; every alias of x sees it.
void index_assign(const Tensor& x, std::span<const IndexItem> items, const Operand& value);

}  // namespace pyad
