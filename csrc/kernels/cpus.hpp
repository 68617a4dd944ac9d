// How many processors this process may use, which can be fewer than the machine has.
#pragma once

#include <string>

namespace pyad {

/// The smallest of: the processors of the machine, those that the process is bound to (taskset,
/// a job scheduler's cpuset), and the quota of its control group (a container's limit), rounded up.
int usable_cpus();

/// The processor that the calling thread runs on; -1 where the system does not say.
int this_cpu();

/// Moves the calling thread off the processor it runs on, if it may use another, and leaves its
/// freedom as it was: where it goes from there is the system's choice again.
void leave_this_cpu();

/// The quota alone, in processors; 0 for none. `membership` is /proc/self/cgroup or like it,
/// `root` the folder where control groups are mounted.
double cpu_quota(const std::string& membership, const std::string& root);

}  // namespace pyad
