#include "replay/mapped_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/proc.h"
#include "replay/shared_memory_copy.h"
#include "util/error.h"
#include "util/file_data.h"

namespace rr::replay {
namespace {

[[noreturn]] void refuse(const std::string& act) {
  fail_errno(act, "memory for a shared mapping", "", ExitCode::kUnavailable);
}

OwnedFd new_memory(const char* name) {
  OwnedFd memory(::memfd_create(name, MFD_CLOEXEC));
  if (!memory.is_open()) refuse("create");
  return memory;
}

void set_size(const OwnedFd& memory, uint64_t size) {
  if (::ftruncate(memory.get(), static_cast<off_t>(size)) < 0) refuse("size");
}

uint64_t size_of(const OwnedFd& memory) {
  struct stat status {};
  if (::fstat(memory.get(), &status) < 0) refuse("inspect");
  return static_cast<uint64_t>(status.st_size);
}

void put(const OwnedFd& memory, std::span<const std::byte> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n =
        ::pwrite(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) refuse("fill");
    bytes = bytes.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
}

void copy(const OwnedFd& file, const std::string& path, const OwnedFd& memory, DataRange range) {
  std::array<std::byte, 65536> buffer;
  for (off_t offset = range.begin; offset < range.end;) {
    const size_t want = std::min(buffer.size(), static_cast<size_t>(range.end - offset));
    const ssize_t n = ::pread(file.get(), buffer.data(), want, offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno("read", path, "", ExitCode::kBadData);
    if (n == 0) return;
    put(memory, std::span(buffer).first(static_cast<size_t>(n)), static_cast<uint64_t>(offset));
    offset += n;
  }
}

}  // namespace

MappedFiles::MappedFiles(trace::StoredFiles stored) : stored_(std::move(stored)) {
  for (uint32_t id = 0; id < stored_.count(); ++id) {
    if (stored_.info({id}).changes) changing_.insert(inode_of({id}));
  }
}

MappedFiles::Inode MappedFiles::inode_of(trace::FileId id) const {
  const trace::FileIdentity& identity = stored_.info(id).identity;
  return {identity.device, identity.inode};
}

MappedFiles::Living* MappedFiles::shown_by(const trace::Mapping& mapping) {
  if (mapping.segment) return &segment(*mapping.segment, mapping.range.size);
  if (!mapping.file) return nullptr;
  const uint32_t written = MAP_SHARED | PROT_WRITE;
  const bool is_written =
      ((mapping.flags & MAP_SHARED) | (mapping.protection & PROT_WRITE)) == written;
  const bool is_living = is_written || changing_.contains(inode_of(*mapping.file));
  return is_living ? &living(*mapping.file) : nullptr;
}

MappedFiles::Source MappedFiles::source_for(const trace::Mapping& mapping) {
  const Living* source = shown_by(mapping);
  if (source == nullptr) return {stored_.path(*mapping.file), Source::Kind::kFixed};
  return {"/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(source->memory.get()),
          Source::Kind::kLiving};
}

bool MappedFiles::put_shown(const trace::Mapping& mapping, const trace::MemoryWrite& write) {
  if ((mapping.flags & MAP_SHARED) == 0 || !mapping.range.contains(write.address)) return false;
  const Living* shown = shown_by(mapping);
  if (shown == nullptr) return false;
  const uint64_t offset = mapping.file_offset + (write.address - mapping.range.start);
  const uint64_t end = kernel::page_up(size_of(shown->memory));
  if (offset > end || write.bytes.size() > end - offset) return false;
  // Behind the file's end, but in its last page, only a mapping reaches.
  const uint64_t in_page = offset % kernel::page_size();
  const size_t size = in_page + write.bytes.size();
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, shown->memory.get(),
                        static_cast<off_t>(offset - in_page));
  if (memory == MAP_FAILED) refuse("map");
  std::ranges::copy(write.bytes, static_cast<std::byte*>(memory) + in_page);
  ::munmap(memory, size);
  return true;
}

MappedFiles::Living& MappedFiles::living(trace::FileId id) {
  const auto [it, is_new] = living_.try_emplace(inode_of(id));
  Living& found = it->second;
  if (is_new) found.memory = new_memory("rr-mapped");
  // A later version of the file is what every mapping of it showed at that moment.
  if (is_new || found.version != id) give_contents(found, id);
  return found;
}

MappedFiles::Living& MappedFiles::segment(int32_t id, uint64_t size) {
  const auto [it, is_new] = living_.try_emplace(Segment{id});
  if (is_new) {
    it->second.memory = new_memory("rr-segment");
    set_size(it->second.memory, size);
  }
  return it->second;
}

void MappedFiles::change(const trace::FileChangeEvent& event,
                         const std::vector<trace::MemoryWrite>& writes) {
  Living& file = living(event.file);
  for (const trace::MemoryWrite& write : writes) put(file.memory, write.bytes, write.address.value);
  if (size_of(file.memory) != event.size) set_size(file.memory, event.size);
}

MappedFiles MappedFiles::copied(Copies& copies) const {
  MappedFiles copy(stored_);
  for (const auto& [key, original] : living_) {
    struct stat status {};
    if (::fstat(original.memory.get(), &status) < 0) {
      fail_errno("inspect", "memory for a shared mapping", "", ExitCode::kUnavailable);
    }
    const char* name = std::holds_alternative<Segment>(key) ? "rr-segment" : "rr-mapped";
    Living living{copy_memory(original.memory.get(), name), original.version};
    const auto place = copy.living_.emplace(key, std::move(living)).first;
    copies.emplace(std::pair(status.st_dev, status.st_ino), place->second.memory.get());
  }
  return copy;
}

// Holes stay holes, and nothing is cut off that the new version has: cutting would take the pages
// that processes have made their own as well.
void MappedFiles::give_contents(Living& living, trace::FileId id) const {
  const std::string path = stored_.path(id);
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail_errno("open", path, "", ExitCode::kBadData);
  const auto size = static_cast<off_t>(stored_.info(id).identity.size);
  const auto old_size = static_cast<off_t>(size_of(living.memory));
  if (old_size > 0) {
    ::fallocate(living.memory.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, old_size);
  }
  for (auto data = next_data(file.get(), 0, size); data;
       data = next_data(file.get(), data->end, size)) {
    copy(file, path, living.memory, *data);
  }
  // Setting the same size would clear what mappings have left behind the end.
  if (old_size != size) set_size(living.memory, static_cast<uint64_t>(size));
  living.version = id;
}

}  // namespace rr::replay
