#include "webui/inspector/request_reader.hpp"

#include <random>

#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

constexpr request_reader::limits small{1024, 100};

// Feeds everything; answers how much was left over.
std::size_t feed_all(request_reader& reader, std::string_view octets) {
  return octets.size() - reader.feed(octets);
}

unsigned refusal_status(std::string_view octets, request_reader::limits most = small) {
  request_reader reader(most);
  static_cast<void>(reader.feed(octets));
  return reader.refusal() ? reader.refusal()->status : 0;
}

TEST(RequestReader, ReadsWhatHandlersNeed) {
  request_reader reader(small);
  EXPECT_EQ(feed_all(reader,
                     "DELETE /v1/messages?all=true HTTP/1.1\r\nHost: mailrig:8025\r\n"
                     "origin: http://a\r\nAccept-Encoding: gzip\r\nIf-None-Match: \"x\"\r\n"
                     "last-event-id: 1.2\r\nContent-Length: 3\r\n\r\nabc"),
            0U);
  ASSERT_TRUE(reader.is_done());
  const request& asked = reader.current();
  EXPECT_EQ(asked.verb, method::delete_);
  EXPECT_EQ(asked.where.path, "/v1/messages");
  EXPECT_EQ(asked.host, "mailrig:8025");
  EXPECT_EQ(asked.host_count, 1U);
  EXPECT_EQ(asked.origin, "http://a");
  EXPECT_EQ(asked.accept_encoding, "gzip");
  EXPECT_EQ(asked.if_none_match, "\"x\"");
  EXPECT_EQ(asked.last_event_id, "1.2");
  EXPECT_EQ(asked.body_size, 3U);
  EXPECT_TRUE(asked.keeps_alive);
}

TEST(RequestReader, OctetByOctetIsTheSame) {
  const std::string_view octets =
      "POST /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0\r\n\r\n";
  request_reader reader(small);
  std::string unread;
  for (const char each : octets) {
    EXPECT_FALSE(reader.is_done());
    unread += each;
    unread.erase(0, reader.feed(unread));
  }
  ASSERT_TRUE(reader.is_done());
  EXPECT_FALSE(reader.refusal());
  EXPECT_EQ(reader.current().body_size, 3U);
  EXPECT_EQ(unread, "");
}

TEST(RequestReader, LeavesTheNextRequest) {
  const std::string two = "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.0\r\n\r\n";
  request_reader reader(small);
  const std::size_t left = feed_all(reader, two);
  EXPECT_EQ(reader.current().where.path, "/a");
  reader.reset();
  EXPECT_EQ(feed_all(reader, std::string_view(two).substr(two.size() - left)), 0U);
  EXPECT_EQ(reader.current().where.path, "/b");
  EXPECT_FALSE(reader.current().keeps_alive);
  EXPECT_EQ(reader.current().host_count, 0U);
}

TEST(RequestReader, RefusesWhatIsTooLarge) {
  EXPECT_EQ(refusal_status("GET /" + std::string(2000, 'a')), 414U);
  EXPECT_EQ(refusal_status("GET / HTTP/1.1\r\nX: " + std::string(2000, 'a')), 431U);
  EXPECT_EQ(refusal_status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"), 413U);
  EXPECT_EQ(refusal_status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "65\r\n" +
                           std::string(101, 'a')),
            413U);
}

TEST(RequestReader, RefusesWhatIsNoHttp) {
  EXPECT_EQ(refusal_status("EHLO there\r\n\r\n"), 400U);
  EXPECT_EQ(refusal_status("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400U);
  EXPECT_EQ(refusal_status(std::string_view("\0\0\0\0\r\n\r\n", 8)), 400U);
  EXPECT_EQ(refusal_status("GET / HTTP/1.1\r\nno colon\r\n\r\n"), 400U);
  EXPECT_EQ(refusal_status("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"), 400U);
  EXPECT_EQ(refusal_status("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
            400U);
  EXPECT_EQ(refusal_status("GET / HTTP/3.7\r\nHost: a\r\n\r\n"), 505U);
}

TEST(RequestReader, EveryGarbageEndsOrWaits) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 2'000; ++round) {
    std::string octets = round % 2 == 0 ? "" : "GET /v1/messages HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 200; ++i) octets += static_cast<char>(random() % 256);
    request_reader reader(small);
    const std::size_t taken = reader.feed(octets);
    ASSERT_LE(taken, octets.size());
    ASSERT_GE(reader.refusal() ? reader.refusal()->status : 400U, 400U);
  }
}

std::size_t want_ten_of_posts(const request& asked) {
  return asked.verb == method::post && asked.where.path == "/a" ? 10 : 0;
}

TEST(RequestReader, KeepsABodyThatSomebodyWants) {
  request_reader reader({1024, 100, want_ten_of_posts});
  EXPECT_EQ(feed_all(reader,
                     "POST /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
            0U);
  ASSERT_TRUE(reader.is_done());
  EXPECT_EQ(reader.current().body, "abcde");
  reader.reset();
  EXPECT_EQ(feed_all(reader, "POST /b HTTP/1.1\r\nHost: b\r\nContent-Length: 20\r\n\r\n" +
                                 std::string(20, 'x')),
            0U);
  ASSERT_TRUE(reader.is_done());
  EXPECT_EQ(reader.current().body, "");
  EXPECT_EQ(reader.current().body_size, 20U);
}

TEST(RequestReader, ABodyHasTheLimitOfWhoWantsIt) {
  const request_reader::limits most{1024, 100, want_ten_of_posts};
  EXPECT_EQ(refusal_status("POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 11\r\n\r\n", most),
            413U);
  EXPECT_EQ(refusal_status("POST /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "6\r\nabcdef\r\n6\r\nabcdef\r\n",
                           most),
            413U);
  EXPECT_EQ(refusal_status("POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 10\r\n\r\n", most), 0U);
}

}  // namespace
}  // namespace mailrig::inspector
