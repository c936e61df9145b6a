// rr ls: the recordings there are.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/trace_summary.h"
#include "util/error.h"

namespace rr::cli {
namespace {

namespace fs = std::filesystem;

struct LsOptions {
  bool is_long = false;
  bool by_time = false;
  bool is_reversed = false;
  bool json = false;
};

struct Entry {
  std::string name;
  std::string path;
  int64_t time_ns = 0;
};

int64_t modified_ns(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

std::string local_time(int64_t time_ns) {
  const time_t seconds = time_ns / 1'000'000'000;
  tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

std::string short_size(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "K", "M", "G", "T"};
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f%s" : "%.1f%s", size, kUnits[unit]);
  return text;
}

// One that cannot be read is listed with the reason: it is there, and is to be removed perhaps.
void print_long(const Entry& entry) {
  const TraceSummary summary = summarize(entry.path);
  const std::string what = summary.problem.empty() ? summary.command : "(" + summary.problem + ")";
  std::printf("%-24s %s %8s %5s %s\n", entry.name.c_str(), local_time(entry.time_ns).c_str(),
              short_size(summary.size).c_str(), summary.end.c_str(), what.c_str());
}

void print_json(const Entry& entry) {
  const TraceSummary summary = summarize(entry.path);
  JsonObject line;
  line.add("name", entry.name)
      .add("path", entry.path)
      .add("time", entry.time_ns)
      .add("size", summary.size)
      .add("complete", summary.is_complete)
      .add_raw("exit", summary.end == "-" ? "null" : summary.end);
  summary.problem.empty() ? line.add("command", summary.command)
                          : line.add("problem", summary.problem);
  std::puts(line.text().c_str());
}

void list(const LsOptions& options, const Context& context) {
  const std::string save = save_directory(context.environment);
  std::vector<Entry> entries;
  for (const std::string& name : recordings_in(save)) {
    const std::string path = save + "/" + name;
    entries.push_back({name, path, modified_ns(path)});
  }
  if (options.by_time) {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.time_ns > b.time_ns; });
  }
  if (options.is_reversed) std::reverse(entries.begin(), entries.end());
  if (options.is_long && !options.json && !entries.empty())
    std::printf("%-24s %-19s %8s %5s %s\n", "NAME", "WHEN", "SIZE", "EXIT", "CMD");
  for (const Entry& entry : entries) {
    if (options.json) {
      print_json(entry);
    } else if (options.is_long) {
      print_long(entry);
    } else {
      std::puts(entry.name.c_str());
    }
  }
}

}  // namespace

void add_ls_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<LsOptions>();
  Command(app, "ls", "List the recordings")
      .flag("-l,--long-listing", options->is_long, "With time, size, exit and command")
      .flag("-t,--sort-by-age", options->by_time, "The newest first")
      .flag("-r,--reverse", options->is_reversed, "The other way round")
      .flag("--json", options->json, "One JSON object a line")
      .run([options, &context] { list(*options, context); });
}

}  // namespace rr::cli
