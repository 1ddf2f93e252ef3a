// net/mail_server over real sockets: what the dialogues cannot say, because it is about listeners,
// about many connections, or about what TCP makes of it.
#include "capture/net/mail_server.hpp"
#include "capture/store/memory_store.hpp"
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/socket_server.hpp"
#include "tests/unit/net_talk.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using namespace std::chrono_literals;
using dialogue::socket_client;
using dialogue::socket_server;
using dialogue::world;
using dialogue::world_settings;
using end = socket_client::end;

mail_server::session_maker no_sessions() {
  return [](rig::session_recorder&, const connection_ends&) {
    return std::unique_ptr<wire::protocol_session>();
  };
}

void wait_for_sessions_ended(socket_server& server, world& in, std::size_t count) {
  server.wait_until("the sessions end", [&] { return in.sessions_ended() == count; });
}

class MailServer : public testing::Test {
 protected:
  world_settings settings;
};

TEST_F(MailServer, ServesIpv4AndIpv6) {
  world in(settings, {});
  socket_server v4(in);
  socket_client client(v4.port());
  expect_lines(client, {"220 "});
  EXPECT_NE(v4.port(), 0);

  world other(settings, {});
  std::optional<socket_server> v6;
  try {
    v6.emplace(other, "::1");
  } catch (const dialogue::script_error& error) {
    GTEST_SKIP() << error.what();
  }
  socket_client six(v6->port(), socket_client::family::v6);
  expect_lines(six, {"220 "});
  v6->call([&] { EXPECT_TRUE(other.home().sessions().back()->peer.starts_with("[::1]:")); });
}

TEST_F(MailServer, ListsItsListenersWithThePublicHost) {
  world in(settings, {});
  event_loop loop;
  mail_server server(loop, in.rigs(), {});
  server.set_public_host("mail.test");
  const auto port = std::get<std::uint16_t>(server.listen("smtp", "127.0.0.1", 0, no_sessions()));
  server.add_foreign({"http", "127.0.0.1", 8025, "http://mail.test:8025", ""});
  const auto list = server.list();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].url, "smtp://mail.test:" + std::to_string(port));
  EXPECT_EQ(list[0].rig, "default");
  EXPECT_EQ(list[1].protocol, "http");
}

TEST_F(MailServer, APortInUseAndAnAddressThatIsNoneAreErrors) {
  world in(settings, {});
  event_loop loop;
  mail_server server(loop, in.rigs(), {});
  const auto port = std::get<std::uint16_t>(server.listen("smtp", "127.0.0.1", 0, no_sessions()));
  const auto again = server.listen("smtp", "127.0.0.1", port, no_sessions());
  ASSERT_TRUE(std::holds_alternative<std::error_code>(again));
  EXPECT_EQ(std::get<std::error_code>(again), std::errc::address_in_use);
  EXPECT_TRUE(std::holds_alternative<std::error_code>(
      server.listen("smtp", "localhost", 0, no_sessions())));
  EXPECT_EQ(server.list().size(), 1U);
  server.unlisten_last();
  EXPECT_TRUE(server.list().empty());
  EXPECT_TRUE(std::holds_alternative<std::uint16_t>(
      server.listen("smtp", "127.0.0.1", port, no_sessions())));
}

TEST_F(MailServer, EndsWithEveryOpenSessionToldSo) {
  world in(settings, {});
  socket_server server(in);
  socket_client idle(server.port());
  expect_lines(idle, {"220 "});
  socket_client in_body(server.port());
  in_body.send(std::string(to_data) + "half a mail\r\n");
  expect_lines(in_body, {"220 ", "250 ", "250 ", "250 ", "354 "});
  server.wait_until("the body is read", [&] {
    return in.home().sessions().back()->octets_in == in_body.octets_sent();
  });
  server.shut_down();
  for (socket_client* each : {&idle, &in_body}) {
    expect_lines(*each, {"421 4.3.2"});
    EXPECT_EQ(each->read_to_end(), end::eof);
    each->close();
  }
  server.wait_until("the server is down", [&] { return server.is_down(); });
  EXPECT_THROW(socket_client late(server.port()), dialogue::script_error);
  server.call([&] { EXPECT_EQ(in.attempts().size(), 1U); });
}

TEST_F(MailServer, DoesNotWaitLongerThanItsLingerForAClientThatStays) {
  settings.rules.linger = 20ms;
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  server.shut_down();
  server.wait_until("the server is down", [&] { return server.is_down(); });
  expect_lines(client, {"421 4.3.2"});
}

TEST_F(MailServer, AShutdownWithoutConnectionsIsDoneAtOnce) {
  world in(settings, {});
  socket_server server(in);
  server.shut_down();
  EXPECT_TRUE(server.is_down());
}

TEST_F(MailServer, AConnectionTooManyIsToldSoAndTheNextOneIsServedAgain) {
  world in(settings, {});
  socket_server server(in, "127.0.0.1", {.max_connections = 2});
  socket_client first(server.port());
  socket_client second(server.port());
  expect_lines(first, {"220 "});
  expect_lines(second, {"220 "});
  socket_client third(server.port());
  expect_lines(third, {"421 4.3.2"});
  EXPECT_EQ(third.read_to_end(), end::eof);
  first.close();
  wait_for_sessions_ended(server, in, 1);
  socket_client fourth(server.port());
  expect_lines(fourth, {"220 "});
}

TEST_F(MailServer, AnIdleClientIsToldSoAndClosed) {
  settings.rules.idle_timeout = 30ms;
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  expect_lines(client, {"220 ", "421 4.4.2"});
  EXPECT_EQ(client.read_to_end(), end::eof);
  client.close();
  wait_for_sessions_ended(server, in, 1);
  server.call([&] { EXPECT_EQ(in.home().sessions()[0]->ended_by, model::ended_by::timeout); });
}

// Replies of 13 MB to a client that reads none of them while it speaks: the server stops reading
// instead of piling them up, and none is lost.
TEST_F(MailServer, AClientThatReadsLateGetsEveryReply) {
  constexpr std::size_t commands = 100'000;
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  std::string said;
  for (std::size_t i = 0; i < commands; ++i) said += "HELP\r\n";
  while (client.octets_sent() < said.size() &&
         client.send_blindly(std::string_view(said).substr(client.octets_sent(), 60'000))) {
  }
  client.send(std::string_view(said).substr(client.octets_sent()));
  expect_lines(client, {"220 "});
  std::size_t replies = 0;
  for (; replies < commands; ++replies) {
    const auto line = client.read_line();
    ASSERT_TRUE(line && line->starts_with("214-2.0.0 ")) << replies;
    const auto last = client.read_line();
    ASSERT_TRUE(last && last->starts_with("214 2.0.0 ")) << replies;
  }
  client.shut_down_sending();
  EXPECT_EQ(client.read_to_end(), end::eof);
  EXPECT_EQ(client.untaken(), "");
}

TEST_F(MailServer, AClientThatEndsItsSideAtOnceGetsAllReplies) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  client.send(std::string(to_data) + "mail\r\n.\r\n");
  client.shut_down_sending();
  expect_lines(client, {"220 ", "250 ", "250 ", "250 ", "354 ", "250 2.0.0 Ok: queued as "});
  EXPECT_EQ(client.read_to_end(), end::eof);
  client.close();
  wait_for_sessions_ended(server, in, 1);
  server.call([&] {
    EXPECT_EQ(in.home().messages().in_use().messages, 1U);
    EXPECT_EQ(in.home().sessions()[0]->ended_by, model::ended_by::client_fin);
  });
}

TEST_F(MailServer, AResetInTheBodyLeavesAnAbortedAttempt) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  const std::string half(100'000, 'x');
  client.send(std::string(to_data) + half);
  server.wait_until("the body is read", [&] {
    return !in.home().sessions().empty() &&
           in.home().sessions()[0]->octets_in == client.octets_sent();
  });
  client.reset();
  wait_for_sessions_ended(server, in, 1);
  server.call([&] {
    ASSERT_EQ(in.attempts().size(), 1U);
    EXPECT_EQ(in.attempts()[0]->facts().result, model::outcome::aborted);
    EXPECT_EQ(in.attempts()[0]->bytes(), half);
    EXPECT_EQ(in.home().sessions()[0]->ended_by, model::ended_by::client_reset);
    in.check_that_nothing_leaked();
  });
}

// How the server closes while the client still writes, as the client's socket sees it.

TEST_F(MailServer, ClosingByFinDrainDeliversTheReplyAlthoughTheClientStillWrites) {
  world in(settings, fault(R"({"point": "rcpt", "close": "fin_drain",
                               "reply": {"code": 421, "enhanced": "4.7.0", "text": "Enough"}})"));
  socket_server server(in);
  socket_client client(server.port());
  client.send("HELO c\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\n" +
              std::string(3'000'000, 'x'));
  expect_lines(client, {"220 ", "250 ", "250 ", "421 4.7.0 Enough"});
  EXPECT_EQ(client.read_to_end(), end::eof);
}

TEST_F(MailServer, ClosingByFinHalfIsAnEndOfFileToo) {
  world in(settings, fault(R"({"point": "noop", "close": "fin_half"})"));
  socket_server server(in);
  socket_client client(server.port());
  client.send("NOOP\r\n" + std::string(1'000'000, 'x'));
  expect_lines(client, {"220 "});
  EXPECT_EQ(client.read_to_end(), end::eof);
}

TEST_F(MailServer, ClosingAbruptlyWithUnreadInputIsAReset) {
  world in(settings, fault(R"({"point": "noop", "close": "abrupt"})"));
  socket_server server(in);
  socket_client client(server.port());
  client.send("NOOP\r\n" + std::string(3'000'000, 'x'));
  EXPECT_EQ(client.read_to_end(), end::reset);
}

TEST_F(MailServer, ClosingAbruptlyWithoutUnreadInputIsAnEndOfFile) {
  world in(settings, fault(R"({"point": "noop", "close": "abrupt"})"));
  socket_server server(in);
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  client.send("NOOP\r\n");
  EXPECT_EQ(client.read_to_end(), end::eof);
}

TEST_F(MailServer, ClosingByResetIsAResetEvenWhenAllWasRead) {
  world in(settings, fault(R"({"point": "noop", "close": "reset"})"));
  socket_server server(in);
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  client.send("NOOP\r\n");
  EXPECT_EQ(client.read_to_end(), end::reset);
}

// A store that keeps a mail only when the test says so, as one behind a network would.
class late_store final : public store::store {
 public:
  void put(model::mail_ref message,
           std::function<void(std::optional<mailrig::store::put_result>)> done) override {
    waiting_.emplace_back(std::move(message), std::move(done));
  }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  void answer() {
    auto [message, done] = std::move(waiting_.front());
    waiting_.pop_front();
    kept_.put(std::move(message), std::move(done));
  }
  void refuse() {
    const auto done = std::move(waiting_.front().second);
    waiting_.pop_front();
    done(std::nullopt);
  }

  std::optional<mailrig::store::message_uid> find(const model::id& message) const override {
    return kept_.find(message);
  }
  mailrig::store::entry get(mailrig::store::message_uid uid) const override {
    return kept_.get(uid);
  }
  void set_row(mailrig::store::message_uid uid, std::shared_ptr<const std::string> row) override {
    kept_.set_row(uid, std::move(row));
  }
  void set_facts(mailrig::store::message_uid uid,
                 std::shared_ptr<const std::string> facts) override {
    kept_.set_facts(uid, std::move(facts));
  }
  void set_marks(mailrig::store::message_uid uid,
                 std::shared_ptr<const mailrig::store::message_marks> given) override {
    kept_.set_marks(uid, std::move(given));
  }
  void set_fates(mailrig::store::message_uid uid,
                 std::shared_ptr<const model::mail_fates> given) override {
    kept_.set_fates(uid, std::move(given));
  }
  mailrig::store::entry oldest() const override { return kept_.oldest(); }
  std::uint64_t revision() const override { return kept_.revision(); }
  void count_into(mailrig::store::usage& total) override { kept_.count_into(total); }
  mailrig::store::entry remove(mailrig::store::message_uid uid) override {
    return kept_.remove(uid);
  }
  mailrig::store::entry remove_oldest() override { return kept_.remove_oldest(); }
  std::size_t clear() override { return kept_.clear(); }
  mailrig::store::snapshot take_snapshot() const override { return kept_.take_snapshot(); }
  mailrig::store::message_uid begin_uid() const override { return kept_.begin_uid(); }
  mailrig::store::message_uid end_uid() const override { return kept_.end_uid(); }
  mailrig::store::usage in_use() const override { return kept_.in_use(); }

 private:
  mailrig::store::memory_store kept_;
  std::deque<
      std::pair<model::mail_ref, std::function<void(std::optional<mailrig::store::put_result>)>>>
      waiting_;
};

class MailServerWithALateStore : public MailServer {
 protected:
  MailServerWithALateStore() {
    settings.make_store = [this] {
      auto made = std::make_unique<late_store>();
      late = made.get();
      return made;
    };
  }
  late_store* late = nullptr;
};

TEST_F(MailServerWithALateStore, WhatIsPipelinedBehindTheMailWaits) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  client.send(to_data);
  expect_lines(client, {"220 ", "250 ", "250 ", "250 ", "354 "});
  client.send("mail\r\n.\r\nNOOP\r\nQUIT\r\n");
  server.wait_until("the mail is with the store", [&] { return late->waiting() == 1; });
  EXPECT_EQ(client.untaken(), "");
  server.call([&] {
    EXPECT_TRUE(in.announced().empty());
    late->answer();
  });
  expect_lines(client, {"250 2.0.0 Ok: queued as ", "250 2.0.0 Ok", "221 "});
  EXPECT_EQ(client.read_to_end(), end::eof);
  client.close();
  wait_for_sessions_ended(server, in, 1);
  server.call([&] { EXPECT_EQ(in.announced().size(), 1U); });
}

TEST_F(MailServerWithALateStore, ALateRefusalIsTold) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  client.send(to_data);
  expect_lines(client, {"220 ", "250 ", "250 ", "250 ", "354 "});
  client.send("mail\r\n.\r\n");
  server.wait_until("the mail is with the store", [&] { return late->waiting() == 1; });
  server.call([&] { late->refuse(); });
  expect_lines(client, {"452 4.3.1"});
  server.call([&] { EXPECT_EQ(in.attempts().size(), 1U); });
}

TEST_F(MailServerWithALateStore, AServerThatGoesAwayMeanwhileAnswersTheMailFirst) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  client.send(to_data);
  expect_lines(client, {"220 ", "250 ", "250 ", "250 ", "354 "});
  client.send("mail\r\n.\r\n");
  server.wait_until("the mail is with the store", [&] { return late->waiting() == 1; });
  server.shut_down();
  server.call([&] { late->answer(); });
  expect_lines(client, {"250 2.0.0 Ok: queued as ", "421 4.3.2 "});
  EXPECT_EQ(client.read_to_end(), end::eof);
  client.close();
  wait_for_sessions_ended(server, in, 1);
}

TEST_F(MailServerWithALateStore, AClientThatWentMeanwhileHasDeliveredItsMail) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  client.send(std::string(to_data) + "mail\r\n.\r\n");
  server.wait_until("the mail is with the store", [&] { return late->waiting() == 1; });
  client.reset();
  server.call([&] { late->answer(); });
  wait_for_sessions_ended(server, in, 1);
  server.call([&] {
    EXPECT_EQ(in.home().messages().in_use().messages, 1U);
    EXPECT_TRUE(in.attempts().empty());
  });
}

}  // namespace
}  // namespace mailrig::net
