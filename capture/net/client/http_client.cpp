#include "capture/net/client/http_client.hpp"

#include <array>
#include <memory>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <openssl/evp.h>

namespace mailrig::net::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

std::string base64(std::string_view octets) {
  // EVP_EncodeBlock ends its text with a NUL.
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(octets.data()),
                                     static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string authority_of(const http_url& url) {
  const bool is_v6 = url.host.find(':') != std::string::npos;
  return (is_v6 ? '[' + url.host + ']' : url.host) + ':' + url.port;
}

// One request over one connection, each step with a deadline of its own.
class exchange {
 public:
  explicit exchange(std::chrono::milliseconds patience) : patience_(patience), stream_(io_) {
    parser_.body_limit(boost::none);
  }

  std::variant<http_response, unreachable> run(const http_url& url,
                                               const http::request<http::string_body>& message,
                                               const body_sink& sink) {
    if (auto failed = connect(url)) return unreachable{failed.message()};
    if (auto failed = wait([&](auto done) { http::async_write(stream_, message, done); }))
      return unreachable{failed.message()};
    if (auto failed =
            wait([&](auto done) { http::async_read_header(stream_, buffer_, parser_, done); }))
      return unreachable{said(failed)};
    return read_body(sink);
  }

 private:
  // Starts an operation and runs it to its end.
  template <typename Start>
  error_code wait(Start start) {
    error_code result;
    stream_.expires_after(patience_);
    start([&result](error_code failed, auto&&...) { result = failed; });
    io_.restart();
    io_.run();
    return result;
  }

  error_code connect(const http_url& url) {
    error_code failed;
    asio::ip::tcp::resolver resolver(io_);
    const auto found = resolver.resolve(url.host, url.port, failed);
    if (failed) return failed;
    return wait([&](auto done) { stream_.async_connect(found, done); });
  }

  static std::string said(error_code failed) {
    if (failed == http::error::end_of_stream || failed == http::error::partial_message)
      return "the connection ended before the answer was whole";
    if (failed == beast::error::timeout) return "no answer came in time";
    if (failed.category() == http::make_error_code(http::error::bad_method).category())
      return "what answers there does not speak HTTP (" + failed.message() + ")";
    return failed.message();
  }

  std::variant<http_response, unreachable> read_body(const body_sink& sink) {
    http_response result;
    result.status = static_cast<int>(parser_.get().result_int());
    const auto type = parser_.get()[http::field::content_type];
    result.content_type.assign(type.data(), type.size());
    std::array<char, std::size_t{64} * 1024> piece;
    while (!parser_.is_done()) {
      parser_.get().body().data = piece.data();
      parser_.get().body().size = piece.size();
      auto failed = wait([&](auto done) { http::async_read(stream_, buffer_, parser_, done); });
      if (failed == http::error::need_buffer) failed = {};
      if (failed) return unreachable{said(failed)};
      const std::string_view came(piece.data(), piece.size() - parser_.get().body().size);
      if (!sink || result.status != 200)
        result.body += came;
      else if (!sink(came))
        return unreachable{"the body could not be written"};
    }
    return result;
  }

  std::chrono::milliseconds patience_;
  asio::io_context io_{1};
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::response_parser<http::buffer_body> parser_;
};

}  // namespace

std::optional<http_url> parse_http_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  const std::size_t slash = text.find('/');
  const std::string_view authority = text.substr(0, slash);
  http_url url;
  url.path = slash == std::string_view::npos ? std::string_view{} : text.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = authority.substr(0, colon);
  url.port = colon == std::string_view::npos ? "80" : std::string(authority.substr(colon + 1));
  if (url.host.starts_with('[') && url.host.ends_with(']'))
    url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty() || url.port.empty() ||
      url.port.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return url;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char each : text) {
    if (unreserved.find(each) != std::string_view::npos) {
      result += each;
      continue;
    }
    const auto octet = static_cast<unsigned char>(each);
    result += '%';
    result += digits[octet >> 4U];
    result += digits[octet & 0xFU];
  }
  return result;
}

std::variant<http_response, unreachable> http_client::ask(const http_request& asked,
                                                          std::chrono::milliseconds patience,
                                                          const body_sink& sink) const {
  http::request<http::string_body> message;
  message.method_string(asked.verb);
  message.target(url_.path + asked.target);
  message.version(11);
  message.set(http::field::host, authority_of(url_));
  message.set(http::field::connection, "close");
  if (!credentials_.empty())
    message.set(http::field::authorization, "Basic " + base64(credentials_));
  if (!asked.body.empty()) {
    message.set(http::field::content_type, "application/json");
    message.body() = asked.body;
  }
  message.prepare_payload();
  return exchange(patience).run(url_, message, sink);
}

}  // namespace mailrig::net::client
