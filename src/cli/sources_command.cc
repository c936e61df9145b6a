// rr sources: the binaries of a recording, what identifies them, and the sources they were made
// from, as JSON: what is needed to debug the recording on another machine.

#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/debug_sources.h"
#include "cli/elf_file.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "trace/file_store.h"

namespace rr::cli {
namespace {

// Where the sources of a stripped binary are told: in the file that its build id names.
std::string separate_debug_file(const std::string& build_id) {
  constexpr size_t kFolderDigits = 2;
  if (build_id.size() <= kFolderDigits) return "";
  return "/usr/lib/debug/.build-id/" + build_id.substr(0, kFolderDigits) + "/" +
         build_id.substr(kFolderDigits) + ".debug";
}

JsonObject describe(const trace::StoredFile& file, const std::string& stored, const ElfFile& elf,
                    std::set<std::string>& sources) {
  JsonObject binary;
  const std::string build_id = elf.build_id();
  binary.add("path", file.original_path).add("stored", stored).add("size", file.identity.size);
  if (!build_id.empty()) binary.add("buildId", build_id);
  if (const std::string link = elf.debug_link(); !link.empty()) binary.add("debugLink", link);
  if (elf.has_section(".debug_line")) {
    binary.add("debugInfo", "inside");
    sources.merge(source_files_of(elf));
    return binary;
  }
  const std::string separate = separate_debug_file(build_id);
  const auto debug = ElfFile::open(separate);
  if (!debug || debug->build_id() != build_id) return binary;
  binary.add("debugInfo", separate);
  sources.merge(source_files_of(*debug));
  return binary;
}

void print_sources(const std::string& trace, const Context& context) {
  const auto files = trace::StoredFiles::open(find_trace(trace, context.environment));
  JsonArray binaries;
  JsonArray others;
  std::set<std::string> sources;
  ProgressLine progress("reading programs");
  for (uint32_t id = 0; id < files.count(); ++id) {
    progress.step(id, files.count());
    const trace::StoredFile& file = files.info({id});
    const std::string stored = files.path({id});
    const auto elf = ElfFile::open(stored);
    if (elf) {
      binaries.add_raw(describe(file, stored, *elf, sources).text());
    } else {
      others.add_raw(JsonObject().add("path", file.original_path).add("stored", stored).text());
    }
  }
  progress.stop();
  std::puts(JsonObject()
                .add_raw("binaries", binaries.text())
                .add_raw("otherFiles", others.text())
                .add_raw("sources", json_strings(sources))
                .text()
                .c_str());
}

}  // namespace

void add_sources_command(CLI::App& app, Context& context) {
  auto trace = std::make_shared<std::string>();
  Command(app, "sources", "Print the binaries of a recording and their source files, as JSON")
      .operand("trace", *trace, "TRACE", "A recording (default: the latest)")
      .notes(
          "debugInfo is \"inside\", or the file under /usr/lib/debug of this machine that the\n"
          "build id names; it is absent where there is neither.")
      .run([trace, &context] { print_sources(*trace, context); });
}

}  // namespace rr::cli
