#include "capture/mime/gmime_ptr.hpp"

#include <mutex>

namespace mailrig::mime {

void ensure_gmime() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

}  // namespace mailrig::mime
