// One command of `rr` on the parser, without the parser's own header: that is large, and only what
// walks the tree of commands needs it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace rr::cli {

// Values are written when the command line is parsed, so they must outlive that.
class Command final {
 public:
  Command(CLI::App& app, const std::string& name, const std::string& description);

  // `names` as "-l,--long-listing".
  Command& flag(const std::string& names, bool& value, const std::string& text);
  // `type` is the word for the value in the help.
  Command& option(const std::string& names, std::string& value, const std::string& type,
                  const std::string& text);
  Command& option(const std::string& names, int& value, const std::string& type,
                  const std::string& text);
  // May be given again and again.
  Command& option(const std::string& names, std::vector<std::string>& values,
                  const std::string& type, const std::string& text);
  Command& operand(const std::string& name, std::string& value, const std::string& type,
                   const std::string& text);
  Command& required_operand(const std::string& name, std::string& value, const std::string& type,
                            const std::string& text);
  Command& operands(const std::string& name, std::vector<std::string>& values,
                    const std::string& type, const std::string& text);
  // At least one.
  Command& required_operands(const std::string& name, std::vector<std::string>& values,
                             const std::string& type, const std::string& text);
  // Behind the options in the help.
  Command& notes(const std::string& text);
  void run(std::function<void()> callback);

 private:
  CLI::App* app_;
};

}  // namespace rr::cli
