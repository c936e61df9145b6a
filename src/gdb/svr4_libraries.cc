#include "gdb/svr4_libraries.h"

#include <array>
#include <elf.h>

#include "gdb/hex.h"
#include "gdb/xml_text.h"

namespace rr::gdb {
namespace {

// A list that goes in circles ends here.
constexpr size_t kMaxLibraries = 4096;
constexpr size_t kMaxName = 4096;
constexpr size_t kMaxDynamicEntries = 1024;

template <typename T>
std::optional<T> read(const machine::Machine& machine, Pid pid, Address address) {
  T object{};
  if (machine.read_memory(pid, address, writable_bytes_of(object)) != sizeof object) {
    return std::nullopt;
  }
  return object;
}

std::optional<uint64_t> auxiliary_value(const Bytes& vector, uint64_t type) {
  for (size_t at = 0; at + 16 <= vector.size(); at += 16) {
    const auto entry =
        object_from<std::array<uint64_t, 2>>(std::span(vector).subspan(at, 16)).value();
    if (entry[0] == type) return entry[1];
  }
  return std::nullopt;
}

struct ProgramHeaders {
  uint64_t base = 0;
  std::optional<Elf64_Phdr> dynamic;
};

// PT_PHDR tells by how much the program was moved.
ProgramHeaders program_headers(const machine::Machine& machine, Pid pid) {
  ProgramHeaders found;
  const Bytes vector = machine.auxiliary_vector(pid);
  const auto table = auxiliary_value(vector, AT_PHDR);
  const auto count = auxiliary_value(vector, AT_PHNUM);
  if (!table || !count || *count > 0xffff) return found;
  for (uint64_t i = 0; i < *count; ++i) {
    const auto header = read<Elf64_Phdr>(machine, pid, {*table + i * sizeof(Elf64_Phdr)});
    if (!header) return found;
    if (header->p_type == PT_PHDR) found.base = *table - header->p_vaddr;
    if (header->p_type == PT_DYNAMIC) found.dynamic = *header;
  }
  return found;
}

std::string read_name(const machine::Machine& machine, Pid pid, Address address) {
  std::string name(kMaxName, '\0');
  const size_t count = machine.read_memory(pid, address, std::as_writable_bytes(std::span(name)));
  name.resize(count);
  const size_t end = name.find('\0');
  return end == name.npos ? "" : name.substr(0, end);
}

// The public beginning of both structures.
struct RDebug {
  uint64_t version = 0;  // an int and its padding
  uint64_t map = 0;
};
struct LinkMap {
  uint64_t base = 0;
  uint64_t name = 0;
  uint64_t dynamic = 0;
  uint64_t next = 0;
};

}  // namespace

std::optional<Address> linker_debug_address(const machine::Machine& machine, Pid pid) {
  const ProgramHeaders headers = program_headers(machine, pid);
  if (!headers.dynamic) return std::nullopt;
  Address at{headers.base + headers.dynamic->p_vaddr};
  for (size_t i = 0; i < kMaxDynamicEntries; ++i, at = at + sizeof(Elf64_Dyn)) {
    const auto entry = read<Elf64_Dyn>(machine, pid, at);
    if (!entry || entry->d_tag == DT_NULL) return std::nullopt;
    if (entry->d_tag != DT_DEBUG) continue;
    if (entry->d_un.d_ptr == 0) return std::nullopt;
    return Address{entry->d_un.d_ptr};
  }
  return std::nullopt;
}

std::vector<LoadedLibrary> loaded_libraries(const machine::Machine& machine, Pid pid) {
  std::vector<LoadedLibrary> libraries;
  const auto debug_address = linker_debug_address(machine, pid);
  if (!debug_address) return libraries;
  const auto debug = read<RDebug>(machine, pid, *debug_address);
  Address at{debug ? debug->map : 0};
  while (at != Address{} && libraries.size() < kMaxLibraries) {
    const auto map = read<LinkMap>(machine, pid, at);
    if (!map) break;
    libraries.push_back({.name = read_name(machine, pid, {map->name}),
                         .link_map = at,
                         .base = {map->base},
                         .dynamic = {map->dynamic},
                         .names = *debug_address});
    at = {map->next};
  }
  return libraries;
}

std::string libraries_xml(const std::vector<LoadedLibrary>& libraries) {
  std::string xml = "<library-list-svr4 version=\"1.0\"";
  // The first is the program, which gdb knows already.
  if (!libraries.empty()) xml += " main-lm=\"0x" + to_hex(libraries[0].link_map.value) + "\"";
  xml += ">\n";
  for (size_t i = 1; i < libraries.size(); ++i) {
    const LoadedLibrary& library = libraries[i];
    if (library.name.empty()) continue;
    xml += "<library name=\"" + quoted_for_xml(library.name) + "\" lm=\"0x" +
           to_hex(library.link_map.value) + "\" l_addr=\"0x" + to_hex(library.base.value) +
           "\" l_ld=\"0x" + to_hex(library.dynamic.value) + "\" lmid=\"0x" +
           to_hex(library.names.value) + "\"/>\n";
  }
  return xml + "</library-list-svr4>\n";
}

}  // namespace rr::gdb
