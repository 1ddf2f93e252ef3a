// A mail goes in over SMTP, by DATA or by BDAT, and comes out over POP3: what is stored is exactly
// what was sent, and what comes out is the same with a last CRLF where it lacks one.
#include "tests/dialogues/driver.hpp"
#include "tests/dialogues/script.hpp"
#include "tests/dialogues/world.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mailrig::dialogue {
namespace {

class round_trip {
 public:
  explicit round_trip(std::uint64_t seed) : random_(seed) {}

  std::string any_octets() {
    static constexpr std::string_view likely = "\r\n.\r\n.. \0a";
    std::string result;
    for (std::size_t size = random_() % 200; size > 0; --size) {
      const bool is_likely = random_() % 4 != 0;
      result += is_likely ? likely[random_() % likely.size()] : static_cast<char>(random_() % 256);
    }
    return result;
  }

  void send(const std::string& said) {
    auto recorder = std::make_unique<rig::session_recorder>(in_.rigs(), in_.home(), "smtp", "a:1");
    auto session = in_.make_session(protocol::smtp, *recorder, "a");
    driver server(std::move(recorder), std::move(session), 4096);
    feed(server,
         "EHLO client.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\n" + said + "QUIT\r\n");
    ASSERT_TRUE(server.is_closed()) << server.output();
  }
  std::string by_data(std::string_view mail) { return "DATA\r\n" + stuff(mail) + ".\r\n"; }
  std::string by_bdat(std::string_view mail) {
    std::string result;
    while (random_() % 3 == 0 && !mail.empty()) {
      const std::size_t size = 1 + random_() % mail.size();
      result += "BDAT " + std::to_string(size) + "\r\n" + std::string(mail.substr(0, size));
      mail.remove_prefix(size);
    }
    return result + "BDAT " + std::to_string(mail.size()) + " LAST\r\n" + std::string(mail);
  }

  [[nodiscard]] std::string stored() {
    return std::string(in_.home().messages().get(1).mail->bytes());
  }

  // What RETR gives, un-stuffed; LIST must have told its size.
  [[nodiscard]] std::string fetched() {
    auto recorder = std::make_unique<rig::session_recorder>(in_.rigs(), in_.home(), "pop3", "a:2");
    auto session = in_.make_session(protocol::pop3, *recorder, "a");
    driver server(std::move(recorder), std::move(session), 4096);
    feed(server, "USER b@b.test\r\nPASS x\r\nLIST 1\r\n");
    const std::string before = server.output();
    feed(server, "RETR 1\r\n");
    std::string_view answer = std::string_view(server.output()).substr(before.size());
    const std::string first(answer.substr(0, answer.find("\r\n")));
    answer.remove_prefix(first.size() + 2);
    EXPECT_TRUE(answer == ".\r\n" || answer.ends_with("\r\n.\r\n"));
    answer.remove_suffix(3);
    std::string result = unstuffed(answer);
    const std::string size = std::to_string(result.size());
    EXPECT_EQ(first, "+OK " + size + " octets");
    EXPECT_TRUE(before.ends_with("+OK 1 " + size + "\r\n")) << before;
    return result;
  }

 private:
  void feed(driver& server, std::string_view octets) {
    const std::size_t most = random_() % 2 == 0 ? 7 : octets.size() + 1;
    while (!octets.empty()) {
      const std::size_t size = std::min<std::size_t>(1 + random_() % most, octets.size());
      server.receive(octets.substr(0, size));
      octets.remove_prefix(size);
    }
  }

  // By the letter of RFC 1939 3, line by line.
  static std::string unstuffed(std::string_view lines) {
    std::string result;
    while (!lines.empty()) {
      const std::size_t size = lines.find("\r\n") + 2;
      std::string_view line = lines.substr(0, size);
      lines.remove_prefix(size);
      if (line.starts_with('.')) line.remove_prefix(1);
      result += line;
    }
    return result;
  }

  world in_{world_settings{}, {}};
  std::mt19937_64 random_;
};

std::string ended(std::string mail) {
  if (!mail.empty() && !mail.ends_with("\r\n")) mail += "\r\n";
  return mail;
}

TEST(MailRoundTrip, ByDataAndOutOverPop3) {
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    SCOPED_TRACE(seed);
    round_trip trip(seed);
    const std::string mail = ended(trip.any_octets());
    trip.send(trip.by_data(mail));
    ASSERT_EQ(trip.stored(), mail);
    ASSERT_EQ(trip.fetched(), mail);
  }
}

TEST(MailRoundTrip, ByBdatAndOutOverPop3) {
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    SCOPED_TRACE(seed);
    round_trip trip(seed);
    const std::string mail = trip.any_octets();
    trip.send(trip.by_bdat(mail));
    ASSERT_EQ(trip.stored(), mail);
    ASSERT_EQ(trip.fetched(), ended(mail));
  }
}

}  // namespace
}  // namespace mailrig::dialogue
