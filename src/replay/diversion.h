// A replay's copy that is written to and runs by itself. The copy is a Replayer that never runs
// another frame.
#pragma once

#include <memory>

#include "machine/diversion.h"
#include "replay/diversion_calls.h"
#include "replay/free_run.h"
#include "replay/replayer.h"

namespace rr::replay {

class Diversion final : public machine::Diversion {
 public:
  explicit Diversion(std::unique_ptr<Replayer> copy);

  machine::Machine& machine() override { return *copy_; }
  size_t write_memory(Pid pid, Address address, std::span<const std::byte> bytes) override;
  std::optional<Address> allocate(Pid pid, Address there, uint64_t size,
                                  uint32_t protection) override;
  bool write_register_set(machine::TaskId task, uint32_t note,
                          std::span<const std::byte> bytes) override;
  machine::Stop run(const machine::DivertedRun& request) override;

 private:
  machine::Stop run_task(Task& task, const machine::DivertedRun& request);
  std::optional<machine::Reason> reason_of(Task& task, Departure departure,
                                           const machine::DivertedRun& request);
  std::optional<machine::Reason> make_call(Task& task, const machine::DivertedRun& request);
  void show(trace::Echo stream, std::string_view text) const;

  std::unique_ptr<Replayer> copy_;
  DiversionCalls calls_;
  std::function<void(const std::string&)> tell_;  // of the run that goes on
};

}  // namespace rr::replay
