// rr filename: between the names that the recorded program used and the files that the recording
// keeps.

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "trace/file_store.h"
#include "trace/layout.h"
#include "util/error.h"

namespace rr::cli {
namespace {

namespace fs = std::filesystem;

struct FilenameOptions {
  std::vector<std::string> names;
  std::string trace;
};

// …/RECORDING/files.d/7
std::optional<trace::FileId> stored_id(const fs::path& path) {
  if (path.parent_path().filename() != trace::kFilesFolder) return std::nullopt;
  const std::string digits = path.filename().string();
  trace::FileId id;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id.value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return id;
}

void print_original(const fs::path& stored, trace::FileId id) {
  const auto files = trace::StoredFiles::open(stored.parent_path().parent_path().string());
  std::puts(files.info(id).original_path.c_str());
}

void print_stored(const std::string& name, const FilenameOptions& options, const Context& context) {
  const std::string directory = find_trace(options.trace, context.environment);
  const auto files = trace::StoredFiles::open(directory);
  bool is_there = false;
  for (uint32_t id = 0; id < files.count(); ++id) {
    if (files.info({id}).original_path != name) continue;
    std::puts(files.path({id}).c_str());
    is_there = true;
  }
  if (!is_there)
    fail("the program of " + directory + " mapped no file " + name + " (`rr sources` lists them)");
}

}  // namespace

void add_filename_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<FilenameOptions>();
  Command(app, "filename", "Tell which stored file holds a mapped one, and which it was")
      .required_operands("names", options->names, "PATH",
                         "A path as the program knew it, or of a stored file: TRACE/files.d/N")
      .option("-t,--trace", options->trace, "TRACE", "The recording (default: the latest)")
      .notes("A file that was mapped with several contents has a line for each.")
      .run([options, &context] {
        for (const std::string& name : options->names) {
          if (const auto id = stored_id(name)) {
            print_original(name, *id);
          } else {
            print_stored(name, *options, context);
          }
        }
      });
}

}  // namespace rr::cli
