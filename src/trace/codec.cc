#include "trace/codec.h"

#include <utility>

#include "trace/message.h"
#include "trace/trace.capnp.h"

namespace rr::trace {

uint64_t WriteShape::stored_size() const {
  if (runs.empty()) return size;
  uint64_t stored = 0;
  for (size_t i = 0; i < runs.size(); i += 2) stored += runs[i];
  return stored;
}

void BlockHistory::forget() {
  registers.forget();
  ticks_.clear();
  monotonic_ns = 0;
  write_address = {};
}

uint64_t BlockHistory::tick_delta(Tid tid, Ticks now) {
  uint64_t& last = ticks_[tid.value];
  return now.value - std::exchange(last, now.value);
}

Ticks BlockHistory::ticks_after(Tid tid, uint64_t delta) { return {ticks_[tid.value] += delta}; }

namespace {

void build(capnp::List<capnp::Data>::Builder out, const std::vector<std::string>& texts) {
  for (size_t i = 0; i < texts.size(); ++i) out.set(static_cast<unsigned>(i), data_of(texts[i]));
}

std::vector<std::string> read(capnp::List<capnp::Data>::Reader texts) {
  std::vector<std::string> out;
  out.reserve(texts.size());
  for (const auto text : texts) out.push_back(text_in(text));
  return out;
}

}  // namespace

Buffer encode_header(const Header& header) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::Header>();
  out.setUuid(header.uuid);
  out.setRrVersion(header.rr_version);
  out.setArchitecture(header.architecture);
  out.setTickUnit(static_cast<schema::TickUnit>(header.tick_unit));
  out.setPageSize(header.page_size);
  out.setCpuModel(header.cpu_model);
  out.setKernelRelease(header.kernel_release);
  out.setHostName(header.host_name);
  out.setStartTimeNs(header.start_time_ns);
  out.setLowPage(header.low_page.value);
  build(out.initArguments(static_cast<unsigned>(header.arguments.size())), header.arguments);
  build(out.initEnvironment(static_cast<unsigned>(header.environment.size())), header.environment);
  out.setWorkingDirectory(data_of(header.working_directory));
  out.setVectorLength(header.vector_length);
  Buffer bytes;
  append_message(message, bytes);
  return bytes;
}

Header decode_header(std::span<const std::byte> bytes, const Place& place) {
  Header header;
  const auto packed = take_message(bytes, place);
  std::vector<capnp::word> room;
  if (!bytes.empty()) fail_damaged(place, "something follows the header");
  read_message<schema::Header>(packed, room, place, [&](schema::Header::Reader in) {
    if (in.getTickUnit() > schema::TickUnit::TAKEN_BRANCHES)
      fail_newer(place, "unknown unit of ticks");
    header = {.uuid = in.getUuid(),
              .rr_version = in.getRrVersion(),
              .architecture = in.getArchitecture(),
              .tick_unit = static_cast<TickUnit>(in.getTickUnit()),
              .page_size = in.getPageSize(),
              .cpu_model = in.getCpuModel(),
              .kernel_release = in.getKernelRelease(),
              .host_name = in.getHostName(),
              .start_time_ns = in.getStartTimeNs(),
              .low_page = {in.getLowPage()},
              .arguments = read(in.getArguments()),
              .environment = read(in.getEnvironment()),
              .working_directory = text_in(in.getWorkingDirectory()),
              .vector_length = in.getVectorLength()};
  });
  return header;
}

namespace {

std::vector<Milestone> milestones_in(const schema::Summary::Reader& in, const Place& place) {
  std::vector<Milestone> list;
  Milestone before;
  for (const auto& milestone : in.getMilestones()) {
    const Milestone next = {milestone.getFrames(), milestone.getTicks()};
    if (next.frames <= before.frames || next.ticks < before.ticks)
      fail_damaged(place, "its milestones do not ascend");
    list.push_back(before = next);
  }
  return list;
}

}  // namespace

Buffer encode_summary(const Summary& summary) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::Summary>();
  out.setFrameCount(summary.frame_count);
  out.setDataSize(summary.data_size);
  if (summary.wait_status)
    out.getStatus().setWaitStatus(*summary.wait_status);
  else
    out.getStatus().setUnknown();
  out.setEndTimeNs(summary.end_time_ns);
  auto milestones = out.initMilestones(static_cast<unsigned>(summary.milestones.size()));
  for (unsigned i = 0; i < milestones.size(); ++i) {
    milestones[i].setFrames(summary.milestones[i].frames);
    milestones[i].setTicks(summary.milestones[i].ticks);
  }
  Buffer bytes;
  append_message(message, bytes);
  return bytes;
}

Summary decode_summary(std::span<const std::byte> bytes, const Place& place) {
  Summary summary;
  const auto packed = take_message(bytes, place);
  std::vector<capnp::word> room;
  if (!bytes.empty()) fail_damaged(place, "something follows the summary");
  read_message<schema::Summary>(packed, room, place, [&](schema::Summary::Reader in) {
    summary.frame_count = in.getFrameCount();
    summary.data_size = in.getDataSize();
    // A status of a kind that came later is as good as none.
    if (in.getStatus().isWaitStatus()) summary.wait_status = in.getStatus().getWaitStatus();
    summary.end_time_ns = in.getEndTimeNs();
    summary.milestones = milestones_in(in, place);
  });
  return summary;
}

}  // namespace rr::trace
