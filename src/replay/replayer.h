// Runs a recording again so that every frame comes true, and says precisely when one does not. It
// is the Machine that the debugger and the time line see.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "kernel/proc.h"
#include "machine/machine.h"
#include "replay/address_space_builder.h"
#include "replay/advance.h"
#include "replay/divergence.h"
#include "replay/mapped_files.h"
#include "replay/page_ownership.h"
#include "replay/task.h"
#include "trace/file_store.h"
#include "trace/reader.h"
#include "tracee/tick_source.h"

namespace rr::replay {

struct ReplayOptions {
  bool echo = true;  // print again what the program wrote to stdout and stderr
  DescribeFrame describe;
  std::function<void(FrameNumber)> progress;  // after each frame; may be empty
  // Before output is printed again, with the number of the frame; may be empty.
  std::function<void(trace::Echo, Tid, FrameNumber)> before_output = {};
};

class Replayer final : public machine::Machine {
 public:
  // Starts the stub process and brings it to the first instruction of the recorded program.
  Replayer(std::shared_ptr<trace::Reader> reader, ReplayOptions options);
  ~Replayer() override;

  machine::Stop run(const machine::RunRequest& request) override;
  std::vector<machine::TaskInfo> tasks() const override;
  machine::TaskId current_task() const override;
  machine::Position position() const override;
  Ticks ticks(machine::TaskId task) const override;
  uint64_t elapsed_ns() const override;
  FrameNumber last_frame() const override;
  uint64_t cost() const override;
  std::optional<uint64_t> cost_at(FrameNumber frame) const override;
  uint64_t memory_bytes() const override;
  Registers registers(machine::TaskId task) const override;
  std::optional<Bytes> register_set(machine::TaskId task, uint32_t note) const override;
  size_t read_memory(Pid pid, Address address, std::span<std::byte> out) const override;
  std::vector<machine::MappingInfo> mappings(Pid pid) const override;
  Bytes auxiliary_vector(Pid pid) const override;
  std::string executable(Pid pid) const override;
  machine::ProcessInfo process_info(Pid pid) const override;
  bool add_breakpoint(const machine::Breakpoint& breakpoint) override;
  void await_breakpoint(const machine::Breakpoint& breakpoint) override;
  void remove_breakpoint(const machine::Breakpoint& breakpoint) override;
  std::vector<machine::Breakpoint> planted_breakpoints() const override;
  std::unique_ptr<machine::Machine> fork() override;
  std::unique_ptr<machine::Diversion> divert() override;

  // The wait status of the first process, once its end has been replayed.
  std::optional<int32_t> exit_status() const { return exit_status_; }
  // False when the recording stops before its program did (the recorder was killed).
  bool recording_is_complete() const { return reader_->is_complete(); }

 private:
  friend class Diversion;  // which is made of a copy

  // replayer_fork.cc: everything but the tasks.
  Replayer(const Replayer& original, MappedFiles files);
  bool can_fork() const;
  void settle_shared_pages();
  void settle_new_code(const syscalls::Row& row);
  std::unique_ptr<Replayer> copy();

  Task* find(Tid id) const;
  Task* find_process(Pid pid) const;
  const Task& current() const;
  void start_first_process();
  void fetch_frame();
  void count_cost(Task& task);
  std::optional<machine::Stop> reached(const machine::RunRequest& request) const;
  std::optional<Ticks> ask_at(const Task& task, const machine::RunRequest& request) const;
  machine::Stop run_to_stop(const machine::RunRequest& request);
  void find_sharers();
  void expect_no_other_thread(const Task& ending) const;
  std::optional<machine::Stop> before_frame(const Task& task, const machine::RunRequest& request);
  std::optional<machine::Stop> call_return(const machine::RunRequest& request) const;
  // In memory as the frame has left it. Comes back with a watchpoint that the frame has hit.
  std::optional<machine::Stop> renew_breakpoints();
  std::optional<machine::Stop> apply_frame(const machine::RunRequest& request);
  std::optional<machine::Stop> apply(Task& task, const trace::ExecEvent& event);
  std::optional<machine::Stop> apply(Task& task, const trace::SyscallEvent& event);
  std::optional<machine::Stop> apply(Task& task, const trace::SyscallEnterEvent& event);
  std::optional<machine::Stop> apply(Task& task, const trace::SyscallExitEvent& event);
  std::optional<machine::Stop> apply(Task& task, const trace::SignalEvent& event);
  std::optional<machine::Stop> apply(Task& task, const trace::InstructionTrapEvent& event);
  std::optional<machine::Stop> apply(Task& task, const trace::PreemptEvent& event);
  std::optional<machine::Stop> apply(Task& task, const trace::ClockReadsEvent& event);
  std::optional<machine::Stop> apply(Task& task, const trace::TaskExitEvent& event);
  std::optional<machine::Stop> apply(Task& task, const trace::FileChangeEvent& event);
  std::optional<machine::Stop> apply(Task& task, const trace::RemoteWriteEvent& event);
  void take_over_leader(Task& task);
  void apply_call(Task& task, const std::optional<trace::Mapping>& mapping);
  void write_memory(Task& task, const std::optional<trace::Mapping>& made = std::nullopt);
  int64_t repeat_call(Task& task);
  void repeat_limit(Task& task);
  void verify_input(const Task& task, uint64_t recorded) const;
  void apply_effects(Task& task, const std::optional<trace::Mapping>& made = std::nullopt);
  machine::TaskId id_of(const Task& task) const;
  std::string recorded_name(const Process& process, const kernel::MapsEntry& entry) const;

  // replayer_output.cc
  std::vector<AddressRange> written_parts(const Task& task) const;
  void echo(const Task& task, trace::Echo stream) const;
  void echo_bytes(const Task& task, AddressRange range, int to) const;

  std::shared_ptr<trace::Reader> reader_;  // with all forks of this replay
  MappedFiles files_;
  ReplayOptions options_;
  tracee::TickFacts ticks_;
  DivergenceReport report_;
  CodeBreakpoints breakpoints_;
  Watchpoints watchpoints_;
  Advance advance_;
  std::map<Tid, std::unique_ptr<Task>> tasks_;  // by recorded tid
  trace::Frame frame_space_;       // one frame is read after the other into the same memory
  trace::Frame* frame_ = nullptr;  // the next one, once it has been read
  FrameNumber done_;               // the last one that has come true
  std::optional<Tid> current_;
  // The next frame's point has been come to, and the state compared.
  std::optional<FrameNumber> arrived_;
  enum class Pages {
    kOwn,
    kShared,  // a copy has been made of this replay, or it is one, since it last ran
    kLeft,    // it has run, and has left them shared, since no code that it has can tell
  } pages_ = Pages::kOwn;
  std::shared_ptr<CodeFiles> code_files_ = std::make_shared<CodeFiles>();  // with all forks
  machine::Output output_ = machine::Output::kShown;
  uint64_t cost_ = 0;               // up to the last frame
  std::vector<Tid> ended_leaders_;  // real numbers; zombies until their other threads are gone
  Pid first_process_;
  uint64_t start_ns_ = 0;
  uint64_t now_ns_ = 0;
  std::optional<int32_t> exit_status_;
  std::optional<FrameNumber> announced_;  // what is about to happen in it has been reported
};

}  // namespace rr::replay
