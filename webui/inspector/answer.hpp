// One HTTP answer as a value, and the ready ones: JSON, and problems (RFC 9457).
#pragma once

#include "capture/model/mail_record.hpp"
#include "webui/inspector/request.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::inspector {

struct header {
  std::string_view name;
  std::string value;
};

// A body that is made while it is sent: an archive, say.
class body_source {
 public:
  virtual ~body_source() = default;
  // Gives the next piece, on the I/O thread, at once or later: an empty one is the end, nothing
  // means that it cannot go on. Asked again only after it has answered.
  virtual void next(std::function<void(std::optional<std::string>)> done) = 0;
};

struct answer {
  unsigned status = 200;
  std::string content_type;
  std::vector<header> headers;
  std::string text;                     // the body, unless it is borrowed
  std::string_view borrowed;            // a body that lives elsewhere: sent from there, not copied
  std::shared_ptr<const void> owner;    // of `borrowed`; null if that lives as long as the program
  std::shared_ptr<body_source> source;  // instead of a body that is there
  bool is_event_stream = false;         // the connection becomes an event stream

  [[nodiscard]] std::string_view body() const {
    return borrowed.data() != nullptr ? borrowed : std::string_view(text);
  }
};

// Takes the answer; called once, at once or later, on the I/O thread.
using answer_callback = std::function<void(answer)>;

[[nodiscard]] std::string_view reason_phrase(unsigned status);

[[nodiscard]] answer json_answer(std::string json);
// `name` is the problem's own name, stable for programs: "unknown_parameter". `detail` says what
// was wrong and what would be right.
[[nodiscard]] answer problem(unsigned status, std::string_view name, std::string_view title,
                             std::string_view detail);
// The pool takes no more work.
[[nodiscard]] answer busy_problem();
// The body is the mail's own bytes.
[[nodiscard]] answer octets_of(const model::mail_ref& mail, std::string_view content_type);

}  // namespace mailrig::inspector
