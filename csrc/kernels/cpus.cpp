// Linux says it in three places. A quota is no number of processors (it says how long all threads
// together may run in a period), but more threads than it has room for only wait: each kernel then
// ends with its slowest part, a whole period later.
#include "kernels/cpus.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace pyad {

namespace {

/// Numbers at the start of a file; a word that is no number, such as "max", ends them.
int read_numbers(const std::string& path, double* out, int n) {
  std::ifstream file(path);
  int got = 0;
  while (got < n && file >> out[got]) ++got;
  return got;
}

double smaller_quota(double a, double b) { return a > 0 && (b <= 0 || a < b) ? a : b; }

/// The smallest quota of a group and of those above it. `quota` reads that of one folder.
template <class F>
double along_path(const std::string& mount, std::string group, F&& quota) {
  double found = 0;
  for (;;) {
    found = smaller_quota(quota(mount + group), found);
    const size_t cut = group.find_last_of('/');
    if (group.empty() || cut == std::string::npos) return found;
    group.resize(cut);
  }
}

double quota_v2(const std::string& folder) {
  double n[2];
  return read_numbers(folder + "/cpu.max", n, 2) == 2 && n[0] > 0 && n[1] > 0 ? n[0] / n[1] : 0;
}

double quota_v1(const std::string& folder) {
  double quota, period;
  const bool found = read_numbers(folder + "/cpu.cfs_quota_us", &quota, 1) == 1 &&
                     read_numbers(folder + "/cpu.cfs_period_us", &period, 1) == 1;
  return found && quota > 0 && period > 0 ? quota / period : 0;
}

}  // namespace

int this_cpu() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

void leave_this_cpu() {
#if defined(__linux__)
  cpu_set_t all;
  const int here = sched_getcpu();
  if (here < 0 || here >= CPU_SETSIZE || sched_getaffinity(0, sizeof all, &all) != 0) return;
  cpu_set_t others = all;
  CPU_CLR(here, &others);
  if (CPU_COUNT(&others) == 0) return;
  if (sched_setaffinity(0, sizeof others, &others) == 0) sched_setaffinity(0, sizeof all, &all);
#endif
}

double cpu_quota(const std::string& membership, const std::string& root) {
  std::ifstream file(membership);
  double found = 0;
  for (std::string line; std::getline(file, line);) {  // hierarchy:controllers:path
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string group = line.substr(second + 1);
    if (group == "/") group.clear();
    double here = 0;
    if (controllers.empty()) {
      here = along_path(root, group, quota_v2);
    } else {
      std::istringstream names(controllers);
      bool cpu = false;
      for (std::string name; std::getline(names, name, ',');) cpu = cpu || name == "cpu";
      if (!cpu) continue;
      here = along_path(root + "/" + controllers, group, quota_v1);
      here = smaller_quota(along_path(root + "/cpu", group, quota_v1), here);
    }
    found = smaller_quota(here, found);
  }
  return found;
}

int usable_cpus() {
  int n = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
#if defined(__linux__)
  // Machines with more processors than the set has room for answer with an error: no limit then.
  cpu_set_t bound;
  if (sched_getaffinity(0, sizeof bound, &bound) == 0)
    n = std::min(n, std::max(1, CPU_COUNT(&bound)));
  const double quota = cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");
  if (quota > 0) n = std::min(n, std::max(1, static_cast<int>(std::ceil(quota))));
#endif
  return n;
}

}  // namespace pyad
