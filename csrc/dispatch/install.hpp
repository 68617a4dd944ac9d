// Connects the floors: hands the graph the arithmetic it asks for (GraphArithmetic).
#pragma once

namespace pyad {

/// Call once before the first op; further calls do nothing.
void install_engine();

}  // namespace pyad
