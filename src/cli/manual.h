// Manual pages made from the tree of commands, in the man(7) macros.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace rr::cli {

// rr(1)
std::string manual_page(const CLI::App& app);
// rr-COMMAND(1)
std::string command_manual_page(const CLI::App& command);

}  // namespace rr::cli
