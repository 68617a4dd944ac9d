// What the engine asks of Python: its lock, and whether the user pressed Ctrl-C.
#pragma once

namespace pyad::bind {

void install_host_hooks();

}  // namespace pyad::bind
