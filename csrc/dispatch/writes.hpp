// The ops that write into arrays, values only: filling, copying, putting rows. What a write does to
// the graph is told in dispatch/inplace.hpp.
#pragma once

#include "ops/op.hpp"

namespace pyad {

/// Input 0 gets one number everywhere; its memory must be dense. `op` is named in errors.
struct Fill : Plain<"fill_"> {
  static constexpr unsigned writes = 1;
  struct Attr {
    const char* op = nullptr;
    Scalar value;
  };
  static Tensor forward(const Attr& attr, Inputs in);
};

/// Input 0 gets the elements of input 1, broadcast and converted.
struct CopyInto : Plain<"copy_", 2> {
  static constexpr unsigned writes = 1;
  struct Attr {
    const char* op = nullptr;
  };
  static Tensor forward(const Attr& attr, Inputs in);
};

/// Input 0 gets, at the positions (input 1) among its dims [dim, dim + count), the rows of input 2.
struct PutRows : Plain<"index_put_", 3> {
  static constexpr unsigned writes = 1;
  struct Attr {
    const char* op = nullptr;
    int dim = 0, count = 0;
  };
  static Tensor forward(const Attr& attr, Inputs in);
};

/// What the floors below do by themselves, told to a log: BasicRuns in core/run_log.hpp.
void describe_filled(const Running& now, const Tensor& made, Scalar v);
void describe_copied(const Running& now, const Tensor& x, const Tensor& made);

}  // namespace pyad
