#include "capture/wire/proxy_header.hpp"

#include "capture/wire/trusted_peers.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

using namespace std::string_literals;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string told(const proxy_header_result& result) {
  if (const auto* error = std::get_if<proxy_header_error>(&result)) return error->what;
  if (std::holds_alternative<proxy_header_goes_on>(result)) return "goes on";
  const auto& header = std::get<proxy_header>(result);
  const auto text = [](const std::optional<proxy_endpoint>& end) {
    return end ? with_port(end->address, end->port) : "-";
  };
  return std::to_string(header.size) + ' ' + text(header.source) + ' ' + text(header.destination);
}

std::string v2(char command, char family, const std::string& rest) {
  return signature + command + family + static_cast<char>(rest.size() >> 8U) +
         static_cast<char>(rest.size() & 0xFFU) + rest;
}

TEST(ProxyHeader, IsReadInBothVersions) {
  const std::string v4 = "\xc0\x00\x02\x01\xc0\x00\x02\x02\x9c\xbb\x00\x19"s;
  const std::string v6 =
      std::string(15, '\0') + '\1' + std::string(15, '\0') + '\2' + "\x9c\xbb\x00\x19"s;
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"PROXY TCP4 192.0.2.1 192.0.2.2 40123 25\r\n", "41 192.0.2.1:40123 192.0.2.2:25"},
      {"PROXY TCP4 192.0.2.1 192.0.2.2 40123 25\r\nEHLO", "41 192.0.2.1:40123 192.0.2.2:25"},
      {"PROXY TCP6 2001:db8::1 ::2 0 65535\r\n", "36 [2001:db8::1]:0 [::2]:65535"},
      {"PROXY UNKNOWN\r\n", "15 - -"},
      {"PROXY UNKNOWN what ever 1 2 3\r\n", "31 - -"},
      {v2('\x21', '\x11', v4), "28 192.0.2.1:40123 192.0.2.2:25"},
      {v2('\x21', '\x11', v4 + "\x04\x00\x00"s) + "x", "31 192.0.2.1:40123 192.0.2.2:25"},
      {v2('\x21', '\x21', v6), "52 [::1]:40123 [::2]:25"},
      {v2('\x20', '\x00', ""), "16 - -"},
      {v2('\x20', '\x11', v4), "28 - -"},
      {v2('\x21', '\x00', ""), "16 - -"},
      {v2('\x21', '\x31', std::string(216, 'x')), "232 - -"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(told(read_proxy_header(text)), expected);
}

// Every beginning of a header goes on, and says the same in the end.
TEST(ProxyHeader, GoesOnUntilItIsWhole) {
  for (const std::string& text :
       {"PROXY TCP4 192.0.2.1 192.0.2.2 40123 25\r\n"s, "PROXY UNKNOWN\r\n"s,
        v2('\x21', '\x11', std::string(12, 'x')), v2('\x20', '\x00', "")}) {
    for (std::size_t size = 0; size < text.size(); ++size)
      EXPECT_EQ(told(read_proxy_header(text.substr(0, size))), "goes on") << text << size;
  }
}

TEST(ProxyHeader, WhatIsNoneIsToldApart) {
  const std::string syntax =
      "The PROXY header is not of the form: PROXY TCP4 source destination port port";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"EHLO client.test\r\n", "This is no PROXY header"},
      {"proxy TCP4", "This is no PROXY header"},
      {"\r\nEHLO", "This is no PROXY header"},
      {"\x16\x03\x01", "This is no PROXY header"},
      {"PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n", syntax},
      {"PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n", syntax},
      {"PROXY TCP4 1.1.1.1 1.1.1.1 1 1 1\r\n", syntax},
      {"PROXY TCP4 1.1.1.1  1.1.1.1 1 1\r\n", syntax},
      {"PROXY TCP4 ::1 ::1 1 1\r\n", syntax},
      {"PROXY TCP6 1.1.1.1 1.1.1.1 1 1\r\n", syntax},
      {"PROXY TCP4 1.1.1.1 1.1.1.1 65536 1\r\n", syntax},
      {"PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n", syntax},
      {"PROXY TCP4 1.1.1.1 1.1.1.1 -1 1\r\n", syntax},
      {"PROXY \r\n", syntax},
      {"PROXY UNKNOWN " + std::string(100, 'x'), "The PROXY header has no CRLF within 107 octets"},
      {v2('\x11', '\x11', ""), "The PROXY header is of a version other than 1 and 2"},
      {v2('\x22', '\x11', ""), "The PROXY header's command is neither LOCAL nor PROXY"},
      {v2('\x21', '\x41', ""), "The PROXY header's address family is unknown"},
      {v2('\x21', '\x11', std::string(11, 'x')), "The PROXY header is too short for its addresses"},
      {v2('\x21', '\x21', std::string(35, 'x')), "The PROXY header is too short for its addresses"},
      {v2('\x21', '\x11', std::string(2049, 'x')), "The PROXY header is longer than 2,048 octets"},
  };
  for (const auto& [text, expected] : rows)
    EXPECT_EQ(told(read_proxy_header(text)), expected) << text;
}

TEST(TrustedPeers, AreNetworksAndUnixSockets) {
  const auto trusted =
      std::get<trusted_peers>(trusted_peers::parse({"127.0.0.1", "10.0.0.0/8", "::1", "unix"}));
  for (const char* peer : {"127.0.0.1", "10.1.2.3", "::1", "unix", "::ffff:10.0.0.1"})
    EXPECT_TRUE(trusted.contains(peer)) << peer;
  for (const char* peer : {"127.0.0.2", "11.0.0.1", "::2", "", "UNIX", "localhost"})
    EXPECT_FALSE(trusted.contains(peer)) << peer;
  EXPECT_TRUE(trusted_peers().is_empty());
  EXPECT_FALSE(trusted.is_empty());
  EXPECT_FALSE(trusted_peers().contains("unix"));
}

TEST(TrustedPeers, WhatIsNoneIsTold) {
  const auto parsed = trusted_peers::parse({"127.0.0.1", "localhost"});
  EXPECT_EQ(std::get<std::string>(parsed),
            "'localhost' is neither an IP address nor a network: write 127.0.0.1, ::1, 10.0.0.0/8, "
            "or unix for the clients of Unix sockets");
}

}  // namespace
}  // namespace mailrig::wire
