#include "capture/mime/gmime_ptr.hpp"

namespace mailrig::mime {

void ensure_gmime() {
  // The language makes one thread run it and the others wait; no lock of ours.
  [[maybe_unused]] static const bool started = [] {
    g_mime_init();
    return true;
  }();
}

}  // namespace mailrig::mime
