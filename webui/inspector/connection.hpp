// What the server keeps of each connection, so that it can end it, and what connections share.
#pragma once

#include "webui/inspector/context.hpp"
#include "webui/inspector/server.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <unordered_set>

namespace mailrig::inspector {

class connection {
 public:
  virtual ~connection() = default;
  // Ends as soon as no answer is under way.
  virtual void stop() = 0;
};

// Shared by the server and its connections; the last one of them lets it go.
struct connection_table {
  explicit connection_table(const server_settings& settings, const services& what)
      : shared(settings, what) {}

  context shared;
  std::unordered_set<connection*> open;
  // What was just read from a socket; used within one handler only.
  std::array<char, std::size_t{16} * 1024> scratch;
};

using connection_table_ref = std::shared_ptr<connection_table>;

// Counts a connection for as long as it lives.
class table_entry {
 public:
  table_entry(connection_table_ref table, connection& who) : table_(std::move(table)), who_(who) {
    table_->open.insert(&who_);
  }
  ~table_entry() { table_->open.erase(&who_); }
  table_entry(const table_entry&) = delete;
  table_entry& operator=(const table_entry&) = delete;

  [[nodiscard]] connection_table& operator*() const { return *table_; }
  [[nodiscard]] connection_table* operator->() const { return table_.get(); }
  [[nodiscard]] const connection_table_ref& table() const { return table_; }

 private:
  connection_table_ref table_;
  connection& who_;
};

}  // namespace mailrig::inspector
