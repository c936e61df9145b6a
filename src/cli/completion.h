// Completion of rr's command line for bash, made from the tree of commands.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace rr::cli {

std::string bash_completion(const CLI::App& app);

}  // namespace rr::cli
