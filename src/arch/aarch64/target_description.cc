#include "arch/aarch64/target_description.h"

#include <algorithm>

#include "arch/aarch64/registers.h"
#include "arch/aarch64/scalable_state.h"

namespace rr::aarch64 {
namespace {

constexpr std::string_view kHead =
    "<?xml version=\"1.0\"?>\n"
    "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
    "<target version=\"1.0\">\n"
    "<architecture>aarch64</architecture>\n"
    "<osabi>GNU/Linux</osabi>\n";

struct Flag {
  std::string_view name;
  int first_bit;
  int last_bit;
};
constexpr std::array<Flag, 15> kStatusFlags = {{{"SP", 0, 0},
                                                {"EL", 2, 3},
                                                {"nRW", 4, 4},
                                                {"F", 6, 6},
                                                {"I", 7, 7},
                                                {"A", 8, 8},
                                                {"D", 9, 9},
                                                {"BTYPE", 10, 11},
                                                {"SSBS", 12, 12},
                                                {"IL", 20, 20},
                                                {"SS", 21, 21},
                                                {"V", 28, 28},
                                                {"C", 29, 29},
                                                {"Z", 30, 30},
                                                {"N", 31, 31}}};

// A vector register as lanes: member, type of a lane, how many in 128 bits.
struct Lanes {
  std::string_view member;
  std::string_view type;
  int count;
};
struct LaneWidth {
  std::string_view member;
  std::array<Lanes, 3> views;  // an empty member ends the list
};
constexpr std::array<LaneWidth, 5> kLaneWidths = {
    {{"d", {{{"f", "ieee_double", 2}, {"u", "uint64", 2}, {"s", "int64", 2}}}},
     {"s", {{{"f", "ieee_single", 4}, {"u", "uint32", 4}, {"s", "int32", 4}}}},
     {"h", {{{"f", "ieee_half", 8}, {"u", "uint16", 8}, {"s", "int16", 8}}}},
     {"b", {{{"u", "uint8", 16}, {"s", "int8", 16}, {}}}},
     {"q", {{{"u", "uint128", 1}, {"s", "int128", 1}, {}}}}}};

constexpr uint32_t kFloatSize = 16;  // bytes of V0 to V31

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + std::string(value) + "\"";
}

std::string field(std::string_view name, std::string_view type) {
  return "<field" + attribute("name", name) + attribute("type", type) + "/>\n";
}

std::string status_type() {
  std::string xml = "<flags id=\"cpsr_flags\" size=\"4\">\n";
  for (const Flag& flag : kStatusFlags) {
    xml += "<field" + attribute("name", flag.name) +
           attribute("start", std::to_string(flag.first_bit)) +
           attribute("end", std::to_string(flag.last_bit)) + "/>\n";
  }
  return xml + "</flags>\n";
}

// First each vector of lanes, then a union of the readings of one width, then the union of widths.
std::string vector_types(uint32_t length) {
  const int factor = static_cast<int>(length / kFloatSize);
  std::string vectors;
  std::string widths;
  std::string whole = "<union id=\"vector_register\">\n";
  for (const LaneWidth& width : kLaneWidths) {
    const std::string width_type = "lanes_" + std::string(width.member);
    widths += "<union" + attribute("id", width_type) + ">\n";
    for (const Lanes& lanes : width.views) {
      if (lanes.member.empty()) break;
      const std::string lane_type = width_type + "_" + std::string(lanes.member);
      vectors += "<vector" + attribute("id", lane_type) + attribute("type", lanes.type) +
                 attribute("count", std::to_string(lanes.count * factor)) + "/>\n";
      widths += field(lanes.member, lane_type);
    }
    widths += "</union>\n";
    whole += field(width.member, width_type);
  }
  return vectors + widths + whole + "</union>\n";
}

}  // namespace

TargetDescription::TargetDescription(const KnownSets& known) : xml_(kHead) {
  const auto scalable = known.find(kNoteScalable);
  const bool is_scalable = scalable != known.end() && is_whole(scalable->second);
  add_core();
  if (is_scalable) {
    add_scalable(scalable_header(scalable->second)->length);
  } else {
    add_float();
  }
  if (known.contains(kNoteTls)) add_tls();
  if (known.contains(kNotePacMask)) add_pointer_authentication();
  xml_ += "</target>\n";
}

void TargetDescription::begin_feature(std::string_view name) {
  xml_ += "<feature" + attribute("name", "org.gnu.gdb.aarch64." + std::string(name)) + ">\n";
}

void TargetDescription::end_feature() { xml_ += "</feature>\n"; }

void TargetDescription::add(TargetRegister target_register, XmlRow row) {
  xml_ += "<reg" + attribute("name", target_register.name) +
          attribute("bitsize", std::to_string(target_register.size * 8)) +
          attribute("type", row.type);
  if (!row.group.empty()) xml_ += attribute("group", row.group);
  xml_ += "/>\n";
  registers_.push_back(std::move(target_register));
}

void TargetDescription::add_core() {
  begin_feature("core");
  xml_ += status_type();
  for (int i = 0; i < kGeneralRegisterCount; ++i) {
    const std::string name(general_register_name(i));
    const bool is_status = name == "cpsr";
    const std::string_view type = name == "pc"   ? "code_ptr"
                                  : name == "sp" ? "data_ptr"
                                  : is_status    ? "cpsr_flags"
                                                 : "int";
    // gdb's cpsr is the low half of the kernel's pstate, which is little-endian as all is.
    add({.name = name,
         .size = is_status ? 4U : 8U,
         .note = kNoteGeneral,
         .offset = static_cast<uint32_t>(i) * 8},
        {type == "int" ? "int64" : type, "general"});
  }
  end_feature();
}

void TargetDescription::add_float() {
  begin_feature("fpu");
  xml_ += vector_types(kFloatSize);
  for (uint32_t i = 0; i < 32; ++i) {
    add({.name = "v" + std::to_string(i), .size = 16, .note = kNoteFloat, .offset = i * 16},
        {"vector_register", "float"});
  }
  add({.name = "fpsr", .size = 4, .note = kNoteFloat, .offset = 512}, {"int", "float"});
  add({.name = "fpcr", .size = 4, .note = kNoteFloat, .offset = 516}, {"int", "float"});
  end_feature();
}

// gdb makes v0 to v31 of these by itself.
void TargetDescription::add_scalable(uint32_t length) {
  const ScalableLayout layout{length};
  const auto add_row = [&](std::string name, uint32_t size, uint32_t offset, XmlRow row) {
    add({.name = std::move(name),
         .size = size,
         .note = kNoteScalable,
         .offset = offset,
         .set_size = layout.size()},
        row);
  };
  begin_feature("sve");
  xml_ += vector_types(length) + "<vector id=\"predicate_register\" type=\"uint8\" count=\"" +
          std::to_string(layout.predicate_size()) + "\"/>\n";
  for (uint32_t i = 0; i < kScalableRegisterCount; ++i) {
    add_row("z" + std::to_string(i), length, layout.vector(i), {"vector_register", ""});
  }
  add_row("fpsr", 4, layout.status(), {"int", "float"});
  add_row("fpcr", 4, layout.control(), {"int", "float"});
  for (uint32_t i = 0; i < kPredicateCount; ++i) {
    add_row("p" + std::to_string(i), layout.predicate_size(), layout.predicate(i),
            {"predicate_register", ""});
  }
  add_row("ffr", layout.predicate_size(), layout.first_fault(), {"predicate_register", ""});
  // The length in doublewords, which nobody can change here.
  add({.name = "vg", .size = 8, .note = kNoteScalable, .constant = length / 8}, {"int", ""});
  end_feature();
}

void TargetDescription::add_tls() {
  begin_feature("tls");
  add({.name = "tpidr", .size = 8, .note = kNoteTls, .offset = 0}, {"data_ptr", "system"});
  end_feature();
}

void TargetDescription::add_pointer_authentication() {
  begin_feature("pauth");
  add({.name = "pauth_dmask", .size = 8, .note = kNotePacMask, .offset = 0}, {"int", "system"});
  add({.name = "pauth_cmask", .size = 8, .note = kNotePacMask, .offset = 8}, {"int", "system"});
  end_feature();
}

std::optional<std::string> TargetDescription::generic_name(size_t number) {
  if (number < 8) return "arg" + std::to_string(number + 1);
  switch (number) {
    case 29:
      return "fp";
    case 30:
      return "ra";
    case 31:
      return "sp";
    case kProgramCounter:
      return "pc";
    case kProgramCounter + 1:
      return "flags";
    default:
      return std::nullopt;
  }
}

}  // namespace rr::aarch64
