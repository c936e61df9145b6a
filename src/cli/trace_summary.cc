#include "cli/trace_summary.h"

#include <filesystem>
#include <set>
#include <sys/stat.h>

#include "trace/reader.h"
#include "util/error.h"

namespace rr::cli {
namespace {

std::string command_line(const trace::Header& header) {
  std::string text;
  for (const std::string& argument : header.arguments) text += (text.empty() ? "" : " ") + argument;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

}  // namespace

std::string end_text(int wait_status) {
  const int signal = wait_status & 0x7f;
  return std::to_string(signal == 0 ? (wait_status >> 8) & 0xff : -signal);
}

uint64_t size_on_disk(const std::string& directory) {
  namespace fs = std::filesystem;
  constexpr uint64_t kBlock = 512;  // st_blocks counts in these
  std::set<std::pair<dev_t, ino_t>> seen;
  uint64_t size = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    struct stat status {};
    if (::lstat(it->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (seen.emplace(status.st_dev, status.st_ino).second)
      size += static_cast<uint64_t>(status.st_blocks) * kBlock;
  }
  return size;
}

TraceSummary summarize(const std::string& directory) {
  TraceSummary summary;
  summary.size = size_on_disk(directory);
  try {
    const trace::Reader reader = trace::Reader::open(directory);
    summary.command = command_line(reader.header());
    summary.is_complete = reader.is_complete();
    if (reader.summary() && reader.summary()->wait_status)
      summary.end = end_text(*reader.summary()->wait_status);
  } catch (const Error& error) {
    summary.problem = error.what();
  }
  return summary;
}

}  // namespace rr::cli
