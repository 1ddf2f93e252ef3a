// Bytes that the whole process may hold in mails, stored or being received. Owned by the table of
// rigs.
#pragma once

#include <cstddef>

namespace mailrig::model {

class memory_budget {
 public:
  virtual ~memory_budget() = default;
  // Asks for `octets` more; may evict old mails to make room. False: there is no room, and nothing
  // was taken.
  [[nodiscard]] virtual bool take(std::size_t octets) = 0;
  virtual void give_back(std::size_t octets) = 0;
};

}  // namespace mailrig::model
