// Quotas of control groups, in folders laid out as Linux has them.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "check.hpp"
#include "kernels/cpus.hpp"

namespace {

class Groups {
 public:
  Groups() : root_(std::filesystem::temp_directory_path() / ("cpus." + std::to_string(getpid()))) {}
  ~Groups() { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  double quota(const std::string& membership) const {
    write("membership", membership);
    return pyad::cpu_quota((root_ / "membership").string(), (root_ / "fs").string());
  }

 private:
  std::filesystem::path root_;
};

}  // namespace

TEST(quota_of_a_group) {
  Groups g;
  CHECK(g.quota("0::/\n") == 0);
  g.write("fs/cpu.max", "max 100000\n");
  CHECK(g.quota("0::/\n") == 0);
  g.write("fs/cpu.max", "150000 100000\n");
  CHECK(g.quota("0::/\n") == 1.5);
}

TEST(quota_of_a_group_is_the_smallest_above_it) {
  Groups g;
  g.write("fs/cpu.max", "max 100000\n");
  g.write("fs/jobs/cpu.max", "200000 100000\n");
  g.write("fs/jobs/one/cpu.max", "400000 100000\n");
  CHECK(g.quota("0::/jobs/one\n") == 2);
  g.write("fs/jobs/one/cpu.max", "50000 100000\n");
  CHECK(g.quota("0::/jobs/one\n") == 0.5);
  CHECK(g.quota("0::/jobs/two\n") == 2);
}

TEST(quota_of_the_older_hierarchy) {
  Groups g;
  g.write("fs/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  g.write("fs/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  CHECK(g.quota("4:memory:/a\n2:cpu,cpuacct:/box\n") == 0);
  g.write("fs/cpu,cpuacct/box/cpu.cfs_quota_us", "300000\n");
  g.write("fs/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
  CHECK(g.quota("4:memory:/a\n2:cpu,cpuacct:/box\n0::/\n") == 3);
  CHECK(g.quota("3:cpuset:/box\n") == 0);
}

TEST(malformed_groups_are_no_quota) {
  Groups g;
  CHECK(g.quota("") == 0);
  CHECK(g.quota("nonsense\n0:\n") == 0);
  for (const char* text : {"", "0 0", "-5 100000", "x y", "100000"}) {
    g.write("fs/cpu.max", text);
    CHECK(g.quota("0::/\n") == 0);
  }
  CHECK(pyad::cpu_quota("/nonexistent", "/nonexistent") == 0);
  CHECK(pyad::usable_cpus() >= 1);
}
