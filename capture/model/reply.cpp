#include "capture/model/reply.hpp"

namespace mailrig::model {

std::string to_string(enhanced_code code) {
  if (code.status_class == 0) return {};
  return std::to_string(code.status_class) + '.' + std::to_string(code.subject) + '.' +
         std::to_string(code.detail);
}

}  // namespace mailrig::model
