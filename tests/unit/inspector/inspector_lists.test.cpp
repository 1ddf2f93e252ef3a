// Lists that are asked for again and again: the same text while nothing has changed, and never an
// old one.
#include "inspector_fixture.hpp"

#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;

constexpr std::string_view plain = "From: a@example.com\nSubject: Plain\n\nJust text.\n";

class Lists : public testing::Test, protected inspector_test {};

TEST_F(Lists, AListThatNothingChangedIsTheSameTextAgain) {
  here.put(plain);
  const auto again = [this] { return get("/v1/messages").borrowed.data(); };
  const char* const first = again();
  EXPECT_EQ(again(), first);
  EXPECT_NE(get("/v1/messages?limit=2").borrowed.data(), first);
  EXPECT_EQ(get_json("/v1/rigs/default/messages"), get_json("/v1/messages"));
}

TEST_F(Lists, AListShowsEveryChangeAtOnce) {
  const auto mail = here.put(plain);
  json before = get_json("/v1/messages");
  const auto expect_change = [&](const char* what) {
    const json now = get_json("/v1/messages");
    EXPECT_NE(now, before) << what;
    before = now;
  };
  here.rig().messages().set_marks(
      1, std::make_shared<store::message_marks>(store::message_marks{true, {}}));
  expect_change("a read mark");
  here.rig().attempt_ended(here.make_mail(plain, {.result = model::outcome::rejected}));
  expect_change("a refused mail, by the list's mark");
  here.put(plain);
  expect_change("another mail");
  here.rig().remove(mail->id());
  expect_change("a removed mail");
  here.rig().empty();
  expect_change("an emptied rig");
}

}  // namespace
}  // namespace mailrig::inspector
