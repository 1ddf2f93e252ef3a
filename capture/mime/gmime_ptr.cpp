#include "capture/mime/gmime_ptr.hpp"

namespace mailrig::mime {

// The first thread to come here initialises the library; the others wait for it.
void ensure_gmime() {
  [[maybe_unused]] static const bool is_ready = [] {
    g_mime_init();
    return true;
  }();
}

}  // namespace mailrig::mime
