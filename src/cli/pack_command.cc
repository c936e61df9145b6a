// rr pack: makes recordings hold all that their replay needs.

#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/progress.h"
#include "trace/pack.h"
#include "trace/recording_lock.h"
#include "util/error.h"

namespace rr::cli {
namespace {

struct PackOptions {
  std::vector<std::string> traces;
  std::string pool;
};

void pack(const std::string& name, const PackOptions& options, const Context& context) {
  const std::string directory = find_trace(name, context.environment);
  if (trace::is_being_recorded(directory))
    fail(directory + " is being recorded (wait for the program's end)");
  Progress progress("packing " + directory);
  const trace::PackResult result =
      trace::pack(directory, options.pool,
                  [&progress](uint64_t done, uint64_t total) { progress.step(done, total); });
  std::printf("rr: Packed trace directory `%s': %zu files, %zu copied, %zu shared.\n",
              directory.c_str(), result.files, result.copied, result.shared);
}

}  // namespace

void add_pack_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<PackOptions>();
  Command(app, "pack", "Make recordings self-contained, to be copied to other machines")
      .operands("traces", options->traces, "TRACE", "The recordings (default: the latest)")
      .option("--pack-dir", options->pool, "DIR",
              "Keep the contents here, once for all recordings packed into it")
      .notes(
          "Files that were kept as hard links become copies; equal contents are kept once. At "
          "every\n"
          "moment the recording is whole. With --pack-dir (on the same file system) the "
          "recordings\n"
          "share the contents by hard links, which `cp -a`, `rsync -H` and `tar` keep.")
      .run([options, &context] {
        if (options->traces.empty()) options->traces.emplace_back();
        for (const std::string& trace : options->traces) pack(trace, *options, context);
      });
}

}  // namespace rr::cli
