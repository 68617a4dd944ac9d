// A log that keeps every call of a thread as data and can run it again; and how calls that are no
// ops by themselves are told as data: rows of the table, values from outside. Note [What runs].
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/run_log.hpp"
#include "ops/function.hpp"
#include "ops/record.hpp"

namespace pyad {

class CallLog final : public RunLog {
 public:
  struct Call {
    const OpInfo* op = nullptr;
    KeptAttr attr;
    Tensors in, out;  // as they were then
    int pieces = 0;   // of memory that it took or wrote
  };
  /// `hold`: keep every array that a call was given or gave, and look whether its memory changes
  /// while no call says that it writes to it. A program whose arrays are held writes into fewer of
  /// them at once.
  explicit CallLog(bool hold) : hold_(hold) {}
  void open() override;
  void is(const OpInfo& op, const void* attr, std::span<const Tensor> in) override;
  void gave(std::span<const Tensor> out) override;
  void close() override;
  void memory(const char* what) override;
  void read() override;

  const std::vector<Call>& calls() const { return calls_; }
  /// What took or wrote memory while no call ran, or in one that said no record; and whose memory
  /// changed meanwhile.
  const std::vector<std::string>& outside();
  /// How often values were looked at while no call ran.
  int reads() const { return reads_; }
  /// Runs a call again, on what it was given: empty if the results are the same, bit for bit, else
  /// what is not.
  static std::string differs_again(const Call& call);

 private:
  struct Held {
    Ref<Storage> storage;
    std::vector<char> bytes;  // as they were last
  };
  void look(const Tensor& x, const char* when, bool written);

  bool hold_;
  std::map<Storage*, Held> held_;
  std::vector<Call> calls_;
  Call now_;
  Tensors given_;
  bool gave_ = false;
  int reads_ = 0;
  std::vector<std::string> outside_;
};

/// A row of the table that is no op by itself, run and told.
Answer run_row_logged(const Running& now, const Function& row, Args& args);
/// A tensor whose values come from the host.
void describe_given(const Running& now, const Tensor& made);

}  // namespace pyad
