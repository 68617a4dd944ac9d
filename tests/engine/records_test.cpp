// The records of ops: each is complete for its kind, and the table has them all.
#include <algorithm>
#include <bit>
#include <cstring>

#include "check.hpp"
#include "ops/op.hpp"

namespace pyad {
namespace {

bool has(const char* name) {
  auto all = op_infos();
  return std::any_of(all.begin(), all.end(),
                     [&](const OpInfo* op) { return std::strcmp(op->name, name) == 0; });
}

TEST(records_have_what_their_kind_needs) {
  for (const OpInfo* op : op_infos()) {
    CHECK(*op->name);
    CHECK((op->forward != nullptr) != (op->forward_many != nullptr));
    const bool product = op->kind == Kind::kLinear || op->kind == Kind::kBilinear;
    CHECK((op->transpose != nullptr) == product);
    CHECK((op->vjp != nullptr) == (op->kind == Kind::kGeneral));
    CHECK((op->jvp != nullptr) == (op->kind == Kind::kGeneral));
    CHECK(op->n_saved == std::popcount(op->save));
    CHECK((op->attr.size == 0) == (op->attr.copy == nullptr));
  }
}

TEST(the_table_has_an_op_of_every_family) {
  for (const char* name :
       {"sum", "matmul", "slice", "cat", "softmax", "cross_entropy", "convolution", "max_pool",
        "sort", "embedding", "copy", "cdist", "dropout"})
    CHECK(has(name));
  CHECK(op_infos().size() > 80);
}

}  // namespace
}  // namespace pyad
