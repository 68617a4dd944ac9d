// The records of ops: each is complete for its kind, and the table has them all.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "check.hpp"
#include "core/error.hpp"
#include "ops/elementwise/info.hpp"
#include "ops/op.hpp"

namespace pyad {
namespace {

bool has(const char* name) {
  auto all = op_infos();
  return std::any_of(all.begin(), all.end(),
                     [&](const OpInfo* op) { return std::strcmp(op->name, name) == 0; });
}

TEST(records_have_what_their_kind_needs) {
  elementwise_ops();  // which enter the table
  for (const OpInfo* op : op_infos()) {
    CHECK(*op->name);
    CHECK(op->outside || (op->forward != nullptr) != (op->forward_many != nullptr));
    const bool product = op->kind == Kind::kLinear || op->kind == Kind::kBilinear;
    CHECK((op->transpose != nullptr) == product);
    CHECK((op->vjp != nullptr) == (op->kind == Kind::kGeneral));
    CHECK(!op->jvp || op->kind == Kind::kGeneral);
    CHECK(!op->writes || op->kind == Kind::kPlain);
  }
}

TEST(attributes_are_what_their_numbers_say) {
  int compared = 0;
  for (const OpInfo* op : op_infos()) {
    CHECK((op->attr.size == 0) == (op->attr.make == nullptr && op->attr.visit == nullptr));
    if (!op->attr.make) continue;
    std::vector<std::max_align_t> made(op->attr.size / sizeof(std::max_align_t) + 1);
    op->attr.make(made.data());
    const KeptAttr kept(op->attr, made.data());
    if (op->attr.destroy) op->attr.destroy(made.data());
    const KeptAttr again = KeptAttr::from(op->attr, kept.numbers());
    CHECK(kept == again);
    CHECK(kept.hash() == again.hash());
    CHECK(kept.text() == again.text());
    auto more = kept.numbers();
    more.push_back(1);
    bool refused = false;
    try {
      KeptAttr::from(op->attr, more);
    } catch (const Error&) {
      refused = true;
    }
    CHECK(refused);
    ++compared;
  }
  CHECK(compared > 60);
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
