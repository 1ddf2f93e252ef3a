// Ownership of GMime's and GLib's objects by scope, and GMime's one-time initialisation.
//
// Nothing outside mime/ sees these types; nothing here is kept between two calls of the readers.
#pragma once

#include <memory>

#include <gmime/gmime.h>

namespace mailrig::mime {

struct object_unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
struct memory_free {
  void operator()(gpointer memory) const { g_free(memory); }
};
struct date_time_unref {
  void operator()(GDateTime* time) const { g_date_time_unref(time); }
};
struct checksum_free {
  void operator()(GChecksum* checksum) const { g_checksum_free(checksum); }
};

template <class Object>
using object_ptr = std::unique_ptr<Object, object_unref>;
using chars_ptr = std::unique_ptr<char, memory_free>;
using date_time_ptr = std::unique_ptr<GDateTime, date_time_unref>;
using checksum_ptr = std::unique_ptr<GChecksum, checksum_free>;

// GMime must be initialised once per process before its first use; safe from any thread.
void ensure_gmime();

}  // namespace mailrig::mime
