#include "tests/bench/mail_corpus.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <random>

namespace mailrig::bench {
namespace {

constexpr std::size_t recipients = 100;
constexpr std::size_t serial_digits = 8;
constexpr std::size_t recipient_digits = 2;
constexpr std::size_t longest_line = 76;
constexpr std::size_t shortest_line = 50;
constexpr std::size_t pool_octets = 8 * 1024 * 1024;
constexpr std::size_t most_bodies = 64;
constexpr std::size_t one_dot_line_in = 100;

constexpr std::array<std::string_view, 24> words{
    "order",   "invoice", "thank",  "you",   "for",      "your",    "the",    "delivery",
    "address", "account", "please", "visit", "password", "confirm", "within", "days",
    "total",   "amount",  "paid",   "on",    "customer", "service", "team",   "regards"};

void write_digits(char* at, std::size_t digits, std::size_t value) {
  for (std::size_t i = digits; i > 0; --i) {
    at[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

std::string recipient_number(std::size_t value) {
  std::string text(recipient_digits, '0');
  write_digits(text.data(), recipient_digits, value);
  return text;
}

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 64> text{};
  const auto length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S +0000", &utc);
  return std::string(text.data(), length);
}

// Exactly `length` characters of words; one line in a hundred begins with a dot.
std::string line_of(std::size_t length, std::mt19937_64& random) {
  std::string line;
  if (random() % one_dot_line_in == 0) line.push_back('.');
  while (line.size() < length) {
    line += words[random() % words.size()];
    line += ' ';
  }
  line.resize(length);
  if (!line.empty() && line.back() == ' ') line.back() = '.';
  return line;
}

// The next line's length without its CRLF, chosen so that whole lines still fill the rest: a rest
// of one or two octets could hold none.
std::size_t next_line_length(std::size_t octets_left, std::mt19937_64& random) {
  const std::size_t wanted = shortest_line + random() % (longest_line - shortest_line + 1);
  if (octets_left <= wanted + 2) return octets_left - 2;
  const std::size_t rest = octets_left - (wanted + 2);
  return rest < 3 ? wanted - 3 : wanted;
}

body make_body(std::size_t octets, std::mt19937_64& random) {
  body made{{}, octets};
  made.wire.reserve(octets + octets / 500 + 64);
  std::size_t left = octets;
  while (left > 0) {
    const auto line = line_of(next_line_length(left, random), random);
    if (!line.empty() && line.front() == '.') made.wire += '.';
    made.wire += line;
    made.wire += "\r\n";
    left -= line.size() + 2;
  }
  made.wire += ".\r\n";
  return made;
}

}  // namespace

mail_header::mail_header(std::uint64_t run) {
  const auto tag = std::to_string(run);
  text_ = "Date: " + date_now() + "\r\nFrom: Bench Sender <sender@bench.test>\r\nTo: user";
  recipient_field_ = text_.size();
  text_ += std::string(recipient_digits, '0') + "@bench.test\r\nMessage-ID: <";
  add_serial_field();
  text_ += "." + tag + "@bench.test>\r\nSubject: Order ";
  add_serial_field();
  text_ += "/" + tag + " has been confirmed\r\nMIME-Version: 1.0\r\n";
  text_ += "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
}

void mail_header::add_serial_field() {
  serial_fields_.push_back(text_.size());
  text_.append(serial_digits, '0');
}

void mail_header::stamp(std::uint32_t serial) {
  for (const auto field : serial_fields_) write_digits(&text_[field], serial_digits, serial);
  write_digits(&text_[recipient_field_], recipient_digits, serial % recipients);
}

mail_corpus::mail_corpus(std::size_t body_octets, std::uint64_t seed)
    : header_(seed), mail_command_("MAIL FROM:<sender@bench.test>\r\n") {
  std::mt19937_64 random(seed);
  const auto count = std::clamp<std::size_t>(pool_octets / body_octets, 2, most_bodies);
  bodies_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) bodies_.push_back(make_body(body_octets, random));
  rcpt_commands_.reserve(recipients);
  for (std::size_t i = 0; i < recipients; ++i) {
    rcpt_commands_.push_back("RCPT TO:<user" + recipient_number(i) + "@bench.test>\r\n");
  }
}

std::string_view mail_corpus::rcpt_command(std::uint32_t serial) const {
  return rcpt_commands_[serial % recipients];
}

}  // namespace mailrig::bench
