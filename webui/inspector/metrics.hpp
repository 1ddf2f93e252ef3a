// The numbers behind /metrics: what HTTP requests took, and how they ended. What mails did is
// counted by the rigs themselves.
//
// One per server, on the I/O thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mailrig::inspector {

class context;

class metrics {
 public:
  metrics();
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  // `pattern` is a constant of the table of endpoints; empty for what has none.
  void answered(std::string_view pattern, unsigned status,
                std::chrono::steady_clock::duration took);
  // In Prometheus' text format, version 0.0.4.
  [[nodiscard]] std::string write(context& with) const;

 private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace mailrig::inspector
