#include "cli/elf_file.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rr::cli {
namespace {

constexpr uint64_t kLargestSection = uint64_t{1} << 30;
constexpr uint64_t kMostEntries = 65535;

template <typename T>
std::optional<T> object_at(const Bytes& bytes, uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T object;
  std::memcpy(&object, bytes.data() + offset, sizeof object);
  return object;
}

std::string string_at(const Bytes& bytes, uint64_t offset) {
  if (offset >= bytes.size()) return "";
  const char* begin = reinterpret_cast<const char*>(bytes.data()) + offset;
  return {begin, ::strnlen(begin, bytes.size() - offset)};
}

Bytes inflate(const Bytes& packed) {
  const auto header = object_at<Elf64_Chdr>(packed, 0);
  if (!header || header->ch_type != ELFCOMPRESS_ZLIB || header->ch_size > kLargestSection)
    return {};
  // zlib cannot do better than about 1000:1.
  if (header->ch_size / 1100 > packed.size()) return {};
  Bytes plain(header->ch_size);
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  const auto result = libdeflate_zlib_decompress(decompressor, packed.data() + sizeof *header,
                                                 packed.size() - sizeof *header, plain.data(),
                                                 plain.size(), nullptr);
  libdeflate_free_decompressor(decompressor);
  return result == LIBDEFLATE_SUCCESS ? plain : Bytes{};
}

}  // namespace

std::optional<ElfFile> ElfFile::open(const std::string& path) {
  ElfFile elf;
  elf.file_ = OwnedFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!elf.file_.is_open() || ::fstat(elf.file_.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return std::nullopt;
  elf.size_ = static_cast<uint64_t>(status.st_size);
  const Bytes start = elf.read(0, std::min<uint64_t>(elf.size_, sizeof(Elf64_Ehdr)));
  if (start.size() < EI_NIDENT + 4 || std::memcmp(start.data(), ELFMAG, SELFMAG) != 0)
    return std::nullopt;
  const auto byte = [&](size_t i) { return static_cast<unsigned>(start[i]); };
  elf.is_64_bit_ = byte(EI_CLASS) == ELFCLASS64;
  elf.is_little_endian_ = byte(EI_DATA) == ELFDATA2LSB;
  constexpr size_t kMachineAt = 18;
  const size_t low = elf.is_little_endian_ ? 0 : 1;
  elf.machine_ = static_cast<uint16_t>(byte(kMachineAt + low) | byte(kMachineAt + 1 - low) << 8);
  const auto header = object_at<Elf64_Ehdr>(start, 0);
  if (!elf.is_64_bit_ || !elf.is_little_endian_ || !header) return elf;
  elf.read_sections(header->e_shoff, header->e_shentsize, header->e_shnum, header->e_shstrndx);
  elf.read_segments(header->e_phoff, header->e_phentsize, header->e_phnum);
  return elf;
}

Bytes ElfFile::read(uint64_t offset, uint64_t size) const {
  if (offset > size_ || size > size_ - offset || size > kLargestSection) return {};
  Bytes bytes(size);
  size_t done = 0;
  while (done < size) {
    const ssize_t n =
        ::pread(file_.get(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (n <= 0) return {};
    done += static_cast<size_t>(n);
  }
  return bytes;
}

void ElfFile::read_sections(uint64_t table, uint16_t entry_size, uint16_t count, uint16_t names) {
  if (entry_size != sizeof(Elf64_Shdr) || count > kMostEntries) return;
  const Bytes bytes = read(table, uint64_t{entry_size} * count);
  const auto names_header = object_at<Elf64_Shdr>(bytes, uint64_t{names} * entry_size);
  if (!names_header) return;
  const Bytes strings = read(names_header->sh_offset, names_header->sh_size);
  for (uint64_t i = 0; i < count; ++i) {
    const auto header = object_at<Elf64_Shdr>(bytes, i * entry_size);
    if (!header || header->sh_type == SHT_NOBITS) continue;
    const ElfSection section = {header->sh_type, header->sh_flags, header->sh_offset,
                                header->sh_size};
    sections_.emplace(string_at(strings, header->sh_name), section);
    if (header->sh_type == SHT_NOTE) notes_.push_back(section);
  }
}

void ElfFile::read_segments(uint64_t table, uint16_t entry_size, uint16_t count) {
  if (entry_size != sizeof(Elf64_Phdr)) return;
  const Bytes bytes = read(table, uint64_t{entry_size} * count);
  for (uint64_t i = 0; i < count; ++i) {
    const auto header = object_at<Elf64_Phdr>(bytes, i * entry_size);
    if (!header) return;
    const ElfSection segment = {header->p_type, 0, header->p_offset, header->p_filesz};
    if (header->p_type == PT_NOTE) notes_.push_back(segment);
    if (header->p_type == PT_INTERP) interpreter_ = segment;
  }
}

std::string ElfFile::machine_name() const {
  const std::string bits = is_64_bit_ ? "" : "32-bit ";
  switch (machine_) {
    case EM_AARCH64:
      return bits + "aarch64";
    case EM_X86_64:
      return is_64_bit_ ? "x86-64" : "x32";
    case EM_386:
      return "32-bit x86";
    case EM_ARM:
      return "32-bit ARM";
    case EM_RISCV:
      return bits + "RISC-V";
    case EM_PPC64:
      return "POWER";
    case EM_S390:
      return bits + "s390";
    default:
      return bits + "machine " + std::to_string(machine_);
  }
}

std::string ElfFile::interpreter() const {
  constexpr uint64_t kLongest = 4096;
  if (!interpreter_ || interpreter_->size > kLongest) return "";
  return string_at(read(interpreter_->offset, interpreter_->size), 0);
}

std::string ElfFile::find_build_id(const Bytes& notes) const {
  uint64_t at = 0;
  while (const auto note = object_at<Elf64_Nhdr>(notes, at)) {
    const uint64_t name = at + sizeof *note;
    const uint64_t contents = name + round_up(note->n_namesz, 4);
    const bool is_inside = contents + note->n_descsz <= notes.size();
    if (!is_inside) return "";
    if (note->n_type == NT_GNU_BUILD_ID && string_at(notes, name) == "GNU") {
      std::string text;
      for (uint64_t i = 0; i < note->n_descsz; ++i) {
        constexpr char kDigits[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned>(notes[contents + i]);
        text += {kDigits[byte >> 4], kDigits[byte & 15]};
      }
      return text;
    }
    at = contents + round_up(note->n_descsz, 4);
  }
  return "";
}

std::string ElfFile::build_id() const {
  for (const ElfSection& note : notes_) {
    if (std::string id = find_build_id(read(note.offset, note.size)); !id.empty()) return id;
  }
  return "";
}

std::string ElfFile::debug_link() const { return string_at(section(".gnu_debuglink"), 0); }

Bytes ElfFile::section(const std::string& name) const {
  const auto it = sections_.find(name);
  if (it == sections_.end()) return {};
  Bytes bytes = read(it->second.offset, it->second.size);
  return (it->second.flags & SHF_COMPRESSED) != 0 ? inflate(bytes) : bytes;
}

}  // namespace rr::cli
