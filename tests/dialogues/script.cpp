#include "tests/dialogues/script.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <random>
#include <sstream>
#include <utility>

namespace mailrig::dialogue {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::size_t any_number = 0;  // of lines

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::uint64_t parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size())
    throw script_error("'" + std::string(text) + "' is not a number");
  return value;
}

// The number that a text begins with; what is behind it stays in `text`.
std::uint64_t take_number(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::uint64_t value = parse_number(text.substr(0, end));
  text.remove_prefix(end);
  return value;
}

// "<body 30MiB seed=1>" -> the body; nothing if the text is something else.
std::optional<std::string> body_of(std::string_view text, std::string_view opening = "<body ") {
  if (!text.starts_with(opening) || !text.ends_with('>')) return std::nullopt;
  const std::string_view inside = text.substr(opening.size(), text.size() - opening.size() - 1);
  const std::size_t seed = inside.find(" seed=");
  if (seed == std::string_view::npos) throw script_error("<body SIZE seed=NUMBER>");
  return make_body(parse_octets(inside.substr(0, seed)), parse_number(inside.substr(seed + 6)));
}

// "<repeat 500 x>" at the front of `text`, which then stands behind it.
std::optional<std::string> take_repetition(std::string_view& text) {
  constexpr std::string_view opening = "<repeat ";
  if (!text.starts_with(opening)) return std::nullopt;
  std::string_view rest = text.substr(opening.size());
  const std::uint64_t times = take_number(rest);
  const std::size_t end = rest.find('>');
  if (end == std::string_view::npos || end < 2)
    throw script_error("<repeat NUMBER TEXT> without its end");
  const std::string one = unescape(rest.substr(1, end - 1));
  std::string result;
  for (std::uint64_t i = 0; i < times; ++i) result += one;
  text = rest.substr(end + 1);
  return result;
}

char take_escape(std::string_view& text) {
  const char kind = text.size() < 2 ? '\0' : text[1];
  text.remove_prefix(std::min<std::size_t>(2, text.size()));
  switch (kind) {
    case 'r': return '\r';
    case 'n': return '\n';
    case 't': return '\t';
    case '0': return '\0';
    case '\\': return '\\';
    case '"': return '"';
    case 'x': {
      unsigned value = 0;
      const auto result = std::from_chars(
          text.data(), text.data() + std::min<std::size_t>(2, text.size()), value, 16);
      if (result.ptr != text.data() + 2) throw script_error("\\x wants two hexadecimal digits");
      text.remove_prefix(2);
      return static_cast<char>(value);
    }
    default: throw script_error("no such escape; there are \\r \\n \\t \\0 \\\\ \\\" and \\xHH");
  }
}

class reader {
 public:
  explicit reader(std::string name) { result_.name = std::move(name); }

  void read_line(std::string_view line) {
    ++number_;
    if (trimmed(line).empty()) return;
    try {
      if (line.starts_with('#')) return header(trimmed(line.substr(1)));
      return read_step(line);
    } catch (const script_error& error) {
      throw script_error(result_.name + ':' + std::to_string(number_) + ": " + error.what());
    }
  }

  script finish() {
    if (result_.steps.empty()) throw script_error(result_.name + ": nothing is said");
    return std::move(result_);
  }

 private:
  void header(std::string_view text) {
    constexpr std::string_view settings = "settings:";
    constexpr std::string_view fault = "fault:";
    constexpr std::string_view no_socket = "no socket:";
    constexpr std::string_view protocol = "protocol:";
    if (text.starts_with(settings)) read_settings(text.substr(settings.size()));
    if (text.starts_with(fault))
      result_.faults.push_back(parse_fault(trimmed(text.substr(fault.size()))));
    constexpr std::string_view rules = "rules:";
    if (text.starts_with(rules)) result_.rules += trimmed(text.substr(rules.size()));
    if (text.starts_with(protocol))
      result_.usual = parse_protocol(trimmed(text.substr(protocol.size())));
    constexpr std::string_view no_tls = "no tls:";
    constexpr std::string_view one_read = "one read:";
    if (text.starts_with(no_tls)) result_.no_tls = trimmed(text.substr(no_tls.size()));
    if (text.starts_with(one_read)) result_.one_read = trimmed(text.substr(one_read.size()));
    if (text.starts_with(no_socket)) result_.no_socket = trimmed(text.substr(no_socket.size()));
  }

  void read_settings(std::string_view text) {
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) throw script_error("a setting is KEY=VALUE");
      result_.settings[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }

  void read_step(std::string_view line) {
    const std::string_view spoken = take_protocol(line);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
      throw script_error("a step begins with C: S: M: clock: real: or server:");
    const std::string_view who = line.substr(0, colon);
    std::string_view text = line.substr(colon + 1);
    if (text.starts_with(' ')) text.remove_prefix(1);
    if (who == "clock") return pass_time(step::kind::pass_time, trimmed(text));
    if (who == "real") return pass_time(step::kind::pass_real_time, trimmed(text));
    if (who == "server") return tell_server(trimmed(text));
    if (who == "rules") return (void)(add(step::kind::rules, 1).text = trimmed(text));
    if (who == "M") {
      add(step::kind::expect, 1).text = trimmed(text);
      return;
    }
    std::string_view rest = who.substr(1);
    if (who.starts_with("rig")) return rig(take_times(rest = who.substr(3)), text);
    std::size_t connection = 1;
    if (!rest.empty() && rest.front() != '*') connection = take_number(rest);
    const std::size_t times = take_times(rest);
    if (!rest.empty() || connection < 1 || connection > 9)
      throw script_error("'" + std::string(who) + "' says nothing here");
    if (who.front() == 'C' && times == any_number) throw script_error("C*NUMBER: TEXT");
    if (!spoken.empty()) result_.protocols[connection] = parse_protocol(spoken);
    if (who.front() == 'C') return client(connection, times, text);
    if (who.front() == 'S') return server(connection, times, text);
    throw script_error("a step begins with C: S: M: clock: or server:");
  }

  // "@pop3 S3: +OK" -> "pop3"; what is behind it stays in `line`.
  static std::string_view take_protocol(std::string_view& line) {
    if (!line.starts_with('@')) return {};
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view name = line.substr(1, end - 1);
    line = trimmed(line.substr(end));
    return name;
  }

  static std::size_t take_times(std::string_view& rest) {
    if (!rest.starts_with('*')) return 1;
    rest.remove_prefix(1);
    return rest.empty() ? any_number : take_number(rest);
  }

  void rig(std::size_t times, std::string_view text) {
    if (times == any_number) throw script_error("rig*NUMBER: what happens");
    step& happens = add(step::kind::rig, 1);
    happens.text = trimmed(text);
    happens.times = times;
  }

  void pass_time(step::kind what, std::string_view text) {
    if (!text.starts_with('+')) throw script_error("clock: +TIME, or real: +TIME");
    const model::duration time = parse_time(text.substr(1));
    const bool is_real = what == step::kind::pass_real_time;
    if (is_real && time >= std::chrono::seconds{1} && result_.no_socket.empty())
      throw script_error("a real second or more needs '# no socket: why' above it");
    add(what, 1).time = time;
  }

  void tell_server(std::string_view text) {
    if (text != "shutdown") throw script_error("the server can be told: shutdown");
    add(step::kind::shut_down, 1);
  }

  void client(std::size_t connection, std::size_t times, std::string_view text) {
    if (text == "<fin>") return (void)add(step::kind::client_fin, connection);
    if (text == "<reset>") return (void)add(step::kind::client_reset, connection);
    if (text == "<tls>" || text.starts_with("<tls ")) return begin_tls(connection, text);
    if (text == "<next read>") {
      joins_ = false;
      return;
    }
    std::string octets;
    for (std::size_t i = 1; i <= times; ++i) octets += said(with_number(std::string(text), i));
    const bool joins = joins_ && !result_.steps.empty() &&
                       result_.steps.back().what == step::kind::say &&
                       result_.steps.back().connection == connection;
    if (!joins) add(step::kind::say, connection);
    result_.steps.back().text += octets;
    joins_ = true;
  }

  void begin_tls(std::size_t connection, std::string_view text) {
    tls_client& client = add(step::kind::client_tls, connection).tls;
    if (text == "<tls>") return;
    if (text == "<tls untrusting>") {
      client.trusts = false;
    } else if (!value_of(text, "<tls sni=", client.server_name) &&
               !value_of(text, "<tls certificate=", client.certificate_name)) {
      throw script_error(
          "there are <tls>, <tls sni=NAME>, <tls certificate=NAME> and <tls untrusting>");
    }
  }

  // "<tls sni=NAME>".
  static bool value_of(std::string_view text, std::string_view beginning, std::string& value) {
    if (!text.starts_with(beginning) || !text.ends_with('>')) return false;
    value = text.substr(beginning.size(), text.size() - beginning.size() - 1);
    return true;
  }

  static std::string said(std::string_view text) {
    if (const auto body = body_of(text)) return stuff(*body);
    if (auto chunk = body_of(text, "<chunk ")) return *std::move(chunk);
    // An escaped backslash at the end is text.
    const std::size_t slashes = text.size() - (text.find_last_not_of('\\') + 1);
    if (slashes % 2 == 1) return unescape(text.substr(0, text.size() - 1));
    return unescape(text) + "\r\n";
  }

  void server(std::size_t connection, std::size_t times, std::string_view text) {
    if (text == "<nothing>") return (void)add(step::kind::nothing_said, connection);
    if (text == "<close>") return (void)add(step::kind::closed, connection);
    if (text.starts_with("<octets ") && text.ends_with('>')) {
      add(step::kind::octets, connection).text = unescape(text.substr(8, text.size() - 9));
      return;
    }
    if (text == "<reset>") {
      add(step::kind::closed, connection).mode = model::close_mode::reset;
      return;
    }
    if (text.starts_with("<close ") && text.ends_with('>')) {
      constexpr std::string_view truncated = " without close_notify";
      std::string_view mode = text.substr(7, text.size() - 8);
      const bool is_truncated = mode.ends_with(truncated);
      if (is_truncated) mode.remove_suffix(truncated.size());
      step& end = add(step::kind::closed, connection);
      end.mode = parse_close_mode(mode);
      end.says_close_notify = !is_truncated;
      return;
    }
    step& line = add(step::kind::line, connection);
    line.text = text;
    line.times = times;
  }

  step& add(step::kind what, std::size_t connection) {
    step& added = result_.steps.emplace_back();
    added.what = what;
    added.connection = connection;
    added.line_number = number_;
    return added;
  }

  script result_;
  std::size_t number_ = 0;
  bool joins_ = true;
};

}  // namespace

// Lines are cut from one block of random letters, since tests with sanitizers make a lot of them.
std::string make_body(std::size_t octets, std::uint64_t seed) {
  static constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937_64 random(seed);
  std::string block;
  for (int i = 0; i < 4096; ++i) block += letters[random() % 64];
  std::string body;
  body.reserve(octets);
  while (octets - body.size() > 1000) {
    const std::uint64_t bits = random();
    const std::size_t dots = bits % 16 == 0 ? 1 + bits / 16 % 3 : 0;
    body.append(dots, '.').append(block, (bits >> 8) % 3000, (bits >> 32) % 900).append("\r\n");
  }
  if (octets - body.size() >= 2) body += block.substr(0, octets - body.size() - 2) + "\r\n";
  if (octets > body.size()) body.insert(0, octets - body.size(), 'x');
  return body;
}

std::string stuff(std::string_view body) {
  constexpr std::string_view stuffed_line = "\r\n.";
  std::string result;
  result.reserve(body.size() + body.size() / 32 + 1);
  if (body.starts_with('.')) result += '.';
  for (auto at = body.find(stuffed_line); at != std::string_view::npos;
       at = body.find(stuffed_line)) {
    result.append(body.substr(0, at + 2)).append("..");
    body.remove_prefix(at + 3);
  }
  return result.append(body);
}

std::string unescape(std::string_view text) {
  if (const auto body = body_of(text)) return *body;
  std::string result;
  while (!text.empty()) {
    if (text.front() == '\\') {
      result += take_escape(text);
    } else if (const auto repetition = take_repetition(text)) {
      result += *repetition;
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

std::string with_number(std::string text, std::size_t number) {
  constexpr std::string_view name = "{n}";
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
    text.replace(at, name.size(), std::to_string(number));
  return text;
}

std::string_view to_string(protocol value) {
  return value == protocol::pop3 ? "pop3" : "smtp";
}

protocol parse_protocol(std::string_view name) {
  if (name == "smtp") return protocol::smtp;
  if (name == "pop3") return protocol::pop3;
  throw script_error("no protocol is called '" + std::string(name) + "'");
}

std::size_t parse_octets(std::string_view text) {
  std::size_t factor = 1;
  for (const std::string_view unit : {"KiB", "MiB"}) {
    factor *= 1024;
    if (text.ends_with(unit)) return parse_number(text.substr(0, text.size() - 3)) * factor;
  }
  return parse_number(text);
}

model::duration parse_time(std::string_view text) {
  std::string_view unit = text;
  const auto number = static_cast<std::int64_t>(take_number(unit));
  if (unit == "ms") return std::chrono::milliseconds{number};
  if (unit == "s") return std::chrono::seconds{number};
  if (unit == "m") return std::chrono::minutes{number};
  throw script_error("'" + std::string(text) + "' is not a time: 20ms, 10s, 5m");
}

script parse_script(std::string name, std::string_view text) {
  reader lines(std::move(name));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.read_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines.finish();
}

script read_script(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw script_error("cannot read " + file.filename().string());
  std::ostringstream text;
  text << in.rdbuf();
  return parse_script(file.stem().string(), text.str());
}

}  // namespace mailrig::dialogue
