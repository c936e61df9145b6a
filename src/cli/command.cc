#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace rr::cli {

Command::Command(CLI::App& app, const std::string& name, const std::string& description)
    : app_(app.add_subcommand(name, description)) {}

Command& Command::flag(const std::string& names, bool& value, const std::string& text) {
  app_->add_flag(names, value, text);
  return *this;
}

Command& Command::option(const std::string& names, std::string& value, const std::string& type,
                         const std::string& text) {
  app_->add_option(names, value, text)->type_name(type);
  return *this;
}

Command& Command::option(const std::string& names, int& value, const std::string& type,
                         const std::string& text) {
  app_->add_option(names, value, text)->type_name(type);
  return *this;
}

Command& Command::option(const std::string& names, std::vector<std::string>& values,
                         const std::string& type, const std::string& text) {
  app_->add_option(names, values, text)->type_name(type)->allow_extra_args(false);
  return *this;
}

Command& Command::operand(const std::string& name, std::string& value, const std::string& type,
                          const std::string& text) {
  app_->add_option(name, value, text)->type_name(type);
  return *this;
}

Command& Command::required_operand(const std::string& name, std::string& value,
                                   const std::string& type, const std::string& text) {
  app_->add_option(name, value, text)->type_name(type)->required();
  return *this;
}

Command& Command::operands(const std::string& name, std::vector<std::string>& values,
                           const std::string& type, const std::string& text) {
  app_->add_option(name, values, text)->type_name(type);
  return *this;
}

Command& Command::required_operands(const std::string& name, std::vector<std::string>& values,
                                    const std::string& type, const std::string& text) {
  app_->add_option(name, values, text)->type_name(type)->required();
  return *this;
}

Command& Command::notes(const std::string& text) {
  app_->footer(text);
  return *this;
}

void Command::run(std::function<void()> callback) { app_->callback(std::move(callback)); }

}  // namespace rr::cli
