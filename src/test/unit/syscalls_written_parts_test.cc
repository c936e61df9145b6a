#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_memory.h"
#include "syscalls/written_parts.h"
#include "util/bytes.h"

namespace rr::syscalls {
namespace {

using test::FakeMemory;
using testing::ElementsAre;
using testing::IsEmpty;

struct WrittenParts : testing::Test {
  FakeMemory memory;

  void put(uint64_t address, std::vector<uint64_t> words) {
    for (const uint64_t word : words) {
      memory.put_object(Address{address}, word);
      address += 8;
    }
  }
};

TEST_F(WrittenParts, OfAVectorEndWhereTheResultDoes) {
  put(0x1000, {0x5000, 10, 0x6000, 0, 0x7000, 20});
  EXPECT_THAT(parts_of_vector(memory, {0x1000}, 3, 13),
              ElementsAre(AddressRange{{0x5000}, 10}, AddressRange{{0x7000}, 3}));
}

TEST_F(WrittenParts, OfAVectorEndWhereItCannotBeRead) {
  put(0x1000, {0x5000, 10});
  EXPECT_THAT(parts_of_vector(memory, {0x1000}, 2, 15), ElementsAre(AddressRange{{0x5000}, 10}));
}

TEST_F(WrittenParts, OfAMessageAreThoseOfItsVector) {
  put(0x2000, {0, 0, 0x1000, 1});
  put(0x1000, {0x5000, 10});
  EXPECT_THAT(parts_of_message(memory, {0x2000}, 7), ElementsAre(AddressRange{{0x5000}, 7}));
  EXPECT_THAT(parts_of_message(memory, {0x9000}, 7), IsEmpty());
}

TEST_F(WrittenParts, OfMessagesAreAsLongAsEachSays) {
  put(0x2000, {0, 0, 0x1000, 1, 0, 0, 0, 4});
  put(0x2040, {0, 0, 0x1000, 1, 0, 0, 0, 6});
  put(0x1000, {0x5000, 10});
  EXPECT_THAT(parts_of_messages(memory, {0x2000}, 2),
              ElementsAre(AddressRange{{0x5000}, 4}, AddressRange{{0x5000}, 6}));
}

}  // namespace
}  // namespace rr::syscalls
