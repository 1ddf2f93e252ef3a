#include "webui/inspector/request_reader.hpp"

#include "webui/inspector/endpoints.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace mailrig::inspector {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return method::get;
    case http::verb::head: return method::head;
    case http::verb::post: return method::post;
    case http::verb::put: return method::put;
    case http::verb::patch: return method::patch;
    case http::verb::delete_: return method::delete_;
    case http::verb::options: return method::options;
    default: return method::other;
  }
}

std::string_view text_of(string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

// Fills the request in while Beast takes the octets apart; the body is counted, and kept where
// somebody wants it.
class request_reader::parser final : public http::basic_parser<true> {
 public:
  parser(request& into, const limits& most) : into_(into), most_(most) {}
  ~parser() override {
    if (charged_ > 0) most_.memory->give_back(charged_);
  }

  [[nodiscard]] bool has_request_line() const { return has_request_line_; }
  [[nodiscard]] bool has_target() const { return has_target_; }
  [[nodiscard]] std::size_t most_body() const { return most_body_; }
  [[nodiscard]] bool ran_out_of_memory() const { return ran_out_; }

 private:
  void on_request_impl(http::verb verb, string_view verb_text, string_view target, int version,
                       error_code&) override {
    into_.verb = method_of(verb);
    into_.verb_text = text_of(verb_text);
    into_.version = static_cast<unsigned>(version);
    has_request_line_ = true;
    auto parsed = inspector::parse_target(text_of(target));
    has_target_ = parsed.has_value();
    if (parsed) into_.where = std::move(*parsed);
  }
  void on_field_impl(http::field name, string_view name_text, string_view value,
                     error_code&) override {
    const std::string_view text = text_of(value);
    switch (name) {
      case http::field::host:
        into_.host = text;
        ++into_.host_count;
        break;
      case http::field::origin: into_.origin = text; break;
      case http::field::authorization: into_.authorization = text; break;
      case http::field::content_type: into_.content_type = text; break;
      case http::field::accept_encoding: into_.accept_encoding = text; break;
      case http::field::if_none_match: into_.if_none_match = text; break;
      default:
        if (boost::beast::iequals(name_text, "Last-Event-ID")) into_.last_event_id = text;
    }
  }
  void on_header_impl(error_code& error) override {
    std::size_t wanted =
        has_target_ && most_.wanted_octets != nullptr ? most_.wanted_octets(into_) : 0;
    if (wanted == whole_message) wanted = most_.message_octets;
    keeps_body_ = wanted != 0;
    most_body_ = keeps_body_ ? wanted : most_.body_octets;
    if (content_length().value_or(0) > most_body_) error = http::error::body_limit;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code& error) override {
    return take(body, error);
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) override {
    return take(body, error);
  }
  void on_finish_impl(error_code&) override { into_.keeps_alive = keep_alive(); }
  void on_response_impl(int, string_view, int, error_code&) override {}

  std::size_t take(string_view body, error_code& error) {
    into_.body_size += body.size();
    if (into_.body_size > most_body_) {
      error = http::error::body_limit;
      return 0;
    }
    if (!keeps_body_) return body.size();
    if (!make_room(body.size())) {
      error = http::error::body_limit;
      return 0;
    }
    into_.body.append(body.data(), body.size());
    return body.size();
  }

  // Small bodies are nobody's concern; mails that are handed in count like those that are received.
  bool make_room(std::size_t octets) {
    constexpr std::size_t small = std::size_t{64} * 1024;
    if (most_.memory == nullptr || into_.body.size() + octets <= small) return true;
    ran_out_ = !most_.memory->take(octets);
    if (!ran_out_) charged_ += octets;
    return !ran_out_;
  }

  request& into_;
  const limits& most_;
  std::size_t most_body_ = 0;
  std::size_t charged_ = 0;
  bool keeps_body_ = false;
  bool ran_out_ = false;
  bool has_request_line_ = false;
  bool has_target_ = false;
};

namespace {

std::string most(std::size_t octets) {
  return "mailrig takes at most " + std::to_string(octets) + " octets.";
}

}  // namespace

request_reader::request_reader(limits most_octets) : limits_(most_octets) {
  reset();
}

request_reader::~request_reader() = default;

void request_reader::reset() {
  request_ = {};
  is_complete_ = false;
  refusal_.reset();
  parser_ = std::make_unique<parser>(request_, limits_);
  parser_->eager(true);
  parser_->header_limit(static_cast<std::uint32_t>(limits_.header_octets));
  // It is ours to say, once the header tells what is asked for.
  parser_->body_limit(boost::none);
}

bool request_reader::has_begun() const {
  return parser_->got_some();
}

std::size_t request_reader::feed(std::string_view octets) {
  if (is_done() || octets.empty()) return 0;
  error_code error;
  const std::size_t taken =
      parser_->put(boost::asio::const_buffer(octets.data(), octets.size()), error);
  if (parser_->has_request_line() && !parser_->has_target()) {
    refusal_ = problem(400, "bad_target", "The request's target cannot be read",
                       "A target is a path such as /v1/messages with valid percent encoding (RFC "
                       "9112 3.2).");
  } else if (!error || error == http::error::need_more) {
    is_complete_ = parser_->is_done();
  } else if (error == http::error::header_limit && !parser_->has_request_line()) {
    refusal_ = problem(414, "target_too_long", "The request's target is too long",
                       most(limits_.header_octets));
  } else if (error == http::error::header_limit) {
    refusal_ = problem(431, "header_too_large", "The request's header is too large",
                       most(limits_.header_octets));
  } else if (error == http::error::body_limit && parser_->ran_out_of_memory()) {
    refusal_ = problem(507, "no_room", "There is no room for this body",
                       "What is received and what is stored fill the limit on memory.");
  } else if (error == http::error::body_limit) {
    refusal_ = problem(413, "body_too_large", "The request's body is too large",
                       most(parser_->most_body()));
  } else if (error == http::error::bad_version) {
    refusal_ = problem(505, "bad_version", "That version of HTTP is not spoken here",
                       "mailrig speaks HTTP/1.1 and HTTP/1.0.");
  } else {
    refusal_ = problem(400, "bad_request", "That is not an HTTP request",
                       "It breaks RFC 9112: " + error.message() + ".");
  }
  return taken;
}

}  // namespace mailrig::inspector
