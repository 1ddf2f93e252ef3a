// What the machine allows: descriptors, memory, the allocator's habits.
#pragma once

#include <cstddef>

namespace mailrig::app {

// Raises the soft limit of descriptors to the hard one.
void raise_descriptor_limit();
// Descriptors for mail connections; 200 are kept for HTTP and the rest of the program.
[[nodiscard]] std::size_t mail_descriptors();
// Connections to HTTP: one for each that waits for mail, where the descriptors allow it.
[[nodiscard]] std::size_t http_connections();
// 1 GiB, or half of what the control group allows, if that is less.
[[nodiscard]] std::size_t default_memory_limit();
// Large blocks go back to the system when they are freed, and the heap grows in steps in which huge
// pages fit (model/huge_pages).
void tune_allocator();

}  // namespace mailrig::app
