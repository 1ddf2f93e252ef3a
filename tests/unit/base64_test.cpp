#include "capture/wire/base64.hpp"

#include <string>
#include <string_view>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

using testing::HasSubstr;

struct pair {
  std::string octets;
  std::string text;
};

class Base64 : public testing::TestWithParam<pair> {};

TEST_P(Base64, IsWrittenAndReadAsInRfc4648) {
  EXPECT_EQ(encode_base64(GetParam().octets), GetParam().text);
  EXPECT_EQ(std::get<std::string>(decode_base64(GetParam().text)), GetParam().octets);
}

// RFC 4648 10, and octets that need each bit.
INSTANTIATE_TEST_SUITE_P(Rfc4648, Base64,
                         testing::Values(pair{"", ""}, pair{"f", "Zg=="}, pair{"fo", "Zm8="},
                                         pair{"foo", "Zm9v"}, pair{"foob", "Zm9vYg=="},
                                         pair{"fooba", "Zm9vYmE="}, pair{"foobar", "Zm9vYmFy"},
                                         pair{std::string("\0\xff\x10\x83", 4), "AP8Qgw=="},
                                         pair{"\xfb\xff\xfe", "+//+"}));

struct refusal {
  std::string_view text;
  std::string_view why;
};

class NotBase64 : public testing::TestWithParam<refusal> {};

TEST_P(NotBase64, IsRefusedWithTheReason) {
  const auto result = decode_base64(GetParam().text);
  ASSERT_TRUE(std::holds_alternative<base64_error>(result));
  EXPECT_THAT(std::get<base64_error>(result).what, HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    Strictly, NotBase64,
    testing::Values(refusal{"Zg", "multiple of 4"}, refusal{"Zg=", "multiple of 4"},
                    refusal{"=", "multiple of 4"}, refusal{"Zg===", "multiple of 4"},
                    refusal{"====", "alphabet"}, refusal{"Z===", "alphabet"},
                    refusal{"Zg==Zm8=", "alphabet"}, refusal{"Zm9v\r\n==", "alphabet"},
                    refusal{"Zm 9", "alphabet"}, refusal{"Zm-_", "alphabet"},
                    refusal{"Zm9\xff", "alphabet"}, refusal{"Zh==", "not zero"},
                    refusal{"Zm9=", "not zero"}));

}  // namespace
}  // namespace mailrig::wire
