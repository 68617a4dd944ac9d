// Runs every case (or those whose name contains the argument) and checks the live counters.
#include <cstring>

#include "check.hpp"
#include "dispatch/install.hpp"

int main(int argc, char** argv) {
  using namespace pyad;
  using namespace pyad::test;
  install_engine();
  int run = 0;
  for (const Case& c : cases()) {
    if (argc > 1 && !std::strstr(c.name, argv[1])) continue;
    ++run;
    LiveCounts before = live;
    try {
      c.run();
    } catch (const std::exception& e) {
      ++failures;
      std::printf("%s: exception: %s\n", c.name, e.what());
    }
    bool clean = live.nodes == before.nodes && live.tensors == before.tensors &&
                 live.buffers == before.buffers && live.bytes == before.bytes;
    if (!clean) {
      ++failures;
      std::printf("%s: left %lld nodes, %lld tensors, %lld buffers alive\n", c.name,
                  static_cast<long long>(live.nodes - before.nodes),
                  static_cast<long long>(live.tensors - before.tensors),
                  static_cast<long long>(live.buffers - before.buffers));
    }
  }
  std::printf("%d cases, %d failures\n", run, failures);
  return failures == 0 && run > 0 ? 0 : 1;
}
