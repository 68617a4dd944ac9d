// What `pyad.func.vmap` is made of: levels of batches, and tensors that enter and leave them.
#include "bind/autograd.hpp"
#include "bind/face.hpp"

#include "dispatch/batch.hpp"
#include "dispatch/tangent.hpp"
#include "dispatch/transform.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/view.hpp"

namespace pyad::bind {

namespace {

Randomness read_randomness(const std::string& text) {
  if (text == "error") return Randomness::kError;
  if (text == "same") return Randomness::kSame;
  if (text == "different") return Randomness::kDifferent;
  fail(ErrorKind::kRuntime, "vmap: randomness must be 'error', 'same' or 'different', got '", text,
       "'");
}

const char* randomness_name(Randomness r) {
  switch (r) {
    case Randomness::kError:
      return "error";
    case Randomness::kSame:
      return "same";
    case Randomness::kDifferent:
      return "different";
  }
  return "";
}

void check_level(const char* op, int level) {
  const Level* open = find_level(level);
  if (!open || !open->batch)
    fail(ErrorKind::kValue, op, ": level ", level, " is no open level of a batch");
}

/// One example of `x`, whose examples are along `dim`.
Tensor enter(const Tensor& x, int64_t dim, int level) {
  check_level("to_batch", level);
  const int at = wrap_dim("to_batch", dim, x.dim());
  if (x.dim() == 0 || x.size(at) != find_level(level)->size) {
    fail(ErrorKind::kShape, "to_batch: dim ", dim, " of a tensor of shape ", x.sizes(),
         " does not hold the ", find_level(level)->size, " examples of the batch");
  }
  return batched(x, at, level);
}

/// The examples of `y` along `dim`; `y` repeated if it is the same for all.
Tensor leave(const Tensor& y, int level, int64_t dim) {
  check_level("from_batch", level);
  Tensor all = spread_examples(y, level);
  return movedim(all, {0}, {dim});
}

}  // namespace

void bind_batch(py::module_& m) {
  Faces faces(m);
  faces.def(
      "enter_batch",
      [](int64_t size, const std::string& randomness) {
        return enter_level(true, size, read_randomness(randomness));
      },
      py::arg("size"), py::arg("randomness"), "Opens a level of batches and returns its number.");
  faces.def(
      "exit_batch", [](int level) { exit_level("vmap", level); }, py::arg("level"),
      "Closes the innermost level.");
  faces.def(
      "batch_info",
      [](int level) {
        check_level("batch_info", level);
        const Level* open = find_level(level);
        return std::pair<int64_t, std::string>(open->size, randomness_name(open->randomness));
      },
      py::arg("level"), "The number of examples of a level, and what random functions do in it.");
  faces.def("to_batch", &enter, py::arg("tensor"), py::arg("dim"), py::arg("level"),
            "One example of a batch, for all: examples are along dim.");
  faces.def("from_batch", &leave, py::arg("tensor"), py::arg("level"), py::arg("dim"),
            "All examples, along dim.");
  faces.def(
      "in_batch", [](const Tensor& x, int level) { return examples_of(x, level).defined(); },
      py::arg("tensor"), py::arg("level"), "Whether the tensor is an example at that level.");
  faces.def(
      "batch_level", [](const Tensor& x) { return batch_level_of(x); }, py::arg("tensor"),
      "The innermost open level at which the tensor is an example, or -1.");
  faces.def(
      "all_examples", [](const Tensor& x) { return all_examples(x); }, py::arg("tensor"),
      "The tensor of all examples of all batches, outermost first; any other tensor itself.");
  faces.def("any_true", &any_true, py::arg("mask"),
            "Whether an element of a mask is true, in any example of a batch.");
  faces.def("fresh_input", &fresh_input, py::arg("tensor"),
            "Another handle, for a function to be differentiated by.");
  faces.def(
      "resume_levels",
      [] {
        LevelCounts c = resume_levels();
        return std::pair<int, int>(c.levels, c.batch_levels);
      },
      "Lets open batches be seen within a sweep; returns what restore_levels takes.");
  faces.def(
      "restore_levels", [](std::pair<int, int> c) { restore_levels({c.first, c.second}); },
      py::arg("counts"), "Ends what resume_levels began.");
  faces.def("is_open_level", &is_open_level, py::arg("level"), "Whether a level is open.");
  faces.def("skip_levels", &skip_levels, py::arg("next"),
            "Counts numbers of levels below next as used, for tests.");
  faces.def(
      "open_transform",
      [](py::object inputs) {
        return open_transform(as_tensors("open_transform", "inputs", inputs.ptr(), false));
      },
      py::arg("inputs"), "Opens a transform around a run of its function; returns its number.");
  faces.def("reopen_transform", &reopen_transform, py::arg("number"),
            "Opens it again, for a sweep.");
  faces.def("close_transform", &close_transform, "Closes the innermost transform.");
  faces.def("finish_input", &finish_input, py::arg("tensor"),
            "Says that the transform of a fresh input has returned.");
  faces.def(
      "leads_elsewhere",
      [](py::object roots, py::object inputs) {
        return leads_elsewhere(as_tensors("leads_elsewhere", "roots", roots.ptr(), false),
                               as_tensors("leads_elsewhere", "inputs", inputs.ptr(), false));
      },
      py::arg("roots"), py::arg("inputs"),
      "Whether gradients of roots at inputs can be differentiated by something.");
  faces.def("without_history", &without_history, py::arg("tensor"),
            "The values, with what they have at open levels.");
  faces.def("forget_loops", &forget_loops,
            "Lets every op warn again that it runs example by example, for tests.");
  faces.def("levels", [] { return mode.levels; }, "Number of open levels of both kinds.");
  faces.def("batch_levels", [] { return mode.batch_levels; }, "Number of open levels of batches.");
}

}  // namespace pyad::bind
