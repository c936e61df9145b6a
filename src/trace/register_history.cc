#include "trace/register_history.h"

#include <bit>

namespace rr::trace {

namespace {

RegisterWords words_of(const Registers& registers) {
  return std::bit_cast<RegisterWords>(registers);
}

std::byte* pack_state(const RegisterWords& state, const RegisterWords& reference, std::byte* out) {
  uint64_t mask = 0;
  for (size_t i = 0; i < kRegisterWords; ++i)
    if (state[i] != reference[i]) mask |= uint64_t{1} << i;
  out = put_varint(mask, out);
  for (; mask != 0; mask &= mask - 1) {
    const auto i = static_cast<size_t>(std::countr_zero(mask));
    out = put_varint(zigzag(state[i] - reference[i]), out);
  }
  return out;
}

RegisterWords unpack_state(const RegisterWords& reference, VarintReader& in, const Place& place) {
  RegisterWords state = reference;
  uint64_t mask = in.next();
  if (kRegisterWords < 64 && mask >> (kRegisterWords % 64) != 0)
    fail_damaged(place, "a frame has more registers than the CPU");
  for (; mask != 0; mask &= mask - 1) {
    const auto i = static_cast<size_t>(std::countr_zero(mask));
    state[i] += unzigzag(in.next());
  }
  return state;
}

}  // namespace

size_t RegisterHistory::thread_slot(Tid tid) {
  return 1 + static_cast<uint32_t>(tid.value) % kThreads;
}

size_t RegisterHistory::site_slot(Address pc) {
  return 1 + kThreads + (pc.value >> 2 ^ pc.value >> 9) % kSites;
}

void RegisterHistory::forget() {
  known_.reset();
  known_.set(kZeros);
}

void RegisterHistory::remember(size_t thread, size_t site, const RegisterWords& before,
                               const RegisterWords& after) {
  states_[thread] = after;
  states_[site] = before;
  known_.set(thread);
  known_.set(site);
}

std::byte* RegisterHistory::pack(Tid tid, const Registers& before, const Registers& after,
                                 std::byte* out) {
  // A call made from the same place as one before has most registers as they were then; otherwise
  // most are as the thread's last event left them. Any choice is correct, this one is short.
  const size_t site = site_slot(Arch::pc(before));
  const size_t thread = thread_slot(tid);
  const size_t reference = known_[site] ? site : known_[thread] ? thread : kZeros;

  const RegisterWords before_words = words_of(before);
  const RegisterWords after_words = words_of(after);
  out = put_varint(reference, out);
  out = pack_state(before_words, states_[reference], out);
  out = pack_state(after_words, before_words, out);
  remember(thread, site, before_words, after_words);
  return out;
}

void RegisterHistory::unpack(Tid tid, VarintReader& in, Registers& before, Registers& after,
                             const Place& place) {
  const uint64_t reference = in.next();
  if (reference >= states_.size() || !known_[reference])
    fail_damaged(place, "a frame's registers refer to a frame that is not there");
  const RegisterWords before_words = unpack_state(states_[reference], in, place);
  const RegisterWords after_words = unpack_state(before_words, in, place);
  before = std::bit_cast<Registers>(before_words);
  after = std::bit_cast<Registers>(after_words);
  remember(thread_slot(tid), site_slot(Arch::pc(before)), before_words, after_words);
}

}  // namespace rr::trace
