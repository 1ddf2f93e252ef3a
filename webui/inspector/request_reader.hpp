// Reads HTTP/1 requests from octets as they come, one after the other (RFC 9112), with limits. Sans
// I/O; Beast's parser inside.
#pragma once

#include "capture/model/memory_budget.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace mailrig::inspector {

class request_reader {
 public:
  struct limits {
    std::size_t header_octets;
    std::size_t body_octets;  // of a body that nobody wants; it is counted, not kept
    // How long a body this request may have that is kept; 0: none is. Null: never.
    std::size_t (*wanted_octets)(const request&) = nullptr;
    // Where a mail may be handed in.
    std::size_t message_octets = std::size_t{100} << 20;
    // Charged for long bodies while they are held; null: nobody is.
    model::memory_budget* memory = nullptr;
  };

  explicit request_reader(limits most);
  ~request_reader();
  request_reader(const request_reader&) = delete;
  request_reader& operator=(const request_reader&) = delete;

  // Takes what belongs to the present request and says how much that was; what it leaves is to be
  // offered again with more behind it. Nothing is taken any more once is_done().
  [[nodiscard]] std::size_t feed(std::string_view octets);
  // A whole request was read, or one that must be refused.
  [[nodiscard]] bool is_done() const { return is_complete_ || refusal_.has_value(); }
  // Some of a request was read.
  [[nodiscard]] bool has_begun() const;
  // Why the request cannot be read; the connection must end after this answer.
  [[nodiscard]] const std::optional<answer>& refusal() const { return refusal_; }
  [[nodiscard]] request& current() { return request_; }
  // Begins with the next request.
  void reset();

 private:
  class parser;

  limits limits_;
  std::unique_ptr<parser> parser_;
  request request_;
  bool is_complete_ = false;
  std::optional<answer> refusal_;
};

}  // namespace mailrig::inspector
